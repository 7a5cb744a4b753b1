import type { Container, FeedOptions, SqlQuerySpec } from '@azure/cosmos'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hierarchical, rejectsWith, sparseIndex, testCosmos } from './support.ts'

const all = async (items: Container, query: string | SqlQuerySpec, options: FeedOptions = {}): Promise<unknown[]> =>
  (await items.items.query<unknown>(query, options).fetchAll()).resources

const documents = [
  { id: '1', pk: 'a', n: 1, text: 'one', flag: true, list: ['x', { k: 1, l: 2 }], sub: { n: 10 } },
  { id: '2', pk: 'a', n: 2, text: 'two', flag: false, list: [], nothing: null },
  { id: '3', pk: 'a', n: 3, text: 'Three' },
  { id: '4', pk: 'a', n: '4', text: 'four' },
  { id: '5', pk: 'b', n: 5, text: 'five' },
]

const filled = async (container: Container): Promise<Container> => {
  for (const document of documents) await container.items.create(document)
  return container
}

test('conditions select what they should, with undefined neither true nor false', async (t) => {
  const { container } = await testCosmos(t)
  const items = await filled(await container())
  const cases: readonly (readonly [string, string])[] = [
    ['c.n = 2', '2'],
    ['c.n != 2', '13'],
    ['c.n > 1 AND c.n <= 3', '23'],
    ['NOT (c.n = 2)', '13'],
    ['c.n = 1 OR c.text = "four"', '14'],
    ['c.missing = 1 OR c.n = 1', '1'],
    ['NOT (c.missing = 1)', ''],
    ['c.missing != 1', ''],
    ['c.missing = undefined', ''],
    ['c.nothing = null', '2'],
    ['c.flag', '1'],
    ['NOT c.flag', '2'],
    ['c.n IN (1, 3, "4")', '134'],
    ['c.n NOT IN (1, 3)', '24'],
    ['c.n BETWEEN 2 AND 3', '23'],
    ['c.n NOT BETWEEN 2 AND 3', '1'],
    ['IS_DEFINED(c.flag)', '12'],
    ['NOT IS_DEFINED(c.flag)', '34'],
    ['IS_NULL(c.nothing)', '2'],
    ['IS_STRING(c.n)', '4'],
    ['STARTSWITH(c.text, "t")', '2'],
    ['STARTSWITH(c.text, "t", true)', '23'],
    ['CONTAINS(c.text, "o")', '124'],
    ['c.text LIKE "%re_"', '3'],
    ['ARRAY_CONTAINS(c.list, "x")', '1'],
    ['ARRAY_CONTAINS(c.list, {k: 1})', ''],
    ['ARRAY_CONTAINS(c.list, {k: 1}, true)', '1'],
    ['ARRAY_LENGTH(c.list) = 0', '2'],
    ['c.sub.n = 10', '1'],
    ['c["sub"]["n"] = 10', '1'],
    ['c.list[1].k = 1', '1'],
    ['c.sub = {n: 10}', '1'],
    ['c.n % 2 = 1 AND c.n + 1 < 3', '1'],
    ['c.text || "!" = "two!"', '2'],
    ['(c.missing ?? 7) = 7 AND c.n = 1', '1'],
    ['(c.flag ? c.n : -1) = 1', '1'],
    ["c.text = 'o\\u006ee'", '1'],
  ]
  for (const [condition, ids] of cases) {
    const found = await all(items, `SELECT VALUE c.id FROM c WHERE ${condition}`, { partitionKey: 'a' })
    assert.equal(found.toSorted().join(''), ids, condition)
  }
})

test('SELECT projects, renames and leaves out what is undefined', async (t) => {
  const { container } = await testCosmos(t)
  const items = await filled(await container())
  const one = { partitionKey: 'a' }
  const query = "SELECT c.text, c.sub.n AS inner, c.missing, c['flag'], [c.n, 1] AS pair FROM c WHERE c.id = '1'"
  assert.deepEqual(await all(items, query, one), [{ text: 'one', inner: 10, flag: true, pair: [1, 1] }])
  assert.deepEqual(await all(items, "SELECT VALUE c.missing FROM c WHERE c.id = '1'", one), [])
  assert.deepEqual(await all(items, "SELECT VALUE {a: r.n} FROM root r WHERE r.id = '1'", one), [{ a: 1 }])
  const [whole] = await all(items, "SELECT * FROM c WHERE c.id = '1'", one)
  assert.deepEqual(whole, (await items.item('1', 'a').read()).resource)
})

test('parameters are values, never syntax', async (t) => {
  const { container } = await testCosmos(t)
  const items = await filled(await container())
  const query = 'SELECT VALUE c.id FROM c WHERE c.text = @text OR ARRAY_CONTAINS(@ids, c.id)'
  const parameters = [
    { name: '@text', value: "one' OR true" },
    { name: '@ids', value: ['2'] },
  ]
  assert.deepEqual(await all(items, { query, parameters }, { partitionKey: 'a' }), ['2'])
  await rejectsWith(all(items, 'SELECT * FROM c WHERE c.n = @missing'), 400)
})

test('ORDER BY sorts by type, then value; several properties need a composite index', async (t) => {
  const { container } = await testCosmos(t)
  const compositeIndexes = [
    [
      { path: '/flag', order: 'ascending' as const },
      { path: '/n', order: 'descending' as const },
    ],
  ]
  const items = await filled(await container({ indexingPolicy: { compositeIndexes } }))
  const ids = (rest: string) => all(items, `SELECT VALUE c.id FROM c ${rest}`)
  assert.deepEqual(await ids('ORDER BY c.n DESC'), ['4', '5', '3', '2', '1'])
  assert.deepEqual(await ids('ORDER BY c.flag'), ['3', '4', '5', '2', '1'])
  assert.deepEqual(await ids('ORDER BY c.flag, c.n DESC'), ['4', '5', '3', '2', '1'])
  await rejectsWith(ids('ORDER BY c.n, c.flag'), 400)
})

test('ORDER BY on a path that is not indexed is refused, on the id it is not', async (t) => {
  const { container } = await testCosmos(t)
  const items = await filled(await container(sparseIndex))
  await rejectsWith(all(items, 'SELECT * FROM c ORDER BY c.n'), 400)
  assert.deepEqual(await all(items, 'SELECT VALUE c.id FROM c ORDER BY c.id DESC'), ['5', '4', '3', '2', '1'])
})

test('TOP and OFFSET LIMIT hold across pages', async (t) => {
  const { container } = await testCosmos(t)
  const items = await filled(await container())
  const paged = { maxItemCount: 1 }
  assert.deepEqual(await all(items, 'SELECT TOP 2 VALUE c.id FROM c ORDER BY c.id', paged), ['1', '2'])
  assert.deepEqual(await all(items, 'SELECT VALUE c.id FROM c ORDER BY c.id OFFSET 1 LIMIT 3', paged), ['2', '3', '4'])
  assert.deepEqual(await all(items, 'SELECT VALUE c.id FROM c ORDER BY c.id OFFSET 9 LIMIT 3', paged), [])
})

test('aggregates pass over what is undefined', async (t) => {
  const { container } = await testCosmos(t)
  const items = await filled(await container())
  const value = async (expression: string, where = '') => all(items, `SELECT VALUE ${expression} FROM c ${where}`)
  assert.deepEqual(await value('COUNT(1)'), [5])
  assert.deepEqual(await value('COUNT(c.flag)'), [2])
  assert.deepEqual(await value('SUM(c.n)', 'WHERE IS_NUMBER(c.n)'), [11])
  assert.deepEqual(await value('SUM(c.n)'), [])
  assert.deepEqual(await value('AVG(c.n)', 'WHERE c.n < 3'), [1.5])
  assert.deepEqual(await value('COUNTIF(c.flag)'), [1])
  const composed = 'SELECT VALUE {low: MIN(c.n), high: MAX(c.text)} FROM c'
  assert.deepEqual(await all(items, composed, { partitionKey: 'a' }), [{ low: 1, high: 'two' }])
  await assert.rejects(all(items, composed), /Cross partition query only supports 'VALUE <AggregateFunc>'/)
  assert.deepEqual(await value('COUNT(1)', 'WHERE c.n > 99'), [0])
  assert.deepEqual(await value('MAX(c.n)', 'WHERE c.n > 99'), [])
})

test('an aggregate without VALUE is served within a partition and refused across', async (t) => {
  const { container } = await testCosmos(t)
  const items = await filled(await container())
  const query = 'SELECT COUNT(1) AS n, MAX(c.id) AS last FROM c'
  assert.deepEqual(await all(items, query, { partitionKey: 'a' }), [{ n: 4, last: '4' }])
  await assert.rejects(all(items, query), /Aggregate queries must use the VALUE keyword/)
})

test('DISTINCT and GROUP BY', async (t) => {
  const { container } = await testCosmos(t)
  const items = await filled(await container())
  assert.deepEqual(await all(items, 'SELECT DISTINCT VALUE c.pk FROM c ORDER BY c.pk'), ['a', 'b'])
  assert.deepEqual(await all(items, 'SELECT c.pk, COUNT(1) AS n FROM c GROUP BY c.pk', { maxItemCount: 1 }), [
    { pk: 'a', n: 4 },
    { pk: 'b', n: 1 },
  ])
})

test('a query sees its partition key only, a prefix of a hierarchical key all below it', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container(hierarchical)
  for (const [tenant, day] of [
    ['t', '1'],
    ['t', '2'],
    ['t1', '1'],
    ['u', '1'],
  ]) {
    await items.items.create({ id: `${tenant}${day}`, tenant, day, n: 1 })
  }
  const ids = (partitionKey?: string[]) =>
    all(items, 'SELECT VALUE c.id FROM c WHERE c.n = 1 ORDER BY c.id', partitionKey ? { partitionKey } : {})
  assert.deepEqual(await ids(['t', '2']), ['t2'])
  assert.deepEqual(await ids(['t']), ['t1', 't2'])
  assert.deepEqual(await ids(), ['t1', 't11', 't2', 'u1'])
})

test('pages are as long as asked for and go on where the last one ended, whatever was deleted meanwhile', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  for (let n = 0; n < 10; n += 1) await items.items.create({ id: `${n}`, pk: 'a', n: n % 2 })
  for (const [orderBy, expected] of [
    ['c.id', '012456789'],
    ['c.n DESC', '135790468'],
  ] as const) {
    await items.items.upsert({ id: '3', pk: 'a', n: 1 })
    const query = `SELECT VALUE c.id FROM c ORDER BY ${orderBy}`
    const first = await items.items.query<string>(query, { partitionKey: 'a', maxItemCount: 3 }).fetchNext()
    assert.equal(first.resources.length, 3)
    assert.equal(first.hasMoreResults, true)
    const seen = [...first.resources]
    if (orderBy === 'c.id') await items.item('3', 'a').delete()
    const { continuationToken } = first
    assert.ok(continuationToken)
    const rest = items.items.query<string>(query, { partitionKey: 'a', maxItemCount: 3, continuationToken })
    while (rest.hasMoreResults()) seen.push(...((await rest.fetchNext()).resources ?? []))
    assert.equal(seen.join(''), orderBy === 'c.id' ? expected : '1357902468')
  }
})

test('without a page size a page has at most 100 results', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  for (const part of [0, 1]) {
    const operations = Array.from({ length: 60 }, (_, n) => ({
      operationType: 'Create' as const,
      resourceBody: { id: `${part}:${n}`, pk: 'a' },
    }))
    await items.items.batch(operations, 'a')
  }
  assert.equal((await items.items.query('SELECT * FROM c').fetchNext()).resources.length, 100)
  assert.equal((await all(items, 'SELECT * FROM c')).length, 120)
})

test('a token of another query is refused', async (t) => {
  const { container } = await testCosmos(t)
  const items = await filled(await container())
  const { continuationToken } = await items.items.query('SELECT * FROM c', { maxItemCount: 1 }).fetchNext()
  await rejectsWith(all(items, 'SELECT c.id FROM c', { continuationToken }), 400)
})

test('what is wrong or not supported answers 400 and says where', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const wrong = [
    'SELECT',
    'SELECT * FROM c WHERE',
    'SELECT * FROM c WHERE c.n = ',
    'SELECT * FROM c WHERE d.n = 1',
    'SELECT * FROM c WHERE NO_SUCH(c.n)',
    'SELECT * FROM c; DROP',
    'SELECT TOP -1 * FROM c',
  ]
  for (const query of wrong) await rejectsWith(all(items, query), 400)
  await assert.rejects(all(items, 'SELECT * FROM c WHERE c.n ! 1'), /position 26/)
})
