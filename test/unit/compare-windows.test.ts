import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byLargest, windowDifferences } from '../../shared/core/compare-windows.ts'
import { emptyMetrics, type Group } from '../../shared/core/rollup.ts'
import type { ServedPart } from '../../shared/core/served-part.ts'
import { noon } from '../support/raw.ts'
import { testStream } from '../support/test-stream.ts'

const rooms = testStream.rollups[1]!

/** A window of rooms, each with these values. */
const windowOf = (values: Readonly<Record<string, readonly number[]>>): ServedPart => {
  const groups: Group[] = Object.entries(values).map(([key, ofRoom]) => {
    const metrics = emptyMetrics(rooms)
    for (const [sequence, value] of ofRoom.entries()) {
      for (const metric of metrics) metric.add(value, { occurredAt: noon, partition: 0, sequence })
    }
    return { key, metrics }
  })
  return {
    ...{ start: noon, end: noon + 60_000, groups, total: { key: '', metrics: emptyMetrics(rooms) } },
    ...{ approximate: false, partial: false, final: true, coveredMs: 60_000, vector: [], clock: noon },
  }
}

test('equal windows have no differences, sums of another order included', () => {
  const window = windowOf({ a: [1, 2], b: [3] })
  assert.deepEqual(windowDifferences(rooms, noon, window, windowOf({ b: [3], a: [1, 2] })), [])
  assert.deepEqual(windowDifferences(rooms, noon, undefined, undefined), [])
})

test('each value that differs is named with both sides, the largest by share and then by size first', () => {
  const found = windowDifferences(
    rooms,
    noon,
    windowOf({ a: [7, 7, 7, 7], gone: [5, 5], small: [5] }),
    windowOf({ a: [7, 7, 7], small: [5] }),
  ).sort(byLargest)
  const events = found.filter(({ metric }) => metric === 'events')
  assert.deepEqual(
    events.map(({ key, served, replayed, share, size }) => [key['room'], served, replayed, share, size]),
    [
      ['gone', 2, undefined, 1, 2],
      ['a', 4, 3, 0.25, 1],
    ],
  )
  assert.equal(found[0]!.key['room'], 'gone')
  assert.equal(found[0]!.windowStart, '2026-01-01T12:00:00.000Z')
})
