import type { OperationInput } from '@azure/cosmos'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchRejectsWith, documentOfSize, hierarchical, send, stored, testCosmos } from './support.ts'

test('a batch does all its operations and answers each with its own code', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const { etag } = await items.items.create({ id: 'old', pk: 'a', n: 1 })
  await items.items.create({ id: 'gone', pk: 'a' })
  const { code, result, headers } = await items.items.batch(
    [
      { operationType: 'Create', resourceBody: { id: 'new', pk: 'a' } },
      { operationType: 'Upsert', resourceBody: { id: 'upserted', pk: 'a' } },
      { operationType: 'Replace', id: 'old', ifMatch: etag, resourceBody: { id: 'old', pk: 'a', n: 2 } },
      { operationType: 'Read', id: 'old' },
      { operationType: 'Patch', id: 'old', resourceBody: [{ op: 'incr', path: '/n', value: 1 }] },
      { operationType: 'Delete', id: 'gone' },
    ],
    'a',
  )
  assert.equal(code, 200)
  const codes = result?.map(({ statusCode }) => statusCode)
  assert.deepEqual(codes, [201, 201, 200, 200, 200, 204])
  assert.equal(result?.[3]?.resourceBody?.['n'], 2)
  assert.equal(result?.[4]?.resourceBody?.['n'], 3)
  assert.equal(result?.[4]?.eTag, (await items.item('old', 'a').read()).etag)
  assert.equal((await items.item('gone', 'a').read()).statusCode, 404)
  const sum = result?.reduce((total, { requestCharge }) => total + requestCharge, 0) ?? 0
  assert.ok(Math.abs(Number(headers['x-ms-request-charge']) - sum) < 0.05)
})

const failures: readonly (readonly [string, number, OperationInput])[] = [
  ['a create of what exists', 409, { operationType: 'Create', resourceBody: { id: 'old', pk: 'a' } }],
  [
    'a stale ifMatch',
    412,
    { operationType: 'Replace', id: 'old', ifMatch: '"0"', resourceBody: { id: 'old', pk: 'a' } },
  ],
  ['a delete with a stale ifMatch', 412, { operationType: 'Delete', id: 'old', ifMatch: '"0"' } as OperationInput],
  [
    'an upsert with a stale ifMatch',
    412,
    { operationType: 'Upsert', ifMatch: '"0"', resourceBody: { id: 'old', pk: 'a' } },
  ],
  [
    'a replace of what is missing',
    404,
    { operationType: 'Replace', id: 'none', resourceBody: { id: 'none', pk: 'a' } },
  ],
  ['a read of what is missing', 404, { operationType: 'Read', id: 'none' }],
  ['another partition key in the document', 400, { operationType: 'Create', resourceBody: { id: 'new', pk: 'b' } }],
]

for (const [name, code, failing] of failures) {
  test(`${name} in a batch answers ${code} in its place, 424 elsewhere, and undoes the rest`, async (t) => {
    const { container } = await testCosmos(t)
    const items = await container()
    await items.items.create({ id: 'old', pk: 'a', n: 1 })
    const before: OperationInput = { operationType: 'Upsert', resourceBody: { id: 'before', pk: 'a' } }
    const after: OperationInput = {
      operationType: 'Patch',
      id: 'old',
      resourceBody: [{ op: 'incr', path: '/n', value: 1 }],
    }
    const answer = await items.items.batch([before, failing, after], 'a')
    assert.equal(answer.code, 207)
    assert.deepEqual(
      answer.result?.map(({ statusCode }) => statusCode),
      [424, code, 424],
    )
    assert.equal((await items.item('before', 'a').read()).statusCode, 404)
    assert.equal((await stored(items, 'old', 'a'))?.['n'], 1)
  })
}

test('a batch over 2 MB is refused with 413 and stores nothing', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const operations = ['x', 'y', 'z'].map((id) => ({
    operationType: 'Create' as const,
    resourceBody: documentOfSize(700 * 1024, { id, pk: 'a' }) as { id: string },
  }))
  await batchRejectsWith(items.items.batch(operations, 'a'), 413)
  assert.equal((await items.item('x', 'a').read()).statusCode, 404)
})

test('a batch works under a hierarchical key', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container(hierarchical)
  const answer = await items.items.batch(
    [{ operationType: 'Create', resourceBody: { id: 'one', tenant: 't', day: '1' } }],
    ['t', '1'],
  )
  assert.equal(answer.code, 200)
  assert.equal((await items.item('one', ['t', '1']).read()).statusCode, 200)
})

test('a batch that asks for no content gets etags without documents', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const operations: OperationInput[] = [{ operationType: 'Create', resourceBody: { id: 'one', pk: 'a' } }]
  const { result } = await items.items.batch(operations, 'a', { contentResponseOnWriteEnabled: false })
  assert.equal(result?.[0]?.resourceBody, undefined)
  assert.equal(result?.[0]?.eTag, (await items.item('one', 'a').read()).etag)
})

test('bulk operations stand alone, whatever partition keys they have', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  await items.items.create({ id: 'old', pk: 'a' })
  const answers = await items.items.executeBulkOperations([
    { operationType: 'Create', partitionKey: 'a', resourceBody: { id: 'one', pk: 'a' } },
    { operationType: 'Create', partitionKey: 'a', resourceBody: { id: 'old', pk: 'a' } },
    { operationType: 'Upsert', partitionKey: 'b', resourceBody: { id: 'two', pk: 'b' } },
    {
      operationType: 'Patch',
      id: 'old',
      partitionKey: 'a',
      resourceBody: { operations: [{ op: 'set', path: '/n', value: 1 }] },
    },
    { operationType: 'Read', id: 'none', partitionKey: 'a' },
  ])
  assert.deepEqual(
    answers.map(({ response, error }) => response?.statusCode ?? error?.code),
    [201, 409, 201, 200, 404],
  )
  assert.equal((await items.item('two', 'b').read()).statusCode, 200)
  assert.equal((await stored(items, 'old', 'a'))?.['n'], 1)
})

test('a batch of more than 100 operations, or of another partition key than its own, is refused whole', async (t) => {
  const cosmos = await testCosmos(t)
  const items = await cosmos.container()
  const batch = (operations: readonly unknown[]): Promise<Response> => {
    const headers = {
      'x-ms-cosmos-is-batch-request': 'true',
      'x-ms-cosmos-batch-atomic': 'true',
      'x-ms-documentdb-partitionkey': '["a"]',
    }
    return send(cosmos, { method: 'POST', path: `dbs/test/colls/${items.id}/docs`, headers, body: operations })
  }
  const create = (n: number) => ({ operationType: 'Create', resourceBody: { id: `${n}`, pk: 'a' } })
  assert.equal((await batch(Array.from({ length: 101 }, (_, n) => create(n)))).status, 400)
  const elsewhere = await batch([create(0), { ...create(1), partitionKey: '["b"]' }])
  assert.equal(elsewhere.status, 207)
  assert.deepEqual((await items.items.readAll().fetchAll()).resources, [])
  assert.equal((await batch(Array.from({ length: 100 }, (_, n) => create(n)))).status, 200)
})

test('batches on one partition key at once are done one after the other, whole', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  await items.items.create({ id: 'sum', pk: 'a', n: 0 })
  const batch = (k: number): OperationInput[] => [
    { operationType: 'Patch', id: 'sum', resourceBody: { operations: [{ op: 'incr', path: '/n', value: 1 }] } },
    { operationType: 'Create', resourceBody: { id: `only-${k % 10}`, pk: 'a' } },
  ]
  const answers = await Promise.all(Array.from({ length: 30 }, (_, k) => items.items.batch(batch(k), 'a')))
  assert.equal(answers.filter(({ code }) => code === 200).length, 10)
  assert.ok(answers.every(({ code, result }) => code === 200 || (code === 207 && result?.[1]?.statusCode === 409)))
  assert.equal((await stored(items, 'sum', 'a'))?.['n'], 10)
})

test('within a batch later operations see earlier ones', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const { code, result } = await items.items.batch(
    [
      { operationType: 'Create', resourceBody: { id: 'one', pk: 'a', n: 1 } },
      { operationType: 'Patch', id: 'one', resourceBody: { operations: [{ op: 'incr', path: '/n', value: 1 }] } },
      { operationType: 'Read', id: 'one' },
      { operationType: 'Delete', id: 'one' },
      { operationType: 'Create', resourceBody: { id: 'one', pk: 'a', n: 9 } },
    ],
    'a',
  )
  assert.equal(code, 200)
  assert.equal(result?.[2]?.resourceBody?.['n'], 2)
  assert.equal((await stored(items, 'one', 'a'))?.['n'], 9)
})

test('a patch in a batch whose condition does not hold answers 412 in its place', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  await items.items.create({ id: 'one', pk: 'a', n: 1 })
  const resourceBody = { condition: 'from c where c.n > 1', operations: [{ op: 'set' as const, path: '/n', value: 5 }] }
  const { code, result } = await items.items.batch([{ operationType: 'Patch', id: 'one', resourceBody }], 'a')
  assert.deepEqual([code, result?.[0]?.statusCode], [207, 412])
})

test('a batch of 100 operations and nearly 2 MB is done', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const operations = Array.from({ length: 100 }, (_, n) => ({
    operationType: 'Create' as const,
    resourceBody: documentOfSize(20_800, { id: `${n}`, pk: 'a' }) as { id: string },
  }))
  assert.equal((await items.items.batch(operations, 'a')).code, 200)
  assert.equal((await items.items.readAll().fetchAll()).resources.length, 100)
})

test('the older bulk call does each operation by itself', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  await items.items.create({ id: 'old', pk: 'a' })
  const answers = await items.items.bulk(
    [
      { operationType: 'Create', partitionKey: 'a', resourceBody: { id: 'one', pk: 'a' } },
      { operationType: 'Create', partitionKey: 'a', resourceBody: { id: 'old', pk: 'a' } },
      { operationType: 'Delete', partitionKey: 'a', id: 'old' },
      {
        operationType: 'Patch',
        partitionKey: 'a',
        id: 'one',
        resourceBody: { operations: [{ op: 'set', path: '/n', value: 1 }] },
      },
    ],
    { continueOnError: true },
  )
  assert.deepEqual(
    answers.map(({ statusCode }) => statusCode),
    [201, 409, 204, 200],
  )
})

test('a batch that is no array, or has an operation that makes no sense, is refused', async (t) => {
  const cosmos = await testCosmos(t)
  const items = await cosmos.container()
  const headers = {
    'x-ms-cosmos-is-batch-request': 'True',
    'x-ms-cosmos-batch-atomic': 'True',
    'x-ms-documentdb-partitionkey': '["a"]',
  }
  const path = `dbs/test/colls/${items.id}/docs`
  for (const body of [{}, [], 'x']) {
    assert.equal((await send(cosmos, { method: 'POST', path, headers, body })).status, 400)
  }
  for (const operation of [
    5,
    {},
    { operationType: 'Merge' },
    { operationType: 'Read', id: 5 },
    { operationType: 'Read', id: 'x', ifNoneMatch: '*' },
  ]) {
    const answer = await send(cosmos, { method: 'POST', path, headers, body: [operation] })
    assert.equal(answer.status, 207)
    assert.deepEqual(
      ((await answer.json()) as { statusCode: number }[]).map(({ statusCode }) => statusCode),
      [400],
    )
  }
})
