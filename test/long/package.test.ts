import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { packageApp } from '../../package.ts'
import { root } from '../support/millrace.ts'
import { runOver } from '../support/run-over.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('a bounded run on the package that is deployed ends verified', { timeout: 180_000 }, async () => {
  const appDirectory = join(temporaryFolder(), 'app')
  await packageApp({ root, directory: appDirectory })
  const { code, report, output } = await runOver(appDirectory, ['--for', '4s', '--rate', '500'])
  assert.equal(code, 0, output)
  assert.equal(report.verified, true)
  for (const [name, { sent, ledger }] of Object.entries(report.streams)) {
    assert.deepEqual([name, sent, ledger.lost], [name, 2_000, 0])
  }
})
