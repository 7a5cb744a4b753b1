import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareWindows } from '../../local/feed/compare.ts'
import { expectRun } from '../../local/feed/oracle.ts'
import { controlProperty, heartbeatValue } from '../../shared/contracts/heartbeat.ts'
import type { RawEvent } from '../../shared/contracts/raw-event.ts'
import { readRollup } from '../../shared/flows/read-rollup.ts'
import { partitionContents } from '../support/arbitrary-events.ts'
import { fill, ingestWorld } from '../support/ingest-world.ts'
import { replayWorld } from '../support/replay-world.ts'
import { rollupQuery } from '../support/rollup-query.ts'
import { testStream } from '../support/test-stream.ts'

type Contents = Omit<RawEvent, 'sequence'>[]

/** Time goes on in every partition, so that all that was counted becomes final. */
const later = (contents: Contents, ms: number): Contents => [
  {
    enqueuedAt: (contents.at(-1)?.enqueuedAt ?? Date.UTC(2026, 0, 1, 12)) + ms,
    body: Buffer.from('{}'),
    properties: { [controlProperty]: heartbeatValue },
  },
]

const ingested = async (partitions: readonly Contents[], batch: number, stream = testStream) => {
  const world = ingestWorld({ stream })
  for (const [partition, contents] of partitions.entries()) {
    const events = fill(world, String(partition), [...contents, ...later(partitions.flat(), 120_000)])
    const { ingest } = world.instance()
    for (let from = 0; from < events.length; from += batch) {
      await ingest(String(partition), events.slice(from, from + batch))
    }
  }
  return world
}

const threePartitions = fc.tuple(partitionContents(60), partitionContents(40), fc.constant<Contents>([]))

test('an as-live replay of any range equals live, windows and ledger', async () => {
  await fc.assert(
    fc.asyncProperty(
      threePartitions,
      fc.integer({ min: 1, max: 30 }),
      fc.nat(3),
      fc.nat(3),
      async (partitions, batch, skipped, length) => {
        const world = await ingested(partitions, batch)
        const replays = replayWorld(world)
        const all = await replays.everything()
        const from = Math.max(0, all.to - 60_000 * (skipped + length + 1))
        const created = await replays.create({ from, to: from + 60_000 * (length + 1), late: 'as-live' })
        assert.equal(created.kind, 'created')
        const { state, report } = await replays.run(created.replay)
        assert.equal(state, 'ready')
        assert.deepEqual(report!.differences, [])
        for (const { changed, added, removed } of Object.values(report!.windows)) {
          assert.deepEqual({ changed, added, removed }, { changed: 0, added: 0, removed: 0 })
        }
        for (const { live, replay, partition } of report!.ledgers) assert.deepEqual(replay, live, partition)
      },
    ),
    { numRuns: 100 },
  )
})

/** With room for every group: the oracle knows of no bound. */
const roomy = { ...testStream, rollups: testStream.rollups.map((rollup) => ({ ...rollup, maxGroups: 20 })) }

test('a count replay of any range equals the oracle that counts late events', async () => {
  await fc.assert(
    fc.asyncProperty(
      threePartitions,
      fc.integer({ min: 1, max: 30 }),
      fc.nat(4),
      fc.nat(4),
      async (partitions, batch, first, length) => {
        const world = await ingested(partitions, batch, roomy)
        const replays = replayWorld(world)
        const { to: end } = await replays.everything()
        const from = Date.UTC(2026, 0, 1, 11, 59 + first)
        const range = { from, to: Math.min(end, from + 60_000 * (length + 1)) }
        fc.pre(range.from < range.to)
        const created = await replays.create({ ...range, late: 'count', mode: 'promote' })
        assert.equal(created.kind, 'created')
        const { state, partitions: plans } = await replays.run(created.replay)
        assert.equal(state, 'promoted')

        const served = new Map<string, Awaited<ReturnType<typeof readRollup>>[]>()
        for (const rollup of roomy.rollups) {
          served.set(rollup.name, [await readRollup(world, world.setting, rollup, rollupQuery(rollup, range))])
        }
        const { description } = roomy
        const log = plans.map(({ partition }) => world.hub.events(partition))
        const counting = { ...range, upTo: plans.map(({ countTo }) => countTo.sequence) }
        const expected = expectRun({ description, keepAll: false, log, counting })
        assert.deepEqual(compareWindows(description, expected, served).mismatches, [])
      },
    ),
    { numRuns: 100 },
  )
})
