import type { Container } from '@azure/cosmos'
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { send, testCosmos, type TestCosmos } from './support.ts'

const documents = Array.from({ length: 25 }, (_, n) => ({
  id: String(n).padStart(2, '0'),
  pk: `p${n % 3}`,
  // Never 0: the SDK drops what is falsy where it makes results distinct.
  n: (n % 7) + 1,
  ...(n % 4 === 0 ? {} : { text: `t${n % 5}` }),
  list: Array.from({ length: n % 4 }, (_, k) => k),
}))

const filled = async (t: TestContext): Promise<{ readonly cosmos: TestCosmos; readonly items: Container }> => {
  const cosmos = await testCosmos(t)
  const indexingPolicy = {
    compositeIndexes: [
      [
        { path: '/pk', order: 'ascending' as const },
        { path: '/n', order: 'descending' as const },
      ],
    ],
  }
  const items = await cosmos.container({ indexingPolicy })
  for (const document of documents) await items.items.create(document)
  return { cosmos, items }
}

/** Across partitions the SDK runs these by their plan, in one partition key the server runs them whole. */
const queries = [
  'SELECT * FROM c',
  'SELECT c.id, c.text FROM c WHERE c.n > 2',
  'SELECT TOP 3 * FROM c',
  'SELECT TOP 5 VALUE c.id FROM c ORDER BY c.n DESC',
  'SELECT VALUE c.id FROM c ORDER BY c.n',
  'SELECT c.id, c.n FROM c ORDER BY c.id DESC',
  'SELECT c.id FROM c ORDER BY c.pk, c.n DESC',
  'SELECT VALUE c.id FROM c ORDER BY c.text OFFSET 3 LIMIT 4',
  'SELECT c.id FROM c OFFSET 2 LIMIT 3',
  'SELECT VALUE COUNT(1) FROM c',
  'SELECT VALUE COUNT(c.text) FROM c WHERE c.n < 5',
  'SELECT VALUE SUM(c.n) FROM c',
  'SELECT VALUE SUM(c.text) FROM c',
  'SELECT VALUE AVG(c.n) FROM c',
  'SELECT VALUE AVG(c.missing) FROM c',
  'SELECT VALUE MIN(c.text) FROM c',
  'SELECT VALUE MAX(c.n) FROM c',
  'SELECT VALUE MAX(c.missing) FROM c',
  'SELECT VALUE COUNT(1) FROM c JOIN k IN c.list',
  'SELECT DISTINCT VALUE c.text FROM c',
  'SELECT DISTINCT c.pk, c.n FROM c',
  'SELECT DISTINCT VALUE c.n FROM c ORDER BY c.n',
  'SELECT DISTINCT TOP 2 VALUE c.pk FROM c',
  'SELECT c.pk, COUNT(1) AS count, SUM(c.n) AS sum, AVG(c.n) AS avg, MIN(c.id) AS low, MAX(c.id) AS high FROM c GROUP BY c.pk',
  'SELECT c.pk, c.n FROM c GROUP BY c.pk, c.n',
  'SELECT VALUE c.text FROM c GROUP BY c.text',
  'SELECT VALUE COUNT(1) FROM c GROUP BY c.text',
  'SELECT UPPER(c.text) AS text, COUNT(1) AS n FROM c GROUP BY UPPER(c.text)',
  'SELECT c.n, COUNT(1) AS count FROM c GROUP BY c.n OFFSET 1 LIMIT 2',
  'SELECT c.id, k FROM c JOIN k IN c.list WHERE k > 0 ORDER BY c.n',
  'SELECT VALUE k FROM k IN c.list',
  'SELECT c.id, ARRAY(SELECT VALUE k FROM k IN c.list) AS ks FROM c WHERE EXISTS(SELECT VALUE k FROM k IN c.list) ORDER BY c.id',
  "SELECT c.id FROM c WHERE c.text LIKE 't%' AND c.n NOT IN (1, 2) AND c.id BETWEEN '03' AND '20' ORDER BY c.id",
]

test('a query run by its plan gives the same in pages of any size', async (t) => {
  const { items } = await filled(t)
  for (const query of queries) {
    const whole = await items.items.query<unknown>(query, { forceQueryPlan: true }).fetchAll()
    const paged = await items.items.query<unknown>(query, { forceQueryPlan: true, maxItemCount: 2 }).fetchAll()
    assert.deepEqual(paged.resources, whole.resources, query)
  }
})

test('in one partition key the server gives what the SDK makes of the plan', async (t) => {
  const { items } = await filled(t)
  const definition = (await items.read()).resource
  assert.ok(definition)
  const { container: other } = await items.database.containers.create({ ...definition, id: 'copy' })
  for (const document of documents) await other.items.create({ ...document, pk: 'one' })
  for (const query of queries) {
    const within = await other.items.query<unknown>(query, { partitionKey: 'one' }).fetchAll()
    const across = await other.items.query<unknown>(query).fetchAll()
    assert.deepEqual(within.resources, across.resources, query)
  }
})

const query = (
  cosmos: TestCosmos,
  items: Container,
  text: string,
  headers: Record<string, string>,
): Promise<Response> =>
  send(cosmos, {
    method: 'POST',
    path: `dbs/test/colls/${items.id}/docs`,
    headers: { 'x-ms-documentdb-isquery': 'True', 'content-type': 'application/query+json', ...headers },
    body: { query: text, parameters: [] },
  })

const across = { 'x-ms-documentdb-query-enablecrosspartition': 'True' }

test('the gateway filters across partitions and refuses the rest with the plan', async (t) => {
  const { cosmos, items } = await filled(t)
  const simple = await query(cosmos, items, 'SELECT c.id FROM c WHERE c.n = 6', across)
  assert.equal(simple.status, 200)
  assert.equal(((await simple.json()) as { _count: number })._count, 3)
  for (const text of [
    'SELECT TOP 1 * FROM c',
    'SELECT * FROM c ORDER BY c.n',
    'SELECT * FROM c OFFSET 0 LIMIT 1',
    'SELECT VALUE COUNT(1) FROM c',
    'SELECT DISTINCT c.n FROM c',
    'SELECT c.n FROM c GROUP BY c.n',
  ]) {
    const answer = await query(cosmos, items, text, across)
    assert.equal(answer.status, 400, text)
    const body = (await answer.json()) as { code: string; message: string; additionalErrorInfo: string }
    assert.equal(body.code, 'BadRequest')
    assert.match(body.message, /can not be directly served by the gateway/)
    const plan = JSON.parse(body.additionalErrorInfo) as { partitionedQueryExecutionInfoVersion: number }
    assert.equal(plan.partitionedQueryExecutionInfoVersion, 2)
  }
})

test('a query across partitions must be asked for, unless WHERE names the partition key', async (t) => {
  const { cosmos, items } = await filled(t)
  const refused = await query(cosmos, items, 'SELECT * FROM c', {})
  assert.equal(refused.status, 400)
  assert.match(
    ((await refused.json()) as { message: string }).message,
    /^Cross partition query is required but disabled/,
  )
  const pinned = await query(cosmos, items, "SELECT VALUE COUNT(1) FROM c WHERE 'p1' = c.pk AND c.n >= 0", {})
  assert.deepEqual(((await pinned.json()) as { Documents: unknown }).Documents, [8])
})

test('the range of the plan answers its rewritten query; another range is gone', async (t) => {
  const { cosmos, items } = await filled(t)
  const asked = await query(cosmos, items, 'SELECT c.id FROM c WHERE c.n > 6 ORDER BY c.id DESC', {
    'x-ms-cosmos-is-query-plan-request': 'True',
    'x-ms-cosmos-supported-query-features': 'OrderBy',
    'x-ms-cosmos-query-version': '1.4',
  })
  const plan = (await asked.json()) as {
    queryInfo: { rewrittenQuery: string; orderBy: readonly string[]; distinctType: string }
    queryRanges: unknown
  }
  assert.deepEqual([plan.queryInfo.orderBy, plan.queryInfo.distinctType], [['Descending'], 'None'])
  assert.deepEqual(plan.queryRanges, [{ min: '', max: 'FF', isMinInclusive: true, isMaxInclusive: false }])
  const rewritten = plan.queryInfo.rewrittenQuery.replace('{documentdb-formattableorderbyquery-filter}', 'true')
  for (const id of ['0', `${(await items.read()).resource?._rid},0`]) {
    const answer = await query(cosmos, items, rewritten, { 'x-ms-documentdb-partitionkeyrangeid': id })
    const { Documents } = (await answer.json()) as {
      Documents: { _rid: string; orderByItems: unknown; payload: unknown }[]
    }
    assert.deepEqual(
      Documents.map(({ orderByItems, payload }) => [orderByItems, payload]),
      ['20', '13', '06'].map((found) => [[{ item: found }], { id: found }]),
    )
    assert.ok(Documents.every(({ _rid }) => _rid.length === 24))
  }
  const gone = await query(cosmos, items, rewritten, { 'x-ms-documentdb-partitionkeyrangeid': '7' })
  assert.deepEqual([gone.status, gone.headers.get('x-ms-substatus')], [410, '1002'])
})

test('compositions of aggregates have no plan', async (t) => {
  const { items } = await filled(t)
  const all = (text: string) => items.items.query(text).fetchAll()
  await assert.rejects(
    all('SELECT c.pk, COUNT(1) + 1 AS n FROM c GROUP BY c.pk'),
    /Compositions of aggregates and other expressions are not allowed/,
  )
  await assert.rejects(all('SELECT VALUE COUNT(1) * 2 FROM c'), /only supports 'VALUE <AggregateFunc>' for aggregates/)
  await assert.rejects(all('SELECT COUNT(1) AS n, SUM(c.n) AS s FROM c'), /must use the VALUE keyword/)
})

test('several ORDER BY properties need a composite index across partitions too', async (t) => {
  const { items } = await filled(t)
  await assert.rejects(items.items.query('SELECT * FROM c ORDER BY c.n, c.pk').fetchAll(), /composite index/)
  await assert.rejects(
    items.items.query('SELECT * FROM c ORDER BY c.n + 1').fetchAll(),
    /could not be mapped to a document path/,
  )
})

test('a query of a part of the key range sees that part only', async (t) => {
  const { cosmos, items } = await filled(t)
  const part = async (min: string, max: string): Promise<readonly unknown[]> => {
    const headers = { 'x-ms-documentdb-partitionkeyrangeid': '0', 'x-ms-start-epk': min, 'x-ms-end-epk': max }
    const answer = await query(cosmos, items, 'SELECT VALUE c.id FROM c', { ...headers, 'x-ms-max-item-count': '-1' })
    return ((await answer.json()) as { Documents: unknown[] }).Documents
  }
  const [low, high] = [await part('', '20'), await part('20', 'FF')]
  assert.ok(low.length > 0 && high.length > 0)
  assert.deepEqual(
    [...low, ...high].sort(),
    documents.map(({ id }) => id),
  )
  assert.equal((await query(cosmos, items, 'SELECT * FROM c', { ...across, 'x-ms-start-epk': 'x' })).status, 400)
})
