import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyTimeline, generationSpans, promoted } from '../../shared/core/timeline.ts'

const since = '2026-01-01T00:00:00.000Z'

test('a promotion takes over no rollup that it has not counted', () => {
  const first = promoted(
    emptyTimeline('readings'),
    { id: 'first', rollups: ['total@1', 'rooms@1'], from: 0, to: 30 },
    since,
  )
  const both = promoted(first, { id: 'second', rollups: ['total@1', 'rooms@2'], from: 10, to: 20 }, since)
  const spans = (rollup: string) =>
    generationSpans(both, rollup, 0, 40).map(({ generation, from, to }) => `${generation} ${from}-${to}`)
  assert.deepEqual(spans('total@1'), ['first 0-10', 'second 10-20', 'first 20-30', 'live 30-40'])
  assert.deepEqual(spans('rooms@1'), ['first 0-30', 'live 30-40'])
  assert.deepEqual(spans('rooms@2'), ['live 0-10', 'second 10-20', 'live 20-40'])
})
