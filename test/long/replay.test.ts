/** Replays of what was counted while everything went wrong. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { ReplayAnswer, RollupAnswer } from '../../shared/contracts/api.ts'
import type { TimeRange } from '../../shared/contracts/control-documents.ts'
import { emptyLedger, type Ledger } from '../../shared/contracts/ledger.ts'
import { askForReplay, followReplay } from '../../local/demo/replay-client.ts'
import { compareWindows, type Comparison } from '../../local/feed/compare.ts'
import { readHubLog } from '../../local/feed/hub-log.ts'
import { expectRun, type ExpectedRun } from '../../local/feed/oracle.ts'
import { readRollup, readStatus } from '../../local/run/api-client.ts'
import { registry } from '../../local/run/feed-of.ts'
import { readMinutes, withMinutes } from '../../local/run/minutes.ts'
import { startMillrace, type Millrace } from '../support/millrace.ts'
import { start } from '../support/start.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const minute = 60_000
const streams = ['clickstream', 'telemetry']

test('replays of 200,000 events that were counted while everything went wrong', { timeout: 1_800_000 }, async (t) => {
  const startedAt = Date.now()
  const millrace = await afterChaos(t)
  // Late events of the generator are ten minutes old; clocks that run ahead are corrected to when their events came.
  const range = { from: Math.floor(startedAt / minute - 15) * minute, to: Math.ceil(Date.now() / minute) * minute }

  await t.test('an as-live replay of everything equals live, windows and ledgers', async (t) => {
    for (const stream of streams) {
      const { report, progress } = await replayed(millrace, stream, range, 'as-live')
      const { windows, differences, ledgers, missing, eventsPerSecond } = report!
      t.diagnostic(`${stream}: ${progress.events} events, ${eventsPerSecond} events/s`)
      assert.deepEqual(differences, [])
      for (const { equal, ...rest } of Object.values(windows)) {
        assert.deepEqual(rest, { changed: 0, added: 0, removed: 0 })
        assert.ok(equal > 0)
      }
      for (const { live, replay, partition } of ledgers) assert.deepEqual(replay, live, `partition ${partition}`)
      assert.equal(missing, 0)
    }
  })

  await t.test('a count replay equals the oracle, which counts the late events too', async (t) => {
    for (const stream of streams) {
      const before = (await readStatus(millrace.url)).streams[stream]!.ledger
      assert.ok(before.late > 0)
      const { report } = await replayed(millrace, stream, range, 'count')
      const { expected, comparison } = await compareCounted(millrace, stream, range, report!.ledgers)
      t.diagnostic(`${stream}: ${comparison.windowsCompared} windows, ${report!.eventsPerSecond} events/s`)
      assert.deepEqual(comparison.mismatches, [])
      assert.deepEqual(sum(report!.ledgers.map(({ replay }) => replay)), expected.ledger)
      assert.deepEqual([expected.ledger.late, before.late > expected.ledger.late], [0, true])
    }
  })
})

/** Everything that the run has left, served again. */
const afterChaos = async (t: TestContext): Promise<Millrace> => {
  const state = temporaryFolder()
  const command = ['--for', '40s', '--rate', '2500', '--seed', '7', '--chaos', '--state', state]
  const run = start(t, command)
  assert.equal(await run.ended, 0, run.output())
  const [directory] = readdirSync(join(state, 'runs'))
  return startMillrace(t, { MILLRACE_HEARTBEATS: 'feed' }, join(state, 'runs', directory!))
}

/** Of `as-live` it is compared, of `count` promoted. */
const replayed = async (
  { url }: Millrace,
  stream: string,
  range: TimeRange,
  late: 'as-live' | 'count',
): Promise<ReplayAnswer> => {
  const [from, to] = [new Date(range.from).toISOString(), new Date(range.to).toISOString()]
  const mode = late === 'count' ? 'promote' : 'compare'
  const { id } = await askForReplay(url, { stream, from, to, mode, late, reason: 'a test' })
  const done = await followReplay(url, id, mode === 'promote' ? 'promoted' : 'ready', () => undefined)
  if (mode === 'compare') await fetch(`${url}/api/manage/replays/${id}/discard`, { method: 'POST' })
  return done
}

const compareCounted = async (
  { url, eventHubs, manifest }: Millrace,
  stream: string,
  range: TimeRange,
  ledgers: readonly { readonly partition: string; readonly upTo: number }[],
): Promise<{ readonly expected: ExpectedRun; readonly comparison: Comparison }> => {
  const { description } = manifest.find((each) => each.description.name === stream)!
  const described = withMinutes(description)
  const log = await readHubLog(eventHubs, stream)
  const upTo = log.map((_, partition) => ledgers.find((ledger) => ledger.partition === String(partition))!.upTo)
  const counting = { ...range, upTo }
  const expected = expectRun({ description: described, keepAll: false, log, published: registry, counting })
  const served = new Map<string, readonly RollupAnswer[]>()
  for (const rollup of Object.keys(description.rollups)) {
    served.set(rollup, await readRollup(url, stream, rollup, range))
  }
  const status = (await readStatus(url)).streams[stream]!
  for (const [rollup, answers] of await readMinutes(url, stream, expected, status)) served.set(rollup, answers)
  return { expected, comparison: compareWindows(described, expected, served) }
}

const sum = (ledgers: readonly Ledger[]): Ledger => {
  const total = emptyLedger()
  for (const ledger of ledgers) {
    for (const name of Object.keys(total) as (keyof Ledger)[]) total[name] += ledger[name]
  }
  return total
}
