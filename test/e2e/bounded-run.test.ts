import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunReport } from '../../local/run/report.ts'
import { start } from '../support/start.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const readReport = (path: string): RunReport => JSON.parse(readFileSync(path, 'utf8')) as RunReport

test('a bounded run ends verified, with a balanced ledger and a full report', { timeout: 180_000 }, async (t) => {
  const folder = temporaryFolder()
  const path = join(folder, 'report.json')
  const run = start(t, ['--for', '8s', '--rate', '1000', '--seed', '7', '--state', folder, '--report', path])
  assert.equal(await run.ended, 0, run.output())
  const report = readReport(path)
  assert.equal(report.verified, true)
  assert.ok(report.durationSeconds > 8)
  const stream = report.streams['clickstream']!
  const { received, accepted, duplicate, late, filtered, dead, control, lost } = stream.ledger
  assert.equal(stream.sent, 8_000)
  assert.equal(received, accepted + duplicate + late + filtered + dead + control)
  assert.deepEqual([received - control, lost, stream.mismatches], [8_000, 0, 0])
  for (const planted of [duplicate, late, filtered, dead]) assert.ok(planted > 0)
  assert.ok(stream.windowsCompared > 4)
  assert.ok(stream.latencyMs!.p50 <= stream.latencyMs!.p99 && stream.servedMs!.max > 0)
  for (const measured of [
    stream.eventsPerSecond,
    stream.ruPerEvent,
    stream.ruPerCommit,
    stream.publishRuPerEvent,
    stream.batches,
  ]) {
    assert.ok(measured! > 0)
  }
  assert.match(run.output(), /verified, \d+ windows equal the oracle's/)
  assert.match(run.output(), /events\/s .* RU\/event/)
})

test(
  'a run stopped half-way by SIGKILL of every process and given again ends verified',
  { timeout: 180_000 },
  async (t) => {
    const folder = temporaryFolder()
    const path = join(folder, 'report.json')
    const command = ['--for', '8s', '--rate', '1000', '--seed', '5', '--state', folder, '--report', path]
    const killed = start(t, command)
    while (!/accepted [1-9]\d{3}/.test(killed.output())) {
      assert.equal(killed.child.exitCode, null, killed.output())
      await sleep(100)
    }
    killed.killAll()
    await killed.ended
    const resumed = start(t, command)
    assert.equal(await resumed.ended, 0, resumed.output())
    assert.match(resumed.output(), /Going on with the run/)
    const report = readReport(path)
    assert.equal(report.verified, true)
    assert.equal(report.streams['clickstream']!.ledger.lost, 0)
    assert.ok(report.streams['clickstream']!.sent >= 8_000)
  },
)

test(
  'a second start in the same folder is refused, and Ctrl-C ends the first cleanly',
  { timeout: 120_000 },
  async (t) => {
    const folder = temporaryFolder()
    const first = start(t, ['--state', folder, '--rate', '100'])
    while (!first.output().includes('events/s')) {
      assert.equal(first.child.exitCode, null, first.output())
      await sleep(100)
    }
    const second = start(t, ['--state', folder])
    assert.equal(await second.ended, 1)
    assert.match(second.output(), new RegExp(`Another Millrace \\(process ${first.child.pid}\\) runs in`))
    first.child.kill('SIGINT')
    assert.equal(await first.ended, 0, first.output())
  },
)

test('wrong options are named all at once and nothing is started', async (t) => {
  const folder = temporaryFolder()
  const run = start(t, [
    '--for',
    'ever',
    '--rate',
    '0',
    '--seed',
    'x',
    '--feed',
    'nope=/none',
    '--speed=-1',
    '--state',
    folder,
  ])
  assert.equal(await run.ended, 1)
  for (const option of [
    '--for: expected a duration',
    '--rate: expected',
    '--seed: expected',
    '--feed: expected',
    '--speed: expected',
  ]) {
    assert.ok(run.output().includes(option), `${option} in\n${run.output()}`)
  }
  assert.match(run.output(), /Nothing was started/)
})
