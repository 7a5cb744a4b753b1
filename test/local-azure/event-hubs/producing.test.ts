import { EventHubBufferedProducerClient } from '@azure/event-hubs'
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { partitionOfKey } from '../../../local/event-hubs/partition-key.ts'
import { hub, numbered, range, sequences, testHubs, texts } from './support.ts'

interface Mapper {
  mapPartitionKeyToId(key: string, count: number): number
}

const require = createRequire(import.meta.url)
const mapper = require(join(dirname(require.resolve('@azure/event-hubs')), 'impl/partitionKeyToIdMapper.js')) as Mapper

test('a partition key falls on the partition that the SDK would choose', () => {
  const keys = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.uuid(), fc.integer().map(String))
  fc.assert(
    fc.property(keys, fc.integer({ min: 1, max: 2_048 }), (key, partitions) => {
      assert.equal(partitionOfKey(key, partitions), mapper.mapPartitionKeyToId(key, partitions))
    }),
    { numRuns: 3_000 },
  )
})

test('events with a partition key are together, in order, and name the key', async (t) => {
  const { send, receive } = await testHubs(t)
  for (const key of ['device-1', 'Zürich', 'device-1']) await send(numbered(0, 2), { partitionKey: key })
  const partition = String(mapper.mapPartitionKeyToId('device-1', 4))
  const other = String(mapper.mapPartitionKeyToId('Zürich', 4))
  assert.notEqual(partition, other)
  const events = await receive(partition, 6)
  assert.deepEqual(texts(events), ['0', '1', '2', '0', '1', '2'])
  assert.deepEqual(sequences(events), range(0, 5))
  assert.ok(events.every(({ partitionKey }) => partitionKey === 'device-1'))
  assert.ok((await receive(other, 3)).every(({ partitionKey }) => partitionKey === 'Zürich'))
})

test('each partition counts from 0 and takes only what is sent to it', async (t) => {
  const { send, receive, producer } = await testHubs(t)
  for (const partitionId of ['0', '3', '0']) await send(numbered(0, 1), { partitionId })
  const events = await receive('0', 4)
  assert.deepEqual(sequences(events), [0, 1, 2, 3])
  assert.ok(events.every(({ partitionKey }) => partitionKey === undefined))
  assert.deepEqual(sequences(await receive('3', 2)), [0, 1])
  assert.ok((await producer().getPartitionProperties('1')).isEmpty)
})

test('batches without key and partition go round all partitions', async (t) => {
  const { send, producer } = await testHubs(t)
  for (let i = 0; i < 8; i += 1) await send(numbered(0, 2), {})
  for (const partition of ['0', '1', '2', '3']) {
    assert.equal((await producer().getPartitionProperties(partition)).lastEnqueuedSequenceNumber, 5)
  }
})

test('the buffered producer sends everything', async (t) => {
  const { running, receive } = await testHubs(t)
  const failed: unknown[] = []
  const buffered = new EventHubBufferedProducerClient(running.connectionString, hub, {
    maxWaitTimeInMs: 50,
    onSendEventsErrorHandler: ({ error }) => {
      failed.push(error)
    },
  })
  for (let i = 0; i < 300; i += 1) await buffered.enqueueEvent({ body: String(i) }, { partitionId: '2' })
  await buffered.close({ flush: true })
  assert.deepEqual(failed, [])
  assert.deepEqual(sequences(await receive('2', 300)), range(0, 299))
})

test('a batch is limited to 1 MiB, and one that is full arrives whole', async (t) => {
  const { producer, receive } = await testHubs(t)
  const client = producer()
  const batch = await client.createBatch({ partitionId: '0' })
  assert.equal(batch.maxSizeInBytes, 1_048_576)
  const bodies: Buffer[] = []
  for (let i = 0; ; i += 1) {
    const body = Buffer.alloc(10_000 + i, i)
    if (!batch.tryAdd({ body })) break
    bodies.push(body)
  }
  assert.ok(bodies.length > 90)
  await client.sendBatch(batch)
  const events = await receive('0', bodies.length)
  assert.deepEqual(
    events.map(({ body }) => body as Buffer),
    bodies,
  )
})

test('an event of nearly 1 MiB arrives whole, also at a reader of small events', async (t) => {
  const { send, receive } = await testHubs(t)
  const large = Buffer.alloc(1_040_000, 'large')
  await send([{ body: large }])
  await send([{ body: Buffer.from('small') }])
  const [first, second] = await receive('0', 2)
  assert.ok(large.equals(first!.body as Buffer))
  assert.equal(String(second!.body), 'small')
})

test('more than 1 MiB is refused, and the partition stays as it was', async (t) => {
  const { send, producer } = await testHubs(t)
  const tooLarge = Array.from({ length: 11 }, () => ({ body: Buffer.alloc(100_000) }))
  await assert.rejects(send(tooLarge), { code: 'MessageTooLargeError' })
  assert.ok((await producer().getPartitionProperties('0')).isEmpty)
  await send([{ body: 'fits' }])
})

test('many producers at once lose nothing and keep the order of each', async (t) => {
  const { producer, receive } = await testHubs(t)
  const send = async (name: string): Promise<void> => {
    const client = producer()
    for (let i = 0; i < 20; i += 1) {
      await client.sendBatch([{ body: Buffer.from(`${name}${i}`) }], { partitionId: '1' })
    }
  }
  await Promise.all(['a', 'b', 'c'].map(send))
  const events = await receive('1', 60)
  assert.deepEqual(sequences(events), range(0, 59))
  for (const name of ['a', 'b', 'c']) {
    assert.deepEqual(
      texts(events).filter((text) => text.startsWith(name)),
      range(0, 19).map((i) => `${name}${i}`),
    )
  }
})
