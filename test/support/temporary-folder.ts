import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder that is gone when the test's process has ended: after every service that writes to it. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'))
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  })
  return folder
}
