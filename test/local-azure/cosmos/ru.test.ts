import type { Container } from '@azure/cosmos'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentOfSize, sparseIndex, testCosmos } from './support.ts'

const unindexed = { indexingPolicy: { includedPaths: [], excludedPaths: [{ path: '/*' }] } }

const sized = (kilobytes: number, id: string): Record<string, unknown> =>
  documentOfSize(kilobytes * 1024, { id, pk: 'a' })

test('point reads cost what the published table says', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container(unindexed)
  const table: readonly (readonly [number, number])[] = [
    ...([
      [1, 1],
      [2, 1.04],
      [4, 1.14],
      [8, 1.33],
      [16, 1.67],
      [32, 2.19],
      [64, 4.76],
      [100, 10],
    ] as const),
    ...([
      [0.1, 1],
      [3, 1.09],
      [24, 1.93],
      [136, 15.24],
    ] as const),
  ]
  for (const [kilobytes, charge] of table) {
    const id = `k${kilobytes}`
    await items.items.create(documentOfSize(Math.round(kilobytes * 1024), { id, pk: 'a' }))
    assert.equal((await items.item(id, 'a').read()).requestCharge, charge, `${kilobytes} KB`)
  }
  assert.equal((await items.item('none', 'a').read()).requestCharge, 1)
})

test('creates without an index cost what the published table says', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container(unindexed)
  const table = [
    [1, 4.95],
    [2, 6.29],
    [4, 6.67],
    [8, 7.04],
    [16, 9.52],
    [32, 11.23],
    [64, 22.67],
    [128, 48.19],
  ] as const
  for (const [kilobytes, charge] of table) {
    assert.equal((await items.items.create(sized(kilobytes, `k${kilobytes}`))).requestCharge, charge)
  }
})

test('writes pay for indexed terms: 0.2 to create or delete, 0.4 to change, 0.8 to patch', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container(sparseIndex)
  const document = (windowEnd: number, seenUntil: number) =>
    documentOfSize(1024, { id: 'one', pk: 'a', windowEnd, seenUntil })
  const charges = [
    (await items.items.create(document(1, 1))).requestCharge,
    (await items.items.upsert(document(2, 2))).requestCharge,
    (await items.item('one', 'a').replace(document(2, 3))).requestCharge,
    (await items.item('one', 'a').replace(document(2, 3))).requestCharge,
    (await items.item('one', 'a').patch([{ op: 'set', path: '/windowEnd', value: 4 }])).requestCharge,
    (await items.item('one', 'a').delete()).requestCharge,
  ]
  assert.deepEqual(charges, [5.35, 10.7, 10.3, 9.9, 10.7, 5.35])
})

test('with everything indexed each scalar of the document is a term', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const { requestCharge } = await items.items.create({
    id: 'one',
    pk: 'a',
    list: [1, 2, 2],
    deep: { a: null, b: true },
  })
  assert.equal(requestCharge, 6.15)
})

test('a batch costs the sum of its operations', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container(unindexed)
  const { result, headers } = await items.items.batch(
    [
      { operationType: 'Create', resourceBody: sized(1, '1') as { id: string } },
      { operationType: 'Create', resourceBody: sized(16, '2') as { id: string } },
      { operationType: 'Upsert', resourceBody: sized(16, '2') as { id: string } },
      { operationType: 'Read', id: '1' },
    ],
    'a',
  )
  assert.deepEqual(
    result?.map(({ requestCharge }) => requestCharge),
    [4.95, 9.52, 19.04, 1],
  )
  assert.equal(Number(headers['x-ms-request-charge']), 34.51)
})

test('the change feed costs what reading its items costs', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container(unindexed)
  await items.items.create(sized(1, '1'))
  await items.items.create(sized(16, '2'))
  const reader = items.items.changeFeed('a', { startFromBeginning: true })
  // The response's own requestCharge drops the fraction.
  const charge = async () => Number((await reader.fetchNext()).headers['x-ms-request-charge'])
  assert.deepEqual([await charge(), await charge()], [2.67, 1])
})

test('a query costs 2.3, and 0.04 a document and 0.05 a KB that it loads', async (t) => {
  const { container } = await testCosmos(t)
  const items: Container = await container(unindexed)
  for (const id of ['1', '2', '3']) await items.items.create(sized(4, id))
  const charge = async (query: string) =>
    (await items.items.query(query, { partitionKey: 'a' }).fetchNext()).requestCharge
  assert.equal(await charge("SELECT * FROM c WHERE c.id = '1'"), 2.54)
  assert.equal(await charge('SELECT * FROM c WHERE c.n = 1'), 3.02)
  assert.equal(await charge("SELECT * FROM c WHERE c.id = 'none'"), 2.3)
})
