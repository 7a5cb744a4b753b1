import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientOf, hierarchical, rejectsWith, testCosmos } from './support.ts'

test('databases are created once, listed, queried, read and deleted', async (t) => {
  const { client } = await testCosmos(t)
  assert.equal((await client.databases.create({ id: 'one' })).statusCode, 201)
  await rejectsWith(client.databases.create({ id: 'one' }), 409)
  assert.equal((await client.databases.createIfNotExists({ id: 'one' })).statusCode, 200)
  await client.databases.createIfNotExists({ id: 'two' })
  const query = { query: 'SELECT VALUE d.id FROM d WHERE d.id = @id', parameters: [{ name: '@id', value: 'two' }] }
  assert.deepEqual((await client.databases.query(query).fetchAll()).resources, ['two'])
  assert.equal((await client.database('one').read()).resource?.id, 'one')
  await client.database('one').delete()
  const left = (await client.databases.readAll().fetchAll()).resources
  assert.deepEqual(
    left.map(({ id }) => id),
    ['two'],
  )
  await rejectsWith(client.database('one').read(), 404)
})

test('a container keeps its definition', async (t) => {
  const { client, container } = await testCosmos(t)
  const { id } = await container({ ...hierarchical, defaultTtl: -1 })
  const { resource, statusCode } = await client.database('test').containers.createIfNotExists({ id, ...hierarchical })
  assert.equal(statusCode, 200)
  assert.deepEqual(resource?.partitionKey, { paths: ['/tenant', '/day'], kind: 'MultiHash', version: 2 })
  assert.equal(resource?.defaultTtl, -1)
  assert.deepEqual(resource?.indexingPolicy?.includedPaths, [{ path: '/*' }])
  await rejectsWith(client.database('test').containers.create({ id, ...hierarchical }), 409)
})

test('a container can be replaced, but not its partition key, and deleted with its items', async (t) => {
  const { client, container } = await testCosmos(t)
  const items = await container()
  await items.items.create({ id: 'one', pk: 'a' })
  const { resource } = await items.read()
  assert.ok(resource)
  assert.equal((await items.replace({ ...resource, defaultTtl: 60 })).resource?.defaultTtl, 60)
  await rejectsWith(items.replace({ ...resource, partitionKey: { paths: ['/other'] } }), 400)
  await items.delete()
  assert.deepEqual((await client.database('test').containers.readAll().fetchAll()).resources, [])
  await client.database('test').containers.create({ id: items.id, partitionKey: { paths: ['/pk'] } })
  assert.deepEqual((await items.items.readAll().fetchAll()).resources, [])
})

test('a container made anew under the same name has another _rid', async (t) => {
  const { client, container } = await testCosmos(t)
  const first = await container()
  const rid = (await first.read()).resource?._rid
  await first.delete()
  const { resource } = await client
    .database('test')
    .containers.create({ id: first.id, partitionKey: { paths: ['/pk'] } })
  assert.notEqual(resource?._rid, rid)
})

test('a definition that cannot be kept is refused', async (t) => {
  const { container } = await testCosmos(t)
  await rejectsWith(container({ defaultTtl: 0 }), 400)
  await rejectsWith(container({ partitionKey: { paths: [] } }), 400)
  await rejectsWith(container({ indexingPolicy: { includedPaths: [{ path: '/a' }] } }), 400)
  await rejectsWith(container({ uniqueKeyPolicy: { uniqueKeys: [{ paths: ['/a/*'] }] } }), 400)
  await rejectsWith(container({ computedProperties: [{ name: 'a', query: 'SELECT VALUE c.b FROM c' }] }), 400)
})

test('the whole key range is one physical partition', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const ranges = (await items.readPartitionKeyRanges().fetchAll()).resources
  assert.deepEqual(
    ranges.map(({ id, minInclusive, maxExclusive }) => [id, minInclusive, maxExclusive]),
    [['0', '', 'FF']],
  )
})

test('an offer tells the throughput', async (t) => {
  const { client, container } = await testCosmos(t)
  const items = await container()
  const { resource } = await items.readOffer()
  assert.equal(resource?.content?.offerThroughput, 400)
  assert.equal(
    (await client.offer(resource?.id ?? '').read()).resource?.offerResourceId,
    (await items.read()).resource?._rid,
  )
})

test('the account names the address that the client used', async (t) => {
  const { cosmos } = await testCosmos(t)
  const byName = clientOf(t, cosmos.connectionString.replace('127.0.0.1', 'localhost'))
  const { resource } = await byName.getDatabaseAccount()
  assert.equal(resource?.writableLocations[0]?.databaseAccountEndpoint, `http://localhost:${cosmos.port}/`)
  assert.equal(resource?.consistencyPolicy, 'Session')
})
