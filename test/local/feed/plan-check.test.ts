import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateEvents } from '../../../local/feed/generator.ts'
import { shopVisitors } from '../../../local/feed/shop-visitors.ts'
import type { ItemKind } from '../../../local/feed/feed-item.ts'
import type { LogEntry } from '../../../local/feed/hub-log.ts'
import { expectRun } from '../../../local/feed/oracle.ts'
import { planDifferences } from '../../../local/feed/plan-check.ts'
import type { Outcome } from '../../../shared/contracts/ledger.ts'
import { description, logOf, noon } from './support.ts'

const generated = () => [
  ...generateEvents(shopVisitors(), {
    seed: 11,
    rate: 500,
    durationMs: 30_000,
    startedAt: noon,
    partitions: 4,
    runId: 'run',
    ownHeartbeats: true,
  }),
]
const check = (log: readonly (readonly LogEntry[])[]): string[] =>
  planDifferences(expectRun({ description, keepAll: false, log }).outcomes, log)

test('the oracle says of every generated event what the generator planned', () => {
  const items = generated()
  assert.deepEqual(check(logOf(items, 4)), [])
  const kinds: ItemKind[] = [
    'normal',
    'duplicate',
    'late',
    'out-of-order',
    'fast-clock',
    'malformed',
    'schema',
    'heartbeat',
  ]
  assert.ok(kinds.every((wanted) => items.some(({ kind }) => kind === wanted)))
})

test('a feed that was interrupted for hours still goes as planned', () => {
  for (const pauseMs of [600_001, 4_000_000, 80_000_000]) {
    const log = logOf(
      generated().map((item) => (item.dueMs < 15_000 ? item : { ...item, dueMs: item.dueMs + pauseMs })),
      4,
    )
    assert.deepEqual(check(log), [], `after ${pauseMs} ms`)
  }
})

const entry = (feedKind: ItemKind, feedIndex: number): LogEntry => ({
  sequence: feedIndex,
  enqueuedAt: noon,
  body: Buffer.alloc(0),
  properties: { feedIndex, feedKind },
})

test('any other outcome than the planned is a difference', () => {
  const wrong: readonly (readonly [ItemKind, Outcome])[] = [
    ['normal', 'late'],
    ['normal', 'dead'],
    ['out-of-order', 'late'],
    ['fast-clock', 'late'],
    ['duplicate', 'accepted'],
    ['late', 'accepted'],
    ['malformed', 'accepted'],
    ['schema', 'filtered'],
    ['heartbeat', 'dead'],
    ['recorded', 'control'],
    ['unmapped', 'accepted'],
  ]
  for (const [kind, outcome] of wrong) {
    assert.deepEqual(planDifferences([[outcome]], [[entry(kind, 5)]]), [
      `partition 0, sequence 5: planned as ${kind}, but the oracle says ${outcome}`,
    ])
  }
})

test('of a recording nothing is planned but that what was not understood is dead', () => {
  for (const outcome of ['accepted', 'filtered', 'late', 'duplicate', 'dead'] as const) {
    assert.deepEqual(planDifferences([[outcome]], [[entry('recorded', 5)]]), [])
  }
  assert.deepEqual(planDifferences([['dead']], [[entry('unmapped', 5)]]), [])
})

test('what was sent again is a duplicate, but for what was dead or a heartbeat before', () => {
  const again = (kind: ItemKind, first: Outcome, second: Outcome): number =>
    planDifferences([[first, second]], [[entry(kind, 5), entry(kind, 5)]]).length
  assert.equal(again('normal', 'accepted', 'duplicate'), 0)
  assert.equal(again('normal', 'accepted', 'accepted'), 1)
  assert.equal(again('late', 'late', 'duplicate'), 0)
  assert.equal(again('late', 'late', 'late'), 1)
  assert.equal(again('recorded', 'dead', 'dead'), 0)
  assert.equal(again('recorded', 'dead', 'duplicate'), 1)
  assert.equal(again('unmapped', 'dead', 'dead'), 0)
  assert.equal(again('heartbeat', 'control', 'control'), 0)
})

test('events of other producers are nobody’s plan', () => {
  assert.deepEqual(planDifferences([['late']], [[{ ...entry('normal', 0), properties: {} }]]), [])
})
