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

test('the throughput of a container is what it was made with, until it is replaced', async (t) => {
  const { client } = await testCosmos(t)
  const { database } = await client.databases.create({ id: 'test' })
  const { container } = await database.containers.create({ id: 'manual', partitionKey: '/pk', throughput: 700 })
  const { resource, offer } = await container.readOffer()
  assert.equal(resource?.content?.offerThroughput, 700)
  assert.ok(resource && offer)
  const replaced = await offer.replace({
    ...resource,
    content: { ...resource.content, offerThroughput: 1200 },
  })
  assert.deepEqual([replaced.statusCode, replaced.resource?.content?.offerThroughput], [200, 1200])
  assert.equal((await container.readOffer()).resource?.content?.offerThroughput, 1200)
  const wrong = { ...resource, content: { offerThroughput: 450 } as never }
  await rejectsWith(offer.replace(wrong), 400)
  await rejectsWith(database.containers.create({ id: 'wrong', partitionKey: '/pk', throughput: 150 }), 400)
  await rejectsWith(database.container('wrong').read(), 404)
})

test('autoscale has a most that it scales to', async (t) => {
  const { client } = await testCosmos(t)
  const { database } = await client.databases.create({ id: 'test' })
  const { container } = await database.containers.create({ id: 'auto', partitionKey: '/pk', maxThroughput: 4000 })
  const { resource } = await container.readOffer()
  assert.deepEqual(resource?.content, { offerThroughput: 400, offerAutopilotSettings: { maxThroughput: 4000 } })
  await rejectsWith(database.containers.create({ id: 'wrong', partitionKey: '/pk', maxThroughput: 1500 }), 400)
})

test('containers share the throughput of their database, unless they were made with their own', async (t) => {
  const { client } = await testCosmos(t)
  const { database } = await client.databases.create({ id: 'shared', throughput: 600 })
  assert.equal((await database.readOffer()).resource?.content?.offerThroughput, 600)
  const { container: without } = await database.containers.create({ id: 'without', partitionKey: '/pk' })
  const { container: own } = await database.containers.create({ id: 'own', partitionKey: '/pk', throughput: 500 })
  assert.equal((await without.readOffer()).resource, undefined)
  assert.equal((await own.readOffer()).resource?.content?.offerThroughput, 500)
  assert.equal((await client.offers.readAll().fetchAll()).resources.length, 2)
  await database.delete()
  assert.deepEqual((await client.offers.readAll().fetchAll()).resources, [])
})

test('a container is replaced and deleted with If-Match on its current etag only', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const { resource, etag } = await items.read()
  assert.ok(resource)
  const stale = { accessCondition: { type: 'IfMatch', condition: etag } }
  const replaced = await items.replace({ ...resource, defaultTtl: 5 }, stale)
  assert.notEqual(replaced.etag, etag)
  await rejectsWith(items.replace({ ...resource, defaultTtl: 6 }, stale), 412)
  await rejectsWith(items.delete(stale), 412)
  assert.equal((await items.read()).resource?.defaultTtl, 5)
})

test('resources carry _rid, _self, _etag and _ts that fit together', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const { resource: created } = await items.items.create({ id: 'one', pk: 'a' })
  const { resource: parent } = await items.read()
  const { resource: database } = await items.database.read()
  assert.ok(created && parent && database)
  assert.equal(parent._self, `dbs/${database._rid}/colls/${parent._rid}/`)
  assert.equal(created._self, `${parent._self}docs/${created._rid}/`)
  const bytes = (rid: string): string => Buffer.from(rid.replaceAll('-', '/'), 'base64').toString('hex')
  assert.ok(bytes(created._rid).startsWith(bytes(parent._rid)))
  assert.ok(bytes(parent._rid).startsWith(bytes(database._rid)))
  for (const { _etag, _ts } of [created, parent, database]) {
    assert.match(_etag, /^"[^"]+"$/)
    assert.ok(Number.isInteger(_ts))
  }
})
