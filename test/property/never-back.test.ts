import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { RollupAnswer } from '../../shared/contracts/api.ts'
import { watermarkOf } from '../../shared/core/frontier.ts'
import { advanceFrontier } from '../../shared/flows/advance-frontier.ts'
import { publishChanges } from '../../shared/flows/publish-changes.ts'
import { readRollup } from '../../shared/flows/read-rollup.ts'
import { partitionContents } from '../support/arbitrary-events.ts'
import { fill, ingestWorld } from '../support/ingest-world.ts'
import { noon } from '../support/raw.ts'
import { rollupQuery } from '../support/rollup-query.ts'

const hour = 3_600_000
const range = { from: noon - hour, to: noon + hour }
const roomsSeries = { name: 'readings:live:rooms@1', everyMs: 60_000 }

test('a sealed window never changes', async () => {
  await fc.assert(
    fc.asyncProperty(partitionContents(60), fc.integer({ min: 1, max: 10 }), async (contents, batch) => {
      const world = ingestWorld()
      const events = fill(world, '0', contents)
      const { ingest } = world.instance()
      const sealed = new Map<string, unknown>()
      for (let from = 0; from < events.length; from += batch) {
        await ingest('0', events.slice(from, from + batch))
        const { progress, windows } = world.contents('0')
        const found = new Map(windows.map((window) => [window.window, window]))
        for (const [window, before] of sealed) assert.deepEqual(found.get(window), before)
        const watermark = watermarkOf(progress, world.setting.stream.latenessMs) ?? -Infinity
        for (const document of world.documents('0')) {
          if (document.kind !== 'slab' || document.windowEnd > watermark) continue
          const window = `${document.rollup}:${document.windowStart}`
          sealed.set(window, found.get(window))
        }
      }
    }),
    { numRuns: 100 },
  )
})

test('watermark, frontier and served vectors never go back, and what is final stays', async () => {
  const contents = fc.tuple(partitionContents(30), partitionContents(30), partitionContents(30))
  const steps = fc.array(
    fc.record({
      partition: fc.nat(2),
      length: fc.integer({ min: 1, max: 8 }),
      act: fc.constantFrom('publish', 'frontier', 'none', 'both'),
    }),
    { maxLength: 30, size: 'max' },
  )
  await fc.assert(
    fc.asyncProperty(contents, steps, async (given, plan) => {
      const world = ingestWorld()
      const events = given.map((list, partition) => fill(world, String(partition), list))
      const taken = [0, 0, 0]
      const { ingest } = world.instance()
      const rooms = world.setting.stream.rollups.find(({ name }) => name === 'rooms')!
      let before: { answer: RollupAnswer; vectors: Map<number, readonly number[]> } | undefined
      for (const { partition, length, act } of plan) {
        const start = taken[partition]!
        const delivered = events[partition]!.slice(start, start + length)
        taken[partition] = start + delivered.length
        await ingest(String(partition), delivered)
        world.clock.advance(1_500)
        const publish = () =>
          publishChanges(world.publishing, world.setting)(['0', '1', '2'].flatMap((id) => world.documents(id)))
        const advance = advanceFrontier(world.publishing, world.setting)
        // At the same time, as two instances would.
        await Promise.all([
          ...(act === 'publish' || act === 'both' ? [publish()] : []),
          ...(act === 'frontier' || act === 'both' ? [advance()] : []),
        ])
        const answer = await readRollup(world, world.setting, rooms, rollupQuery(rooms, range))
        const { heads } = await world.serving.readRange(roomsSeries, range.from, range.to, [])
        const vectors = new Map(heads.map((head) => [head.windowStart, head.vector]))
        if (before !== undefined) {
          assert.ok((answer.frontier ?? '') >= (before.answer.frontier ?? ''))
          const now = new Map(answer.windows.map((window) => [window.start, window]))
          for (const window of before.answer.windows) if (window.final) assert.deepEqual(now.get(window.start), window)
          for (const [window, vector] of before.vectors) {
            assert.ok(vector.every((sequence, i) => sequence <= vectors.get(window)![i]!))
          }
        }
        before = { answer, vectors }
      }
    }),
    { numRuns: 60 },
  )
})
