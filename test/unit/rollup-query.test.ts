import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joinKey } from '../../shared/core/group-key.ts'
import { pageEnd } from '../../shared/core/read-plan.ts'
import { parseRollupQuery } from '../../shared/core/rollup-query.ts'
import { compileStream } from '../../shared/core/stream/compile.ts'
import { clickstream } from '../../shared/streams/clickstream.ts'
import { rollupQuery } from '../support/rollup-query.ts'

const compiled = compileStream(clickstream)
const rollupOf = (name: string) => compiled.rollups.find((rollup) => rollup.name === name)!
const [traffic, pages, campaigns, revenue] = ['traffic', 'pages', 'campaigns', 'revenue'].map(rollupOf)
const noon = Date.UTC(2026, 10, 24, 12)
const range = 'from=2026-11-24T12:00:00Z&to=2026-11-24T13:00:00Z'
const [minute, hour] = [60_000, 3_600_000]

const problemsOf = (rollup: typeof pages, query: string): string[] => {
  const parsed = parseRollupQuery(rollup!, new URLSearchParams(query))
  return 'problems' in parsed ? parsed.problems.map(({ parameter, detail }) => `${parameter}: ${detail}`) : []
}

const refused: readonly (readonly [rollup: typeof pages, query: string, problems: readonly string[]])[] = [
  [
    pages,
    '',
    [
      'from: expected an RFC 3339 instant such as 2026-11-24T12:00:00Z',
      'to: expected an RFC 3339 instant such as 2026-11-24T12:00:00Z',
    ],
  ],
  [pages, 'from=2026-11-24T12:00:00Z&to=2026-11-24T12:00:00Z', ['to: expected an instant after from']],
  [
    pages,
    'from=2026-11-24T12:00:30Z&to=2026-11-24T13:00:00Z',
    [
      'from: expected an instant aligned to the step of 1m, such as 2026-11-24T12:00:00.000Z or 2026-11-24T12:01:00.000Z',
    ],
  ],
  [
    traffic,
    'from=2026-11-24T12:30:00Z&to=2026-11-24T13:30:00Z&step=1h',
    [
      'from: expected an instant aligned to the step of 1h, such as 2026-11-24T12:00:00.000Z or 2026-11-24T13:00:00.000Z',
      'to: expected an instant aligned to the step of 1h, such as 2026-11-24T13:00:00.000Z or 2026-11-24T14:00:00.000Z',
    ],
  ],
  ...['90s', '1', 'hour', '32d', ''].map((step): [typeof pages, string, string[]] => [
    pages,
    `${range}&step=${step}`,
    ["step: expected a multiple of the 1m of the rollup's windows, up to 31d, such as 1m or 6m"],
  ]),
  [
    pages,
    `${range}&step=5m&window=12m`,
    [
      'window: expected a multiple of the step of 5m, at most 49 steps where a window may hold 1001 groups, such as 30m',
    ],
  ],
  [
    traffic,
    `${range}&window=3h`,
    ['window: expected a multiple of the step of 10s, at most 1000 steps where a window may hold 1 groups, such as 1m'],
  ],
  [traffic, `${range}&key=a`, ['key: expected none: traffic has no groups']],
  [traffic, `${range}&top=3&by=views`, ['top: expected none: traffic has no groups']],
  [
    pages,
    `${range}&key={"pag":"/"}`,
    ['key: expected a value of page, or a JSON object of texts such as {"page":"…"}'],
  ],
  [pages, `${range}&key={`, ['key: expected a value of page, or a JSON object of texts such as {"page":"…"}']],
  [
    campaigns,
    `${range}&key=spring&key=search`,
    ['key: expected a JSON object of texts such as {"campaign":"…","referrerClass":"…"}'],
  ],
  [
    campaigns,
    `${range}&key={"campaign":"spring","referrerClass":7}`,
    ['key: expected a JSON object of texts such as {"campaign":"…","referrerClass":"…"}'],
  ],
  [pages, `${range}${'&key=a'.repeat(101)}`, ['key: expected it at most 100 times']],
  [pages, `${range}&top=3`, [`by: expected one of ${pagesNumbers()}`]],
  [pages, `${range}&top=3&by=loadMs`, [`by: expected one of ${pagesNumbers()}`]],
  [pages, `${range}&by=views`, ['top: expected a whole number from 1 to 1000']],
  [pages, `${range}&top=1.5&by=views`, ['top: expected a whole number from 1 to 1000']],
  [
    revenue,
    `${range}&metrics=orders,latset`,
    [
      'metrics: expected names with commas between them, of amount, amounts, average, buyers, largest, latest, orders, smallest',
    ],
  ],
  [pages, `${range}&format=xml`, ['format: expected json or csv']],
  [pages, `${range}&to=2026-11-24T14:00:00Z`, ['to: expected it once']],
  [pages, `${range}&keys=a`, ['keys: expected one of from, to, step, window, key, top, by, metrics, format']],
]

function pagesNumbers(): string {
  return ['count', 'min', 'max', 'p50', 'p90', 'p95', 'p99']
    .map((part) => `loadMs.${part}`)
    .concat('views', 'visitors')
    .join(', ')
}

for (const [rollup, query, problems] of refused) {
  test(`refused: ${rollup!.name}?${query.slice(0, 120)}`, () => assert.deepEqual(problemsOf(rollup, query), problems))
}

test('a sound query is read', () => {
  const query = 'step=5m&window=1h&key=/&key={"page":"/cart"}&metrics=views,loadMs&format=csv&code=secret'
  const parsed = parseRollupQuery(pages!, new URLSearchParams(`${range}&${query}`))
  assert.ok('query' in parsed)
  const { top, keys, metrics, ...rest } = parsed.query
  assert.deepEqual(rest, { from: noon, to: noon + hour, stepMs: 5 * minute, windowMs: hour, format: 'csv' })
  assert.deepEqual([top, keys, metrics], [undefined, new Set(['/', '/cart']), new Set(['views', 'loadMs'])])
})

test('a zone whose plus became a space is understood', () => {
  const parsed = parseRollupQuery(pages!, new URLSearchParams('from=2026-11-24T13:00:00+01:00&to=2026-11-24T13:00:00Z'))
  assert.ok('query' in parsed && parsed.query.from === noon)
})

test('a group of several dimensions is named by all of them, in any order', () => {
  const { keys } = rollupQuery(
    campaigns!,
    { from: noon, to: noon + hour },
    { key: '{"referrerClass":"search","campaign":"spring"}' },
  )
  assert.deepEqual(keys, new Set([joinKey(['spring', 'search'])]))
})

test('an answer ends before it is made of too many documents or groups', () => {
  const days = { from: noon - 12 * hour, to: noon + 30 * 24 * hour - 12 * hour }
  const windows = (rollup: typeof pages, frontier: number | undefined, more: Record<string, string> = {}): number => {
    const query = rollupQuery(rollup!, days, more)
    return (pageEnd(rollup!, query, frontier) - days.from) / query.stepMs
  }
  assert.equal(windows(traffic, undefined), 500)
  assert.equal(windows(pages, undefined), 49, 'a thousand groups each')
  assert.equal(windows(pages, undefined, { key: '/' }), 250, 'a head and a chunk each')
  assert.equal(windows(traffic, undefined, { step: '1h' }), 1, '360 documents each')
  assert.equal(windows(traffic, days.to, { step: '1h' }), 500, 'one document each')
  assert.equal(windows(traffic, days.to, { step: '1d' }), 30, 'all of them')
  assert.equal(windows(traffic, undefined, { step: '1d' }), 1, 'one at least')
  assert.equal(windows(traffic, days.to, { step: '1h', window: '100h' }), 401, 'with what the first looks back at')
})
