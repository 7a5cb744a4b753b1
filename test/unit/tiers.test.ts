import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fittingSizes, spansOf } from '../../shared/core/read-plan.ts'
import { sizesOf, tierWindows } from '../../shared/core/tiers.ts'
import { testStream } from '../support/test-stream.ts'

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
const total = testStream.rollups[0]!
const sized = (everyMs: number, keepSeconds = 86_400) => ({ ...total, everyMs, keepSeconds })
const tiersOf = (everyMs: number) => sizesOf(sized(everyMs)).map(({ tier }) => tier)

test('tiers are coarser than the rollup and multiples of its windows', () => {
  assert.deepEqual(tiersOf(10_000), [undefined, '1m', '1h', '1d'])
  assert.deepEqual(tiersOf(minute), [undefined, '1h', '1d'])
  assert.deepEqual(tiersOf(16_000), [undefined, '1h', '1d'], 'a minute is no multiple of 16 s')
  assert.deepEqual(tiersOf(day), [undefined])
})

test('coarser windows are kept longer, as long as Cosmos DB can', () => {
  const keeps = (keepSeconds: number) => sizesOf(sized(10_000, keepSeconds)).map((size) => size.keepSeconds)
  assert.deepEqual(keeps(100), [100, 200, 600, 2_400])
  assert.deepEqual(keeps(3_650 * 86_400).at(-1), 2_147_483_647)
})

test('a tier is complete before the frontier, and open where the frontier stands', () => {
  const size = sizesOf(sized(10_000)).find(({ tier }) => tier === '1m')!
  const open = { start: 0, parts: 4 }
  assert.deepEqual(tierWindows(size, 3 * minute + 30_000, open, [50_000, 130_000, 3 * minute, 3 * minute + 10_000]), {
    complete: [
      { start: 0, parts: 5 },
      { start: 2 * minute, parts: 1 },
    ],
    open: { start: 3 * minute, parts: 2 },
  })
  assert.deepEqual(tierWindows(size, 50_000, open, []), { complete: [], open })
  assert.deepEqual(tierWindows(size, minute, open, []), { complete: [open], open: undefined })
})

test('an answer is covered by the coarsest sizes that fit, up to the frontier of each', () => {
  const covered = (step: number, from: number, to: number, frontier: number | undefined) =>
    spansOf(fittingSizes(sized(10_000), step), from, to, frontier).map((span) => [span.size.tier, span.from, span.to])
  const frontier = day + 5 * hour + 7 * minute + 8_000
  assert.deepEqual(covered(day, 0, 2 * day, frontier), [
    ['1d', 0, day],
    ['1h', day, day + 5 * hour],
    ['1m', day + 5 * hour, day + 5 * hour + 7 * minute],
    [undefined, day + 5 * hour + 7 * minute, 2 * day],
  ])
  assert.deepEqual(covered(90 * minute, 0, 18 * hour, frontier), [['1m', 0, 18 * hour]])
  assert.deepEqual(covered(10_000, 0, hour, frontier), [[undefined, 0, hour]])
  assert.deepEqual(covered(hour, 0, 2 * hour, undefined), [[undefined, 0, 2 * hour]])
})
