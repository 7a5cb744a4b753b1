import { ChangeFeedStartFrom, type Container } from '@azure/cosmos'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { rejectsWith, testCosmos } from './support.ts'

const idsIn = async (items: Container): Promise<string> =>
  (await items.items.query<string>('SELECT VALUE c.id FROM c ORDER BY c.id').fetchAll()).resources.join('')

test("an item lives as long as its own ttl says, or else the container's default", async (t) => {
  const { container, advance } = await testCosmos(t)
  const items = await container({ defaultTtl: 20 })
  await items.items.create({ id: '1', pk: 'a', ttl: 10 })
  await items.items.create({ id: '2', pk: 'a' })
  await items.items.create({ id: '3', pk: 'a', ttl: 30 })
  await items.items.create({ id: '4', pk: 'a', ttl: -1 })
  assert.equal(await idsIn(items), '1234')
  advance(10)
  assert.equal(await idsIn(items), '234')
  advance(10)
  assert.equal(await idsIn(items), '34')
  advance(600)
  assert.equal(await idsIn(items), '4')
})

test('with a default of -1 items with a ttl of their own expire, without a default none does', async (t) => {
  const { container, advance } = await testCosmos(t)
  const [on, off] = [await container({ defaultTtl: -1 }), await container()]
  for (const items of [on, off]) {
    await items.items.create({ id: '1', pk: 'a', ttl: 10 })
    await items.items.create({ id: '2', pk: 'a' })
  }
  advance(10)
  assert.equal(await idsIn(on), '2')
  assert.equal(await idsIn(off), '12')
})

test('an expired item is gone from reads, writes, batches and the change feed, and its id can be used again', async (t) => {
  const { container, advance } = await testCosmos(t)
  const items = await container({ defaultTtl: 10 })
  await items.items.create({ id: '1', pk: 'a', n: 1 })
  await items.items.create({ id: '2', pk: 'a', ttl: -1 })
  advance(10)
  assert.equal((await items.item('1', 'a').read()).statusCode, 404)
  await rejectsWith(items.item('1', 'a').replace({ id: '1', pk: 'a' }), 404)
  await rejectsWith(items.item('1', 'a').delete(), 404)
  const { result } = await items.items.batch([{ operationType: 'Read', id: '1' }], 'a')
  assert.deepEqual(
    result?.map(({ statusCode }) => statusCode),
    [404],
  )
  const start = { changeFeedStartFrom: ChangeFeedStartFrom.Beginning() }
  const page = await items.items.getChangeFeedIterator<{ id: string }>(start).readNext()
  assert.deepEqual(
    page.result.map(({ id }) => id),
    ['2'],
  )
  assert.equal((await items.items.create({ id: '1', pk: 'a', n: 2 })).statusCode, 201)
  const { resources } = await items.items.query('SELECT VALUE c.n FROM c WHERE c.n > 0').fetchAll()
  assert.deepEqual(resources, [2])
})

test('the time counts from the last write', async (t) => {
  const { container, advance } = await testCosmos(t)
  const items = await container({ defaultTtl: 10 })
  await items.items.create({ id: '1', pk: 'a' })
  advance(8)
  await items.item('1', 'a').patch([{ op: 'set', path: '/n', value: 1 }])
  advance(8)
  assert.equal(await idsIn(items), '1')
  advance(2)
  assert.equal(await idsIn(items), '')
})

test('a changed default applies to the items that are there, and a ttl that makes no sense is refused', async (t) => {
  const { container, advance } = await testCosmos(t)
  const items = await container()
  await items.items.create({ id: '1', pk: 'a' })
  const { resource } = await items.read()
  assert.ok(resource)
  await items.replace({ ...resource, defaultTtl: 10 })
  advance(10)
  assert.equal(await idsIn(items), '')
  await rejectsWith(items.items.create({ id: '2', pk: 'a', ttl: 0 }), 400)
})

test('later writes clear expired items away', async (t) => {
  const { container, advance, cosmos, directory } = await testCosmos(t)
  const items = await container({ defaultTtl: 10 })
  for (let n = 0; n < 30; n += 1) await items.items.create({ id: `${n}`, pk: 'a', n })
  advance(10)
  for (const id of ['x', 'y']) await items.items.create({ id, pk: 'a', n: 0 })
  await cosmos.close()
  const file = new DatabaseSync(join(directory, 'cosmos.sqlite'), { readOnly: true })
  t.after(() => file.close())
  const rows = (table: string) => file.prepare(`SELECT count(*) AS count FROM ${table}_1`).get()?.['count']
  assert.deepEqual([rows('items'), rows('numbers')], [2, 2])
})
