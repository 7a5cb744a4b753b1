import { CosmosClient } from '@azure/cosmos'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rejectsWith, testCosmos } from './support.ts'

test('the SDK waits and tries again after 429', async (t) => {
  const { container, cosmos } = await testCosmos(t)
  const items = await container()
  cosmos.throttleNext(2)
  const { statusCode, headers } = await items.items.create({ id: 'one', pk: 'a' })
  assert.equal(statusCode, 201)
  assert.equal(headers['x-ms-throttle-retry-count'], 2)
})

test('without retries 429 arrives with sub-status 3200 and the time to wait', async (t) => {
  const { container, cosmos } = await testCosmos(t)
  const items = await container()
  const client = new CosmosClient({
    connectionString: cosmos.connectionString,
    connectionPolicy: { retryOptions: { maxRetryAttemptCount: 0 } },
  })
  t.after(() => client.dispose())
  const impatient = client.database('test').container(items.id)
  await impatient.read()
  cosmos.throttleNext(1)
  await assert.rejects(impatient.items.create({ id: 'one', pk: 'a' }), {
    code: 429,
    substatus: 3200,
    retryAfterInMs: 10,
  })
  assert.equal((await impatient.items.create({ id: 'one', pk: 'a' })).statusCode, 201)
})

test('a container that has used up its request units answers 429 until they have come back', async (t) => {
  const { container, cosmos, advance } = await testCosmos(t, { throughput: 10 })
  const [items, other] = [await container(), await container()]
  const client = new CosmosClient({
    connectionString: cosmos.connectionString,
    connectionPolicy: { retryOptions: { maxRetryAttemptCount: 0 } },
  })
  t.after(() => client.dispose())
  const impatient = client.database('test').container(items.id)
  const full = { id: 'one', pk: 'a', list: Array.from({ length: 250 }, (_, n) => n) }
  assert.ok((await impatient.items.create(full)).requestCharge > 50)
  await rejectsWith(impatient.items.create({ id: 'two', pk: 'a' }), 429, 3200)
  assert.equal((await other.items.create({ id: 'two', pk: 'a' })).statusCode, 201)
  advance(10)
  assert.equal((await impatient.items.create({ id: 'two', pk: 'a' })).statusCode, 201)
  assert.equal((await items.readOffer()).resource?.content?.offerThroughput, 10)
})

test('where throughput is limited, a replaced offer is the new limit', async (t) => {
  const { container, cosmos } = await testCosmos(t, { throughput: 10 })
  const items = await container()
  const { resource, offer } = await items.readOffer()
  assert.ok(resource && offer)
  await offer.replace({ ...resource, content: { offerThroughput: 10_000 } as never })
  const client = new CosmosClient({
    connectionString: cosmos.connectionString,
    connectionPolicy: { retryOptions: { maxRetryAttemptCount: 0 } },
  })
  t.after(() => client.dispose())
  const impatient = client.database('test').container(items.id)
  const full = { pk: 'a', list: Array.from({ length: 250 }, (_, n) => n) }
  for (const id of ['1', '2', '3']) assert.equal((await impatient.items.create({ id, ...full })).statusCode, 201)
})
