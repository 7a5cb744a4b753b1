import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareWindows, type Comparison } from '../../../local/feed/compare.ts'
import { expectRun } from '../../../local/feed/oracle.ts'
import type { RollupAnswer, ServedGroup, ServedWindow } from '../../../shared/contracts/api.ts'
import type { ServedMetric } from '../../../shared/contracts/served-metric.ts'
import { description, iso, noon, numbered, view } from './support.ts'

const amounts = Array.from({ length: 200 }, (_, i) => 10 + i * 0.7)
const entries = [
  ...amounts.map((amount, i) =>
    view(`${i}`, i, { type: 'purchase', currency: i < 150 ? 'EUR' : 'USD', amount, userId: `u${i}` }),
  ),
  view('later', 70_000, { type: 'purchase', currency: 'EUR', amount: 3 }),
]
const expected = expectRun({ description, keepAll: false, log: [numbered(entries)] })

const quantiles = (values: readonly number[]): ServedMetric => {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (q: number): number => sorted[Math.floor(q * (sorted.length - 1))]!
  return {
    count: sorted.length,
    min: sorted[0]!,
    max: sorted.at(-1)!,
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    relativeError: 0.01,
  }
}

/** Correct answers in words of the API, for purchases that one user each made. */
const served = (values: readonly number[], lastAt: number): Record<string, ServedMetric> => {
  const sum = values.reduce((a, b) => a + b, 0)
  return {
    orders: values.length,
    amount: sum,
    smallest: Math.min(...values),
    largest: Math.max(...values),
    average: sum / values.length,
    latest: { value: values.at(-1)!, at: iso(lastAt) },
    amounts: quantiles(values),
    buyers: { estimate: values.length, standardError: 0 },
  }
}

const windowOf = (start: number, totals: Record<string, ServedMetric>, groups: ServedGroup[]): ServedWindow => ({
  start: iso(start),
  end: iso(start + 60_000),
  final: true,
  approximate: false,
  asOf: iso(start + 60_000),
  totals,
  groups,
})
const euros = (): ServedGroup => ({ key: { currency: 'EUR' }, metrics: served(amounts.slice(0, 150), 149) })
const dollars = (): ServedGroup => ({ key: { currency: 'USD' }, metrics: served(amounts.slice(150), 199) })
const first = (): ServedWindow => windowOf(0, served(amounts, 199), [euros(), dollars()])
const second = (): ServedWindow =>
  windowOf(60_000, served([3], 70_000), [{ key: { currency: 'EUR' }, metrics: served([3], 70_000) }])

const revenueOnly = { ...expected, windows: new Map([['revenue', expected.windows.get('revenue')!]]) }
const answerOf = (...windows: ServedWindow[]): RollupAnswer => ({
  stream: 'clickstream',
  rollup: 'revenue',
  version: 1,
  everyMs: 60_000,
  stepMs: 60_000,
  windowMs: 60_000,
  from: iso(0),
  to: iso(120_000),
  next: null,
  frontier: iso(600_000),
  asOf: null,
  final: true,
  windows,
})
const compare = (...windows: ServedWindow[]): Comparison =>
  compareWindows(description, revenueOnly, new Map([['revenue', [answerOf(...windows)]]]))
const withTotals = (metrics: Record<string, ServedMetric>): ServedWindow => ({
  ...first(),
  totals: { ...first().totals, ...metrics },
})

test('what is served as expected has no mismatch', () => {
  assert.deepEqual(compare(first(), second()), {
    windowsCompared: 2,
    windowsDiffering: 0,
    mismatches: [],
    distinctRms: null,
  })
})

test('windows are found over several answers', () => {
  const served = new Map([['revenue', [answerOf(first()), answerOf(second())]]])
  assert.deepEqual(compareWindows(description, revenueOnly, served).mismatches, [])
})

const wrong: readonly (readonly [what: string, windows: readonly ServedWindow[], mismatch: RegExp])[] = [
  ['a missing window', [first()], /^revenue 2026-01-01T12:01:00.000Z: expected a window, none is served$/],
  [
    'a surplus window',
    [first(), second(), windowOf(-60_000, {}, [])],
    /^revenue 2026-01-01T11:59:00.000Z: a window is served that/,
  ],
  ['a window served twice', [first(), second(), second()], /^revenue: 1 windows are served twice$/],
  ['a window that is not final', [{ ...first(), final: false }, second()], /: expected it to be final$/],
  ['a missing group', [{ ...first(), groups: [euros()] }, second()], /\["USD"\]: expected a group, none is served$/],
  [
    'a surplus group',
    [{ ...first(), groups: [euros(), dollars(), { ...euros(), key: { currency: 'GBP' } }] }, second()],
    /\["GBP"\]: a group is served that/,
  ],
  [
    'a group served twice',
    [{ ...first(), groups: [euros(), euros(), dollars()] }, second()],
    /: a group is served twice$/,
  ],
  [
    'a wrong group',
    [{ ...first(), groups: [euros(), { ...dollars(), metrics: { ...dollars().metrics, orders: 49 } }] }, second()],
    /\["USD"\] orders: served 49, expected 50$/,
  ],
  ['a wrong count', [withTotals({ orders: 199 }), second()], /totals orders: served 199, expected 200$/],
  ['a wrong sum', [withTotals({ amount: 15_930 * (1 + 2e-9) }), second()], /totals amount: served/],
  ['a wrong mean', [withTotals({ average: 79.65 * (1 - 2e-9) }), second()], /totals average: served/],
  ['a wrong minimum', [withTotals({ smallest: 10.000000001 }), second()], /totals smallest: served/],
  ['a wrong maximum', [withTotals({ largest: 149 }), second()], /totals largest: served/],
  [
    'a wrong last value',
    [withTotals({ latest: { value: 10, at: iso(199) } }), second()],
    /totals latest value: served 10/,
  ],
  [
    'a wrong last instant',
    [withTotals({ latest: { value: amounts.at(-1)!, at: iso(198) } }), second()],
    /totals latest at: served/,
  ],
  [
    'a wrong exact distinct count',
    [withTotals({ buyers: { estimate: 199, standardError: 0 } }), second()],
    /totals buyers: served 199, expected 200$/,
  ],
  [
    'an estimate far off',
    [withTotals({ buyers: { estimate: 235, standardError: 0.0325 } }), second()],
    /totals buyers: served 235, expected 200: 5.4 standard errors off$/,
  ],
  ['no distinct count at all', [withTotals({ buyers: null }), second()], /totals buyers/],
  [
    'a quantile beyond its error',
    [withTotals({ amounts: { ...(quantiles(amounts) as object), p90: 135.3 * 1.011 } as ServedMetric }), second()],
    /totals amounts p90: served .* within 1 %$/,
  ],
  [
    'a wrong count of quantiles',
    [withTotals({ amounts: { ...(quantiles(amounts) as object), count: 201 } as ServedMetric }), second()],
    /totals amounts count: served 201/,
  ],
  [
    'no quantiles',
    [withTotals({ amounts: null }), second()],
    /totals amounts: expected quantiles of 200 values, none are served$/,
  ],
  ['a value that is no number', [withTotals({ amount: null }), second()], /totals amount: served null/],
]
for (const [what, windows, mismatch] of wrong) {
  test(`${what} is exactly one mismatch`, () => {
    const { mismatches } = compare(...windows)
    assert.equal(mismatches.length, 1, mismatches.join('\n'))
    assert.match(mismatches[0]!, mismatch)
  })
}

test('sums and means may differ in their last digits, quantiles and estimates within their stated errors', () => {
  const nearly = withTotals({
    amount: (first().totals['amount'] as number) * (1 + 5e-10),
    average: (first().totals['average'] as number) * (1 - 5e-10),
    amounts: {
      ...(quantiles(amounts) as object),
      p50: amounts[99]! * 1.0099,
      p99: amounts[197]! * 0.9901,
    } as ServedMetric,
    buyers: { estimate: 206, standardError: 0.03 },
  })
  const { mismatches, distinctRms } = compare(nearly, second())
  assert.deepEqual(mismatches, [])
  assert.ok(Math.abs(distinctRms! - 1) < 1e-9)
})

test('a last value that is not served is missed with its instant', () => {
  assert.deepEqual(
    compare(withTotals({ latest: null }), second()).mismatches.map((text) => text.replace(/:\s.*/, '')),
    ['value', 'at'].map((part) => `revenue 2026-01-01T12:00:00.000Z totals latest ${part}`),
  )
})

test('a rollup that is not answered for misses all its windows', () => {
  const { mismatches, ...counts } = compareWindows(description, revenueOnly, new Map())
  assert.deepEqual([mismatches.length, counts], [2, { windowsCompared: 2, windowsDiffering: 2, distinctRms: null }])
})

test('many estimates that are each a little too far off are a mismatch together', () => {
  const crowd = Array.from({ length: 40 }, (_, i) =>
    Array.from({ length: 100 }, (_, j) => view(`${i}-${j}`, i * 10_000, { userId: `u${j}` })),
  )
  const many = expectRun({ description, keepAll: false, log: [numbered(crowd.flat())] })
  const traffic = { ...many, windows: new Map([['traffic', many.windows.get('traffic')!]]) }
  const answer = (windows: number, estimate: number) => ({
    stream: 'clickstream',
    rollup: 'traffic',
    version: 1,
    everyMs: 10_000,
    stepMs: 10_000,
    windowMs: 10_000,
    from: iso(0),
    to: iso(400_000),
    next: null,
    frontier: iso(600_000),
    asOf: null,
    final: true,
    windows: Array.from({ length: 40 }, (_, i) => ({
      start: new Date(noon + i * 10_000).toISOString(),
      end: iso(i * 10_000 + 10_000),
      final: true,
      approximate: false,
      asOf: iso(i * 10_000 + 10_000),
      totals: {
        events: 100,
        views: 100,
        searches: 0,
        carts: 0,
        purchases: 0,
        visitors: i < windows ? { estimate, standardError: 0.02 } : { estimate: 100, standardError: 0 },
      },
    })),
  })
  const compareTraffic = (windows: number, estimate: number): Comparison =>
    compareWindows(description, traffic, new Map([['traffic', [answer(windows, estimate)]]]))
  assert.deepEqual(compareTraffic(40, 102).mismatches, [])
  assert.deepEqual(compareTraffic(40, 103).mismatches, [
    'distinct: root-mean-square error of 1.500 standard errors, expected at most 1.1',
  ])
  // Too few to tell from chance.
  assert.deepEqual(compareTraffic(29, 103).mismatches, [])
})
