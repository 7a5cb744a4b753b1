import type { Container, SqlQuerySpec } from '@azure/cosmos'
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { testCosmos } from './support.ts'

const documents = [
  {
    id: '1',
    pk: 'a',
    name: 'bread',
    tags: ['food', 'daily'],
    sizes: [
      { key: 'S', price: 1, count: 5 },
      { key: 'L', price: 3, count: 0 },
    ],
  },
  { id: '2', pk: 'a', name: 'milk', tags: ['food'], sizes: [{ key: 'S', price: 2, count: 9 }], box: { inner: [7, 8] } },
  { id: '3', pk: 'a', name: 'nothing', tags: [] },
  { id: '4', pk: 'b', name: 'knife', tags: 'no list', sizes: [{ key: 'L', price: 20 }] },
]

const filled = async (t: TestContext): Promise<Container> => {
  const { container } = await testCosmos(t)
  const items = await container()
  for (const document of documents) await items.items.create(document)
  return items
}

const all = async (items: Container, query: string | SqlQuerySpec): Promise<unknown[]> =>
  (await items.items.query<unknown>(query).fetchAll()).resources

const cases: readonly (readonly [name: string, query: string, expected: readonly unknown[]])[] = [
  [
    'JOIN gives a row for each element',
    'SELECT c.id, t FROM c JOIN t IN c.tags',
    [
      { id: '1', t: 'food' },
      { id: '1', t: 'daily' },
      { id: '2', t: 'food' },
    ],
  ],
  [
    'several JOINs multiply',
    'SELECT VALUE CONCAT(c.id, t, s.key) FROM c JOIN t IN c.tags JOIN s IN c.sizes',
    ['1foodS', '1foodL', '1dailyS', '1dailyL', '2foodS'],
  ],
  ['a JOIN can start from an earlier one', 'SELECT VALUE n FROM c JOIN c.box AS b JOIN n IN b.inner', [7, 8]],
  ['WHERE sees every alias', 'SELECT VALUE c.id FROM c JOIN s IN c.sizes WHERE s.price > 1 AND c.pk = "a"', ['1', '2']],
  ['JOIN of a path gives its value where it is defined', 'SELECT VALUE b.inner[1] FROM c JOIN b IN c.box.inner', []],
  ['JOIN without IN takes the value itself', 'SELECT VALUE b FROM c JOIN c.box.inner AS b', [[7, 8]]],
  ['FROM can lead into the documents', 'SELECT VALUE s.key FROM s IN c.sizes', ['S', 'L', 'S', 'L']],
  ['FROM a path gives what is there', 'SELECT * FROM c.box', [{ inner: [7, 8] }]],
  [
    'JOIN of a subquery takes what it gives',
    'SELECT c.id, s.price FROM c JOIN (SELECT VALUE s FROM s IN c.sizes WHERE s.price >= 2) AS s',
    [
      { id: '1', price: 3 },
      { id: '2', price: 2 },
      { id: '4', price: 20 },
    ],
  ],
  ['EXISTS', "SELECT VALUE c.id FROM c WHERE EXISTS(SELECT VALUE t FROM t IN c.tags WHERE t = 'daily')", ['1']],
  ['NOT EXISTS', 'SELECT VALUE c.id FROM c WHERE NOT EXISTS(SELECT VALUE t FROM t IN c.tags)', ['3', '4']],
  ['EXISTS of nothing defined is false', 'SELECT VALUE c.id FROM c WHERE EXISTS(SELECT VALUE c.box)', ['2']],
  [
    'ARRAY collects',
    'SELECT c.id, ARRAY(SELECT VALUE s.key FROM s IN c.sizes WHERE s.count > 0) AS left FROM c WHERE c.pk = "a"',
    [
      { id: '1', left: ['S'] },
      { id: '2', left: ['S'] },
      { id: '3', left: [] },
    ],
  ],
  [
    'ARRAY of objects',
    "SELECT VALUE ARRAY(SELECT s.key, s.price * 2 AS twice FROM s IN c.sizes) FROM c WHERE c.id = '2'",
    [[{ key: 'S', twice: 4 }]],
  ],
  [
    'a subquery can aggregate',
    'SELECT c.id, (SELECT VALUE SUM(s.price) FROM s IN c.sizes) AS total FROM c WHERE c.pk = "a"',
    [
      { id: '1', total: 4 },
      { id: '2', total: 2 },
      { id: '3', total: 0 },
    ],
  ],
  [
    'a subquery names a value once',
    "SELECT VALUE (SELECT VALUE n * n FROM (SELECT VALUE LENGTH(c.name)) AS n) FROM c WHERE c.id = '1'",
    [25],
  ],
  [
    'a subquery sorts and cuts',
    "SELECT VALUE ARRAY(SELECT TOP 1 VALUE s.key FROM s IN c.sizes ORDER BY s.price DESC) FROM c WHERE c.id = '1'",
    [['L']],
  ],
  ['without FROM there is one row', 'SELECT 1 + 1 AS two, "x" AS text', [{ two: 2, text: 'x' }]],
  ['an aggregate counts joined rows', 'SELECT VALUE COUNT(1) FROM c JOIN t IN c.tags', [3]],
]

test('JOIN, subqueries, EXISTS and ARRAY give what they should', async (t) => {
  const items = await filled(t)
  for (const [name, query, expected] of cases) {
    assert.deepEqual(await all(items, query), expected, name)
  }
})

test('GROUP BY and ORDER BY work on joined rows', async (t) => {
  const items = await filled(t)
  const groups = 'SELECT t AS tag, COUNT(1) AS n, MAX(c.id) AS last FROM c JOIN t IN c.tags GROUP BY t'
  assert.deepEqual(await all(items, groups), [
    { tag: 'food', n: 2, last: '2' },
    { tag: 'daily', n: 1, last: '1' },
  ])
  const sorted = 'SELECT c.id, s.key FROM c JOIN s IN c.sizes ORDER BY c.name'
  assert.deepEqual(await all(items, sorted), [
    { id: '1', key: 'S' },
    { id: '1', key: 'L' },
    { id: '4', key: 'L' },
    { id: '2', key: 'S' },
  ])
})

test('pages can end within the rows of one document and go on there', async (t) => {
  const items = await filled(t)
  const query = 'SELECT c.id, s.key FROM c JOIN s IN c.sizes'
  for (const orderBy of ['', ' ORDER BY c.name']) {
    const whole = (await items.items.query<unknown>(query + orderBy, { partitionKey: 'a' }).fetchAll()).resources
    const seen: unknown[] = []
    let continuationToken: string | undefined
    do {
      const options = { partitionKey: 'a', maxItemCount: 1, ...(continuationToken && { continuationToken }) }
      const page = await items.items.query<unknown>(query + orderBy, options).fetchNext()
      assert.ok(page.resources.length <= 1)
      seen.push(...page.resources)
      continuationToken = page.continuationToken
    } while (continuationToken !== undefined)
    assert.deepEqual(seen, whole)
    assert.equal(seen.length, 3)
  }
})

test('what makes no sense is refused', async (t) => {
  const items = await filled(t)
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['SELECT * FROM c JOIN t IN c.tags', /only valid with a single input set/],
    ['SELECT VALUE c FROM c JOIN c IN c.tags', /input alias 'c' is specified more than once/],
    ['SELECT *', /not valid if FROM clause is omitted/],
    ['SELECT VALUE d.id FROM c', /Identifier 'd' could not be resolved/],
    ['SELECT VALUE c.id FROM c AS d', /Identifier 'c' could not be resolved/],
    ['SELECT VALUE (SELECT VALUE x FROM x IN other.tags) FROM c', /Identifier 'other' could not be resolved/],
    ['SELECT VALUE (SELECT VALUE t FROM t IN c.tags) FROM c', /cardinality of a scalar subquery/],
    ['SELECT c.name, COUNT(1) AS n FROM c GROUP BY c.pk', /not contained in either an aggregate function or the GROUP/],
    ['SELECT c.id FROM c WHERE COUNT(1) > 1', /Aggregates cannot be used in WHERE/],
    ['SELECT c.pk FROM c GROUP BY c.pk ORDER BY c.pk', /ORDER BY cannot be used together with GROUP BY/],
    ['SELECT udf.convert(c.n) FROM c', /Identifier 'udf' could not be resolved|Syntax error/],
  ]
  for (const [query, message] of wrong) await assert.rejects(all(items, query), message, query)
})
