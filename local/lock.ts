/** One run a folder: a lock file that names the process that holds it. */
import { mkdir, open, readFile, rm } from 'node:fs/promises'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive, thisProcess, type ProcessIdentity } from './process-identity.ts'

export interface Lock {
  release(): void
}

/** Takes the folder, also from a holder that is no longer alive. Rejects where a living one holds it, saying which. */
export const acquireLock = async (directory: string): Promise<Lock> => {
  await mkdir(directory, { recursive: true })
  const path = join(directory, 'lock')
  for (;;) {
    try {
      const file = await open(path, 'wx')
      await file.writeFile(JSON.stringify(thisProcess()))
      await file.close()
      return { release: () => rmSync(path, { force: true }) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = await readHolder(path)
    if (holder !== undefined && isAlive(holder)) {
      throw new Error(
        `Another Millrace (process ${holder.pid}) runs in ${directory}. Nothing was started. Stop it first, or run this one ` +
          'in a clone of its own.',
      )
    }
    await rm(path, { force: true })
  }
}

/** undefined for a file that a kill left half-written. */
const readHolder = async (path: string): Promise<ProcessIdentity | undefined> => {
  const text = await readFile(path, 'utf8').catch(() => '')
  try {
    return JSON.parse(text) as ProcessIdentity
  } catch {
    return undefined
  }
}
