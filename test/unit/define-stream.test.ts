import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from '@sinclair/typebox'
import { definitionProblems } from '../../shared/core/stream/definition-problems.ts'
import { defineStream } from '../../shared/core/stream/define-stream.ts'
import { parseDuration } from '../../shared/core/stream/durations.ts'
import { count, distinct, quantiles, sum } from '../../shared/core/stream/metrics.ts'
import { parseUrl } from '../../shared/core/enrich/parse-url.ts'
import { TerminalError } from '../../shared/errors.ts'

const event = Type.Object({
  source: Type.String(),
  id: Type.String(),
  time: Type.String(),
  url: Type.String(),
  amount: Type.Optional(Type.Number()),
})

const visits = {
  name: 'visits',
  event,
  identity: { source: 'source', id: 'id' },
  time: { occurredAt: 'time', lateness: '1m' },
  deduplicate: { horizon: '5m' },
  enrich: [parseUrl('url')],
  rollups: { total: { every: '10s', by: [], keep: '1d', metrics: { events: count() } } },
} as const

const total = visits.rollups.total

test('what is left out has its default', () => {
  const { description } = defineStream(visits)
  assert.deepEqual(description.hub, { partitions: 4, retention: '1d' })
  assert.deepEqual(description.eventVersions, [1])
  assert.equal(description.maxEventBytes, 262_144)
  assert.equal('keep' in description, false)
})

test('metrics have their default precision and error', () => {
  assert.deepEqual(distinct('id'), { kind: 'distinct', field: 'id', precision: 10 })
  assert.deepEqual(quantiles('amount'), { kind: 'quantiles', field: 'amount', relativeError: 0.01 })
  assert.deepEqual(sum('amount', { id: 'a' }), { kind: 'sum', field: 'amount', where: { id: 'a' } })
})

test('a description is JSON: nothing is lost on the way through text', () => {
  const { description } = defineStream({ ...visits, keep: { not: { host: { in: ['a', null, 1] } } } })
  assert.deepEqual(JSON.parse(JSON.stringify(description)), description)
})

test('enrichment crosses as step names, parameters and the fields they add', () => {
  assert.deepEqual(defineStream(visits).description.enrich, [
    { step: 'parseUrl', parameters: { url: 'url' }, adds: ['host', 'page'] },
  ])
})

test('every problem of a definition is named in one error', () => {
  const define = () =>
    defineStream({
      ...visits,
      hub: { partitions: 33, retention: '8d' },
      time: { occurredAt: 'time', lateness: '10m' },
      rollups: {
        total: { ...total, every: 'sixty' },
        pages: { ...total, by: ['page'], every: '7m' },
      },
    })
  assert.throws(define, (error) => {
    assert.ok(error instanceof TerminalError)
    assert.equal(
      error.message,
      [
        'Stream "visits" is not valid:',
        'hub.partitions: expected a whole number from 1 to 32, got 33',
        'hub.retention: expected 1h to 7d, got "8d"',
        'deduplicate.horizon: expected at least time.lateness (10m), got "5m"',
        'rollups.total.every: expected a duration such as 10s, 2m, 1h or 30d, got "sixty"',
        'rollups.pages.every: expected a duration that divides a day, got "7m"',
        'rollups.pages.maxGroups: expected a whole number from 1 to 100000, got null',
      ].join('\n  '),
    )
    return true
  })
})

const sound = defineStream(visits).description
const soundRollup = sound.rollups['total']

/** What is wrong with the sound description after one change; `unknown` because a caller in JavaScript may pass anything. */
const problemsWith = (change: Readonly<Record<string, unknown>>): string[] =>
  definitionProblems({ ...sound, ...change })

const problemsInRollup = (change: Readonly<Record<string, unknown>>): string[] =>
  problemsWith({ rollups: { total: { ...soundRollup, ...change } } })

test('a sound description has no problems', () => {
  assert.deepEqual(definitionProblems(sound), [])
})

const eventWith = (field: string): unknown =>
  JSON.parse(JSON.stringify(Type.Object({ ...event.properties, [field]: Type.String() })))

const streamCases: readonly (readonly [change: Readonly<Record<string, unknown>>, problem: string])[] = [
  [{ name: 'Click Stream' }, 'name: expected a name such as clickstream (letters, digits, -), got "Click Stream"'],
  [{ name: '' }, 'name: expected a name such as clickstream (letters, digits, -), got ""'],
  [{ maxEventBytes: 0 }, 'maxEventBytes: expected a whole number from 1 to 1048576, got 0'],
  [{ maxEventBytes: 1_048_577 }, 'maxEventBytes: expected a whole number from 1 to 1048576, got 1048577'],
  [{ hub: { partitions: 1.5, retention: '1d' } }, 'hub.partitions: expected a whole number from 1 to 32, got 1.5'],
  [{ hub: { partitions: 1, retention: '59m' } }, 'hub.retention: expected 1h to 7d, got "59m"'],
  [
    { identity: { source: 'page', id: 'id' } },
    'identity.source: expected one of source, id, time, url, amount, got "page"',
  ],
  [
    { identity: { source: 'source', id: 'key' } },
    'identity.id: expected one of source, id, time, url, amount, got "key"',
  ],
  [
    { time: { occurredAt: 'at', lateness: '1m' } },
    'time.occurredAt: expected one of source, id, time, url, amount, got "at"',
  ],
  [
    { time: { occurredAt: 'time', sentAt: 'at', lateness: '1m' } },
    'time.sentAt: expected one of source, id, time, url, amount, got "at"',
  ],
  [
    { time: { occurredAt: 'time', lateness: '2h' }, deduplicate: { horizon: '3h' } },
    'time.lateness: expected 1s to 1h, got "2h"',
  ],
  [{ deduplicate: { horizon: '25h' } }, 'deduplicate.horizon: expected 1s to 1d, got "25h"'],
  [
    { eventVersions: [1, 2] },
    'eventVersions: expected an event field schemaVersion where there are several versions, got [1,2]',
  ],
  [{ eventVersions: [] }, 'eventVersions: expected at least one version, got []'],
  [{ eventVersions: [0] }, 'eventVersions.0: expected a whole number from 1 to 1000000, got 0'],
  [{ event: eventWith('not') }, 'event.not: expected a name other than not, any and all, got "not"'],
  [{ event: eventWith('all') }, 'event.all: expected a name other than not, any and all, got "all"'],
  [
    { enrich: [{ step: 'parseUrl', parameters: { url: 'link' }, adds: ['page'] }] },
    'enrich.0.parseUrl.url: expected one of source, id, time, url, amount, got "link"',
  ],
  [{ rollups: {} }, 'rollups: expected 1 to 20 rollups, got 0'],
  [{ rollups: { 'a b': soundRollup } }, 'rollups.a b: expected a name of letters, digits and -, got "a b"'],
  [{ keep: { colour: 'red' } }, 'keep.colour: expected one of source, id, time, url, amount, host, page, got "colour"'],
  [{ keep: 'all' }, 'keep: expected comparisons by field, not, any or all, got "all"'],
  [{ keep: { not: true } }, 'keep.not: expected comparisons by field, not, any or all, got true'],
  [{ keep: { any: { id: 'a' } } }, 'keep.any: expected a list of predicates, got {"id":"a"}'],
  [
    { keep: { all: [{ id: 'a' }, { any: [{ not: { shade: 1 } }] }] } },
    'keep.all.1.any.0.not.shade: expected one of source, id, time, url, amount, host, page, got "shade"',
  ],
]

for (const [change, problem] of streamCases) {
  test(`refused: ${problem}`, () => assert.deepEqual(problemsWith(change), [problem]))
}

const comparison = 'keep.id: expected a value, { in }, { gt, gte, lt, lte } or { exists }, got'
const comparisonCases: readonly (readonly [value: unknown, got: string])[] = [
  [{}, '{}'],
  [[], '[]'],
  [undefined, 'nothing'],
  [Number.NaN, 'null'],
  [{ in: 'abc' }, '{"in":"abc"}'],
  [{ in: [{}] }, '{"in":[{}]}'],
  [{ in: [1], gt: 0 }, '{"in":[1],"gt":0}'],
  [{ gt: 0, exists: true }, '{"gt":0,"exists":true}'],
  [{ gt: '0' }, '{"gt":"0"}'],
  [{ lt: Infinity }, '{"lt":null}'],
  [{ exists: 1 }, '{"exists":1}'],
  [{ matches: 'x' }, '{"matches":"x"}'],
]

for (const [value, got] of comparisonCases) {
  test(`refused as a comparison: ${got}`, () => {
    assert.deepEqual(problemsWith({ keep: { id: value } }), [`${comparison} ${got}`])
  })
}

const rollupCases: readonly (readonly [change: Readonly<Record<string, unknown>>, problem: string])[] = [
  [{ every: '500ms' }, 'rollups.total.every: expected 1s to 1d, got "500ms"'],
  [{ every: '2d' }, 'rollups.total.every: expected 1s to 1d, got "2d"'],
  [{ every: 60 }, 'rollups.total.every: expected a duration such as 10s, 2m, 1h or 30d, got 60'],
  [{ keep: '1h' }, 'rollups.total.keep: expected 1d to 3650d, got "1h"'],
  [{ version: 0 }, 'rollups.total.version: expected a whole number from 1 to 1000000, got 0'],
  [
    { by: ['colour'], maxGroups: 1 },
    'rollups.total.by.0: expected one of source, id, time, url, amount, host, page, got "colour"',
  ],
  [{ by: ['page', 'page'], maxGroups: 1 }, 'rollups.total.by: expected each field once, got ["page","page"]'],
  [
    { by: ['page'], maxGroups: 100_001 },
    'rollups.total.maxGroups: expected a whole number from 1 to 100000, got 100001',
  ],
  [{ maxGroups: 10 }, 'rollups.total.maxGroups: expected none: the rollup has no groups, got 10'],
  [{ metrics: {} }, 'rollups.total.metrics: expected at least one metric, got {}'],
  [{ metrics: { 'a b': count() } }, 'rollups.total.metrics.a b: expected a name of letters, digits and -, got "a b"'],
  [
    { metrics: { s: sum('colour') } },
    'rollups.total.metrics.s.field: expected one of source, id, time, url, amount, host, page, got "colour"',
  ],
  [
    { metrics: { d: distinct('id', { precision: 3 }) } },
    'rollups.total.metrics.d.precision: expected a whole number from 4 to 16, got 3',
  ],
  [
    { metrics: { q: quantiles('amount', { relativeError: 0.5 }) } },
    'rollups.total.metrics.q.relativeError: expected a number from 0.005 to 0.1, got 0.5',
  ],
  [
    { metrics: { c: count({ id: {} }) } },
    'rollups.total.metrics.c.where.id: expected a value, { in }, { gt, gte, lt, lte } or { exists }, got {}',
  ],
  [{ where: { not: null } }, 'rollups.total.where.not: expected comparisons by field, not, any or all, got null'],
]

for (const [change, problem] of rollupCases) {
  test(`refused: ${problem}`, () => assert.deepEqual(problemsInRollup(change), [problem]))
}

test('a step may read what an earlier one added, not what a later one will', () => {
  const first = { step: 'first', parameters: { text: 'url' }, adds: ['a'] }
  const second = { step: 'second', parameters: { text: 'a' }, adds: ['b'] }
  assert.deepEqual(problemsWith({ enrich: [first, second] }), [])
  assert.deepEqual(problemsWith({ enrich: [second, first] }), [
    'enrich.0.second.text: expected one of source, id, time, url, amount, got "a"',
  ])
})

test('durations are a whole number and one unit', () => {
  assert.deepEqual(
    ['250ms', '10s', '2m', '1h', '30d'].map(parseDuration),
    [250, 10_000, 120_000, 3_600_000, 2_592_000_000],
  )
  for (const text of ['', '0s', '-1s', '1.5h', '10', 's', '1 s', '1w', '01s', '1S', 10, null]) {
    assert.equal(parseDuration(text), undefined, String(text))
  }
})
