import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectRun, type ExpectedRun } from '../../../local/feed/oracle.ts'
import type { Outcome } from '../../../shared/contracts/ledger.ts'
import { description, heartbeat, iso, noon, numbered, raw, view, type Unnumbered } from './support.ts'

const minute = 60_000
const run = (...partitions: Unnumbered[][]): ExpectedRun =>
  expectRun({ description, keepAll: false, log: partitions.map(numbered) })
const outcomes = (...entries: Unnumbered[]): readonly Outcome[] => run(entries).outcomes[0]!
const startsOf = (expected: ExpectedRun, rollup: string): number[] =>
  [...expected.windows.get(rollup)!.keys()].map((start) => start - noon)

test('an ordinary event is accepted and counted in the window of each of its rollups', () => {
  const expected = run([view('1', 65_500)])
  assert.deepEqual(expected.outcomes, [['accepted']])
  assert.deepEqual(startsOf(expected, 'traffic'), [60_000])
  assert.deepEqual(startsOf(expected, 'pages'), [60_000])
  assert.deepEqual(startsOf(expected, 'revenue'), [])
  const places = expected.windows.get('places')!.get(noon + minute)!
  assert.deepEqual([...places.groups.keys()], ['["??"]'])
  assert.equal(places.groups.get('["??"]')!.get('events')!.count, 1)
})

test('a window holds its start and not its end', () => {
  assert.deepEqual(startsOf(run([view('1', 0), view('2', 9_999), view('3', 10_000)]), 'traffic'), [0, 10_000])
})

test('bodies that are no event are dead: too large, not UTF-8, not JSON, no object, against the schema', () => {
  const tooLarge = view('1', 0, { note: 'x'.repeat(description.maxEventBytes) })
  const notUtf8 = raw(Buffer.concat([view('1', 0).body, Buffer.from([0xff])]), 0)
  const misfits = [
    { id: undefined },
    { type: 'other' },
    { userId: 7 },
    { amount: -1 },
    { quantity: 1.5 },
    { source: '' },
    { schemaVersion: 2 },
    { time: 'yesterday at eleven o’clock' },
    { time: '2026-01-01T12:00:00.000' },
    { time: '2026-02-30T12:00:00Z' },
    { sentAt: '2026-01-01 and more text' },
  ].map((fields) => view('1', 0, fields))
  const bodies = [
    tooLarge,
    notUtf8,
    raw('', 0),
    raw('{"source":"s",', 0),
    raw('[1]', 0),
    raw('null', 0),
    raw('7', 0),
    ...misfits,
  ]
  assert.deepEqual(
    outcomes(...bodies),
    bodies.map(() => 'dead'),
  )
})

test('where late events count, nothing is late, and an identity in the range counts once for good', () => {
  const log = [
    [
      view('1', 0),
      view('2', 30 * minute),
      // Late, and again when nobody would remember it any more.
      view('3', 5_000, {}, 30 * minute),
      view('3', 5_000, {}, 50 * minute),
      // Outside the range nothing counts, nor does an identity matter.
      view('4', -1_000, {}, 51 * minute),
      view('4', 6_000, {}, 52 * minute),
      view('5', 6_000, {}, 53 * minute),
    ],
  ].map(numbered)
  const counting = { from: noon, to: noon + minute, upTo: [5] }
  const { outcomes: judged, windows, ledger } = expectRun({ description, keepAll: false, log, counting })
  assert.deepEqual(judged, [['accepted', 'accepted', 'accepted', 'duplicate', 'accepted', 'accepted']])
  const counts = [...windows.get('traffic')!].map(([start, { totals }]) => [start - noon, totals.get('events')!.count])
  assert.deepEqual(counts, [[0, 3]])
  assert.equal(ledger.received, 6)
})

test('a body of exactly the largest size is read', () => {
  const bare = view('1', 0, { note: '' }).body.byteLength
  assert.deepEqual(outcomes(view('1', 0, { note: 'x'.repeat(description.maxEventBytes - bare) })), ['accepted'])
})

test('a dead event leaves its identity and the watermark as they were', () => {
  assert.deepEqual(outcomes(view('1', 30 * minute, { amount: -1 }), view('1', 0)), ['dead', 'accepted'])
})

test('the same source and id within ten minutes is a duplicate, other sources and other ids are not', () => {
  assert.deepEqual(outcomes(view('1', 0), view('1', 0), view('2', 0), view('1', 0, { source: 't' })), [
    'accepted',
    'duplicate',
    'accepted',
    'accepted',
  ])
})

test('identities are kept by partition', () => {
  assert.deepEqual(run([view('1', 0)], [view('1', 0)]).outcomes, [['accepted'], ['accepted']])
})

test('the horizon of ten minutes still holds at its last second and no longer', () => {
  const at = (seconds: number): Unnumbered => view('1', seconds * 1_000)
  assert.deepEqual(outcomes(at(0), at(600)), ['accepted', 'duplicate'])
  assert.deepEqual(outcomes(at(0), at(601)), ['accepted', 'accepted'])
})

test('a duplicate renews what is remembered of its identity', () => {
  const at = (seconds: number): Unnumbered => view('1', seconds * 1_000)
  assert.deepEqual(outcomes(at(0), at(500), at(1_000)), ['accepted', 'duplicate', 'duplicate'])
})

test('events before the watermark are late, those at it are not', () => {
  assert.deepEqual(
    outcomes(
      view('1', 10 * minute),
      view('2', 8 * minute, {}, 10 * minute),
      view('3', 8 * minute - 1, {}, 10 * minute),
    ),
    ['accepted', 'accepted', 'late'],
  )
})

test('the first event of a partition is never late, however old', () => {
  assert.deepEqual(outcomes(view('1', -600 * minute, {}, 0)), ['accepted'])
})

test('a late event is remembered, and a duplicate is called so before it is called late', () => {
  const late = view('1', 0, {}, 10 * minute)
  assert.deepEqual(outcomes(view('2', 10 * minute), late, late), ['accepted', 'late', 'duplicate'])
})

test('heartbeats move the watermark to what they state, or to the second they arrived in', () => {
  const old = view('1', 0, {}, 10 * minute)
  assert.deepEqual(outcomes(heartbeat(`{"at":"${iso(2 * minute)}"}`, 10 * minute), old), ['control', 'accepted'])
  assert.deepEqual(outcomes(heartbeat(`{"at":"${iso(2 * minute + 1)}"}`, 10 * minute), old), ['control', 'late'])
  assert.deepEqual(outcomes(heartbeat('', 2 * minute + 999), old), ['control', 'accepted'])
  assert.deepEqual(outcomes(heartbeat('', 2 * minute + 1_000), old), ['control', 'late'])
})

test('a clock that runs ahead is set back by as much and leaves the watermark alone', () => {
  const ahead = view('1', 60 * minute, { sentAt: iso(60 * minute + 5_000) }, 30_500)
  const expected = run([ahead, view('2', -5 * minute, {}, 31_000)])
  assert.deepEqual(expected.outcomes, [['accepted', 'accepted']])
  // Sent at 30.999 by the hub's clock, five seconds after it happened.
  assert.deepEqual(startsOf(expected, 'traffic'), [20_000, -5 * minute])
})

test('a time in the future without a clock to judge it by is cut to the end of the second of arrival', () => {
  const expected = run([view('1', 60 * minute, {}, 29_000), view('2', -5 * minute, {}, 30_000)])
  assert.deepEqual(expected.outcomes, [['accepted', 'accepted']])
  assert.deepEqual(startsOf(expected, 'traffic'), [20_000, -5 * minute])
})

test('a time up to the end of the second of arrival stands and moves the watermark', () => {
  assert.deepEqual(outcomes(view('1', 999, {}, 0), view('2', -2 * minute + 998, {}, 0)), ['accepted', 'late'])
  assert.deepEqual(outcomes(view('1', 1_000, {}, 0), view('2', -2 * minute + 998, {}, 0)), ['accepted', 'accepted'])
})

const bot = { userAgent: 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' }

test('bots are filtered, counted nowhere, remembered, and move the watermark; keep-all accepts them', () => {
  const entries = [view('1', 10 * minute, bot), view('1', 10 * minute, bot), view('2', 0, {}, 10 * minute)]
  const expected = run(entries)
  assert.deepEqual(expected.outcomes, [['filtered', 'duplicate', 'late']])
  assert.ok([...expected.windows.values()].every(({ size }) => size === 0))
  const all = expectRun({ description, keepAll: true, log: [numbered(entries)] })
  assert.deepEqual(all.outcomes, [['accepted', 'duplicate', 'late']])
})

test('the ledger counts each outcome over all partitions', () => {
  const { ledger } = run(
    [view('1', 10 * minute), view('1', 10 * minute), view('2', 0, {}, 10 * minute), raw('', 0)],
    [view('1', 0), view('2', 0, bot), heartbeat('{}', 0)],
  )
  assert.deepEqual(ledger, {
    received: 7,
    accepted: 2,
    duplicate: 1,
    late: 1,
    filtered: 1,
    dead: 1,
    control: 1,
    lost: 0,
  })
})

test('a group has the values of its events, and the totals those of all', () => {
  const purchase = (id: string, at: number, fields: object): Unnumbered => view(id, at, { type: 'purchase', ...fields })
  const expected = run(
    [
      purchase('1', 2_000, { currency: 'EUR', amount: 5 }),
      purchase('2', 1_000, { currency: 'EUR', amount: 7, userId: 'w' }),
    ],
    [purchase('3', 2_000, { currency: 'USD', amount: 9 }), purchase('4', 0, { amount: 1 }), view('5', 0)],
  )
  const { totals, groups } = expected.windows.get('revenue')!.get(noon)!
  assert.deepEqual([...groups.keys()], ['["EUR"]', '["USD"]', '[""]'])
  const euros = groups.get('["EUR"]')!
  assert.equal(euros.get('orders')!.count, 2)
  assert.deepEqual(euros.get('amount')!.values, [5, 7])
  assert.deepEqual(euros.get('buyers')!.distinct, new Set(['u', 'w']))
  assert.equal(euros.get('latest')!.last!.value, 5)
  // Both happened at once: the higher partition is later.
  assert.deepEqual(totals.get('latest')!.last, { value: 9, at: noon + 2_000, partition: 1, sequence: 0 })
  assert.deepEqual(totals.get('amounts')!.values, [5, 7, 9, 1])
})

test('a metric with a condition counts only what meets it', () => {
  const traffic = run([view('1', 0), view('2', 0, { type: 'search' })])
    .windows.get('traffic')!
    .get(noon)!.totals
  assert.deepEqual(
    ['events', 'views', 'searches', 'carts'].map((name) => traffic.get(name)!.count),
    [2, 1, 1, 0],
  )
})
