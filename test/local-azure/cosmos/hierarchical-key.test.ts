import { ChangeFeedStartFrom, type Container, type ContainerRequest, type PartitionKey } from '@azure/cosmos'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rejectsWith, stored, testCosmos } from './support.ts'

const threeLevels = {
  partitionKey: { paths: ['/tenant', '/user', '/deep/session'], kind: 'MultiHash', version: 2 },
} as unknown as Partial<ContainerRequest>

const ids = async (items: Container, query: string, partitionKey?: PartitionKey): Promise<string> =>
  (await items.items.query<string>(query, partitionKey ? { partitionKey } : {}).fetchAll()).resources.join('')

const filled = async (container: (definition: Partial<ContainerRequest>) => Promise<Container>): Promise<Container> => {
  const items = await container(threeLevels)
  await items.items.create({ id: '1', tenant: 't', user: 'u', deep: { session: 1 } })
  await items.items.create({ id: '2', tenant: 't', user: 'u', deep: { session: 2 } })
  await items.items.create({ id: '3', tenant: 't', user: 'u2', deep: { session: 1 } })
  await items.items.create({ id: '4', tenant: 't', user: 'u' })
  await items.items.create({ id: '5', tenant: 't' })
  await items.items.create({ id: '6', tenant: 't2', user: 'u', deep: { session: 1 } })
  return items
}

test('an item is addressed by all values of its key', async (t) => {
  const { container } = await testCosmos(t)
  const items = await filled(container)
  assert.equal((await stored(items, '2', ['t', 'u', 2]))?.['id'], '2')
  assert.equal(await stored(items, '2', ['t', 'u', '2']), undefined)
  const none = {} as unknown as string
  assert.equal((await stored(items, '4', ['t', 'u', none]))?.['id'], '4')
  assert.equal((await stored(items, '5', ['t', none, none]))?.['id'], '5')
  assert.equal(await stored(items, '5', ['t', null, none]), undefined)
  await items.item('1', ['t', 'u', 1]).patch([{ op: 'set', path: '/deep/other', value: 1 }])
  await rejectsWith(items.item('1', ['t', 'u', 1]).patch([{ op: 'set', path: '/deep/session', value: 9 }]), 400)
  await items.item('1', ['t', 'u', 1]).delete()
  await rejectsWith(items.item('2', ['t', 'u']).delete(), 400, 1001)
})

test('a query sees what its whole key or the start of one holds', async (t) => {
  const { container } = await testCosmos(t)
  const items = await filled(container)
  const query = 'SELECT VALUE c.id FROM c'
  const none = {} as unknown as string
  assert.equal(await ids(items, query, ['t', 'u', 1]), '1')
  assert.equal(await ids(items, query, ['t', 'u']), '124')
  assert.equal(await ids(items, query, ['t', 'u', none]), '4')
  assert.equal(await ids(items, query, ['t']).then((found) => [...found].sort().join('')), '12345')
  assert.equal(await ids(items, query, ['t2']), '6')
  assert.equal(await ids(items, query).then((found) => found.length), 6)
  assert.equal(await ids(items, 'SELECT VALUE COUNT(1) FROM c', ['t', 'u']), '3')
  assert.equal(await ids(items, `${query} WHERE c.tenant = 't' AND c.user = 'u2' AND c.deep.session = 1`), '3')
})

test('a batch has one whole key', async (t) => {
  const { container } = await testCosmos(t)
  const items = await filled(container)
  const resourceBody = { id: '7', tenant: 't', user: 'u', deep: { session: 2 } }
  assert.equal((await items.items.batch([{ operationType: 'Create', resourceBody }], ['t', 'u', 2])).code, 200)
  const other = await items.items.batch([{ operationType: 'Create', resourceBody }], ['t', 'u', 1])
  assert.deepEqual([other.code, other.result?.[0]?.statusCode], [207, 400])
})

test('the change feed follows a whole key or the start of one', async (t) => {
  const { container } = await testCosmos(t)
  const items = await filled(container)
  const feed = async (key: PartitionKey): Promise<string> => {
    const iterator = items.items.getChangeFeedIterator<{ id: string }>({
      changeFeedStartFrom: ChangeFeedStartFrom.Beginning(key),
    })
    return (await iterator.readNext()).result.map(({ id }) => id).join('')
  }
  assert.equal(await feed(['t', 'u', 1]), '1')
  assert.equal(await feed(['t', 'u']), '124')
  assert.equal(await feed(['t']), '12345')
  assert.equal(await feed(['t2']), '6')
})
