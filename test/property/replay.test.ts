import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { controlProperty, heartbeatValue } from '../../shared/contracts/heartbeat.ts'
import type { RawEvent } from '../../shared/contracts/raw-event.ts'
import { partitionContents } from '../support/arbitrary-events.ts'
import { fill, ingestWorld } from '../support/ingest-world.ts'
import { replayWorld } from '../support/replay-world.ts'

type Contents = Omit<RawEvent, 'sequence'>[]

/** Time goes on in every partition, so that all that was counted becomes final. */
const later = (contents: Contents, ms: number): Contents => [
  {
    enqueuedAt: (contents.at(-1)?.enqueuedAt ?? Date.UTC(2026, 0, 1, 12)) + ms,
    body: Buffer.from('{}'),
    properties: { [controlProperty]: heartbeatValue },
  },
]

const ingested = async (partitions: readonly Contents[], batch: number) => {
  const world = ingestWorld()
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
