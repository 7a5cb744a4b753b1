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
