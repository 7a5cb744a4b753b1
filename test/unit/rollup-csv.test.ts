import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RollupAnswer } from '../../shared/contracts/api.ts'
import type { ServedMetric } from '../../shared/contracts/served-metric.ts'
import { rollupCsv } from '../../shared/core/rollup-csv.ts'
import { compileStream } from '../../shared/core/stream/compile.ts'
import { clickstream } from '../../shared/streams/clickstream.ts'

const compiled = compileStream(clickstream)
const rollupOf = (name: string) => compiled.rollups.find((rollup) => rollup.name === name)!

const window = {
  start: '2026-11-24T12:00:00.000Z',
  end: '2026-11-24T12:01:00.000Z',
  final: true,
  approximate: false,
  asOf: '2026-11-24T12:03:05.000Z',
}
const times = '2026-11-24T12:00:00.000Z,2026-11-24T12:01:00.000Z,true,false,2026-11-24T12:03:05.000Z'
const answerOf = (...windows: RollupAnswer['windows']): RollupAnswer => ({
  stream: 'clickstream',
  rollup: 'any',
  version: 1,
  everyMs: 60_000,
  stepMs: 60_000,
  windowMs: 60_000,
  from: window.start,
  to: window.end,
  next: null,
  frontier: window.end,
  asOf: window.asOf,
  final: true,
  windows,
})
const lines = (...args: Parameters<typeof rollupCsv>): string[] => rollupCsv(...args).split('\r\n')

const revenue = (latest: ServedMetric): Record<string, ServedMetric> => ({
  orders: 2,
  amount: 3.5,
  smallest: null,
  largest: -7,
  average: 1e-7,
  latest,
  amounts: { count: 2, min: 1, max: 2.5, p50: 1, p90: 1, p95: 1, p99: 1, relativeError: 0.01 },
  buyers: { estimate: 2, standardError: 0 },
})

test('every value has a column that is named by its path', () => {
  const answer = answerOf({
    ...window,
    totals: {},
    groups: [{ key: { currency: 'EUR' }, metrics: revenue({ value: 2.5, at: '2026-11-24T12:00:07.000Z' }) }],
  })
  assert.deepEqual(lines(rollupOf('revenue'), answer, undefined), [
    'start,end,final,approximate,asOf,currency,amount,amounts.count,amounts.min,amounts.max,amounts.p50,amounts.p90,' +
      'amounts.p95,amounts.p99,amounts.relativeError,average,buyers.estimate,buyers.standardError,largest,latest.value,' +
      'latest.at,orders,smallest',
    `${times},EUR,3.5,2,1,2.5,1,1,1,1,0.01,1e-7,2,0,-7,2.5,2026-11-24T12:00:07.000Z,2,`,
    '',
  ])
})

test('what is not there is an empty field, and a rollup without dimensions has one record a window', () => {
  const traffic = answerOf(
    { ...window, totals: { views: 3, visitors: null } },
    { ...window, totals: { views: 4, visitors: null } },
  )
  assert.deepEqual(lines(rollupOf('traffic'), traffic, new Set(['views', 'visitors'])), [
    'start,end,final,approximate,asOf,views,visitors.estimate,visitors.standardError',
    `${times},3,,`,
    `${times},4,,`,
    '',
  ])
})

test('an answer without windows is the header alone', () => {
  assert.deepEqual(lines(rollupOf('pages'), answerOf(), new Set(['views'])), [
    'start,end,final,approximate,asOf,page,views',
    '',
  ])
})

const texts: readonly (readonly [text: string, field: string])[] = [
  ['/cart', '/cart'],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\r\nlines', '"two\r\nlines"'],
  ['=1+1', "'=1+1"],
  ['+49', "'+49"],
  ['-x', "'-x"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\tx', "'\tx"],
  ['\r=1', `"'\r=1"`],
  ['a=1', 'a=1'],
]

for (const [text, field] of texts) {
  test(`a text that someone sent is a harmless field: ${JSON.stringify(text)}`, () => {
    const answer = answerOf({ ...window, totals: {}, groups: [{ key: { page: text }, metrics: { views: -1 } }] })
    const csv = rollupCsv(rollupOf('pages'), answer, new Set(['views']))
    assert.equal(csv, `start,end,final,approximate,asOf,page,views\r\n${times},${field},-1\r\n`)
  })
}
