import type { Container, ContainerRequest } from '@azure/cosmos'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rejectsWith, testCosmos } from './support.ts'

const unique = (...keys: readonly (readonly string[])[]): Partial<ContainerRequest> => ({
  uniqueKeyPolicy: { uniqueKeys: keys.map((paths) => ({ paths: [...paths] })) },
})

const ids = async (items: Container): Promise<string> =>
  (await items.items.query<string>('SELECT VALUE c.id FROM c').fetchAll()).resources.join('')

test('no two documents of a partition key have the same unique key; in another one they may', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container(unique(['/mail'], ['/name/first', '/name/last']))
  await items.items.create({ id: '1', pk: 'a', mail: 'x', name: { first: 'A', last: 'B' } })
  await rejectsWith(items.items.create({ id: '2', pk: 'a', mail: 'x', name: { first: 'C', last: 'D' } }), 409)
  await rejectsWith(items.items.create({ id: '2', pk: 'a', mail: 'y', name: { first: 'A', last: 'B' } }), 409)
  await assert.rejects(items.items.upsert({ id: '2', pk: 'a', mail: 'x' }), /Unique index constraint violation/)
  await items.items.create({ id: '2', pk: 'a', mail: 'X', name: { first: 'A', last: 'C' } })
  await items.items.create({ id: '1', pk: 'b', mail: 'x', name: { first: 'A', last: 'B' } })
  assert.equal(await ids(items), '121')
})

test('values are told apart by type, and objects and arrays by what they hold', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container(unique(['/key']))
  const keys = [1, '1', true, [1], ['1'], { a: 1, b: 2 }, 'a,b', '"1"']
  for (const [index, key] of keys.entries()) await items.items.create({ id: `${index}`, pk: 'a', key })
  await rejectsWith(items.items.create({ id: 'x', pk: 'a', key: { b: 2, a: 1 } }), 409)
})

test('a missing value counts as null: one document may lack it', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container(unique(['/deep/key']))
  await items.items.create({ id: '1', pk: 'a' })
  await rejectsWith(items.items.create({ id: '2', pk: 'a', deep: { other: 1 } }), 409)
  await rejectsWith(items.items.create({ id: '2', pk: 'a', deep: { key: null } }), 409)
  await items.items.create({ id: '2', pk: 'a', deep: { key: 0 } })
  await items.items.create({ id: '1', pk: 'b' })
})

test('replace, upsert and patch may keep the key, and give it up for another document', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container(unique(['/key']))
  await items.items.create({ id: '1', pk: 'a', key: 1 })
  await items.items.create({ id: '2', pk: 'a', key: 2 })
  await items.items.upsert({ id: '1', pk: 'a', key: 1, n: 1 })
  await rejectsWith(items.item('1', 'a').replace({ id: '1', pk: 'a', key: 2 }), 409)
  await rejectsWith(items.item('1', 'a').patch([{ op: 'set', path: '/key', value: 2 }]), 409)
  await items.item('2', 'a').patch([{ op: 'incr', path: '/key', value: 5 }])
  await items.item('1', 'a').replace({ id: '1', pk: 'a', key: 2 })
  await items.item('1', 'a').delete()
  await items.items.create({ id: '3', pk: 'a', key: 2 })
  assert.equal(await ids(items), '23')
})

test('in a batch the key of a deleted document is free, and a collision undoes the whole batch', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container(unique(['/key']))
  await items.items.create({ id: '1', pk: 'a', key: 1 })
  const create = (id: string, key: number) => ({ operationType: 'Create' as const, resourceBody: { id, pk: 'a', key } })
  const failed = await items.items.batch([create('2', 2), create('3', 2)], 'a')
  assert.deepEqual(
    failed.result?.map(({ statusCode }) => statusCode),
    [424, 409],
  )
  const done = await items.items.batch([{ operationType: 'Delete', id: '1' }, create('2', 1)], 'a')
  assert.equal(done.code, 200)
  assert.equal(await ids(items), '2')
})

test('an expired document does not hold its key', async (t) => {
  const { container, advance } = await testCosmos(t)
  const items = await container({ ...unique(['/key']), defaultTtl: -1 })
  for (let n = 0; n < 25; n += 1) await items.items.create({ id: `old${n}`, pk: 'a', key: n, ttl: 10 })
  advance(10)
  await items.items.create({ id: 'x', pk: 'a', key: 24 })
  assert.equal(await ids(items), 'x')
})

test('the policy is kept over a restart and cannot be changed', async (t) => {
  const first = await testCosmos(t)
  const items = await first.container(unique(['/key']))
  await items.items.create({ id: '1', pk: 'a', key: 1 })
  const { resource } = await items.read()
  assert.deepEqual(resource?.uniqueKeyPolicy?.uniqueKeys, [{ paths: ['/key'] }])
  await rejectsWith(items.replace({ id: items.id, partitionKey: { paths: ['/pk'] } }), 400)
  await items.replace({ ...resource, id: items.id, defaultTtl: 60 })
  await first.cosmos.close()
  const { client } = await testCosmos(t, { directory: first.directory })
  const again = client.database('test').container(items.id)
  await rejectsWith(again.items.create({ id: '2', pk: 'a', key: 1 }), 409)
})
