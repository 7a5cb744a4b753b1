import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEventHubs } from '../../../local/event-hubs/server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { clientsOf, defaultHubs, hub, numbered, testHubs } from './support.ts'

test('a hub tells its name, its partitions in order and when it was created', async (t) => {
  const before = Date.now()
  const { producer, consumer } = await testHubs(t, { hubs: [{ name: hub, partitions: 12, consumerGroups: [] }] })
  const { name, partitionIds, createdOn } = await producer().getEventHubProperties()
  assert.equal(name, hub)
  assert.deepEqual(partitionIds, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11'])
  assert.ok(createdOn.getTime() >= before && createdOn.getTime() <= Date.now())
  assert.deepEqual(await consumer().getPartitionIds({}), partitionIds)
})

test('a hub of one partition tells it', async (t) => {
  const { producer } = await testHubs(t, { hubs: [{ name: hub, partitions: 1, consumerGroups: [] }] })
  assert.deepEqual(await producer().getPartitionIds(), ['0'])
})

test('a partition tells of its first and last event', async (t) => {
  const { producer, send, receive } = await testHubs(t)
  const client = producer()
  const empty = await client.getPartitionProperties('2')
  assert.equal(empty.isEmpty, true)
  assert.equal(empty.beginningSequenceNumber, 0)
  assert.equal(empty.lastEnqueuedSequenceNumber, -1)
  await send(numbered(0, 6), { partitionId: '2' })
  const last = (await receive('2', 7)).at(-1)!
  assert.deepEqual(await client.getPartitionProperties('2'), {
    eventHubName: hub,
    partitionId: '2',
    isEmpty: false,
    beginningSequenceNumber: 0,
    lastEnqueuedSequenceNumber: 6,
    lastEnqueuedOffset: last.offset,
    lastEnqueuedOnUtc: last.enqueuedTimeUtc,
  })
})

test('hubs beside each other keep their own events', async (t) => {
  const hubs = ['first', 'second'].map((name) => ({ name, partitions: 1, consumerGroups: [] }))
  const { producer } = await testHubs(t, { hubs })
  await producer(undefined, 'first').sendBatch([{ body: 'x' }])
  assert.equal((await producer(undefined, 'first').getPartitionProperties('0')).isEmpty, false)
  assert.equal((await producer(undefined, 'second').getPartitionProperties('0')).isEmpty, true)
})

test('a restart keeps the time of creation; a hub made anew has another', async () => {
  const directory = temporaryFolder()
  const createdOn = async (): Promise<number> => {
    const running = await startEventHubs({ port: 0, directory, hubs: defaultHubs })
    const { producer, close } = clientsOf(running.connectionString)
    const properties = await producer().getEventHubProperties()
    await close()
    await running.close()
    return properties.createdOn.getTime()
  }
  const first = await createdOn()
  await sleep(5)
  assert.equal(await createdOn(), first)
  await rm(join(directory, hub), { recursive: true })
  assert.ok((await createdOn()) > first)
})
