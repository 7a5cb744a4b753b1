import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { build } from '../../build.ts'
import type { ChaosEvent } from '../../local/chaos/schedule.ts'
import type { RunReport } from '../../local/run/report.ts'
import { buildWithBrokenFence } from '../support/broken-fence.ts'
import { root } from '../support/millrace.ts'
import { runOver } from '../support/run-over.ts'
import { start } from '../support/start.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const readReport = (path: string): RunReport => JSON.parse(readFileSync(path, 'utf8')) as RunReport

test('a run in which everything is killed, torn and refused ends verified', { timeout: 300_000 }, async (t) => {
  const folder = temporaryFolder()
  const path = join(folder, 'report.json')
  const command = ['--for', '20s', '--rate', '500', '--seed', '7', '--chaos', '--state', folder, '--report', path]
  const broken = start(t, command)
  assert.equal(await broken.ended, 0, broken.output())
  const { verified, chaos, streams } = readReport(path)
  assert.equal(verified, true)
  for (const [name, { ledger, mismatches }] of Object.entries(streams)) {
    assert.deepEqual([name, ledger.lost, mismatches], [name, 0, 0])
  }
  const happened = broken
    .output()
    .split('\n')
    .filter((line) => line.startsWith('chaos  '))
  assert.deepEqual(happened.map((line) => line.slice('chaos  '.length)).sort(), [...chaos].sort())
  assert.ok(chaos.filter((line) => line.includes('kill host')).length >= 3)
})

/** A host dies with its commits under way; they arrive when its successor has closed the windows that they tell of. */
const strays: readonly ChaosEvent[] = [
  { atMs: 6_000, kind: 'late commits', forMs: 3_000, delayMs: 18_000, share: 1 },
  { atMs: 9_000, kind: 'kill host', downMs: 0, checkpoints: 'kept', batchSize: 1_000 },
]

const runWithStrays = async (appDirectory: string): Promise<RunReport> => {
  const { code, report, output } = await runOver(appDirectory, ['--for', '28s', '--rate', '400'], strays)
  assert.equal(code, report.verified ? 0 : 1, output)
  return report
}

test('commits that arrive after their time change nothing', { timeout: 220_000 }, async () => {
  await build({ root })
  const { streams } = await runWithStrays(root)
  assert.deepEqual(
    Object.values(streams).flatMap(({ firstMismatches }) => firstMismatches),
    [],
  )
})

test('and with a fence that is broken on purpose the checks find what they changed', { timeout: 220_000 }, async () => {
  const app = join(temporaryFolder(), 'app')
  await buildWithBrokenFence(app)
  const { streams } = await runWithStrays(app)
  assert.ok(Object.values(streams).some(({ mismatches }) => mismatches > 0))
})
