import type { EventHubConsumerClient } from '@azure/event-hubs'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { group, numbered, readingFailsWith, receiveFrom, sequences, testHubs, type TestHubs } from './support.ts'

interface Reader {
  readonly client: EventHubConsumerClient
  /** Resolves with its first event's arrival. */
  readonly reading: Promise<void>
  /** Resolves with the code of the error that ended it. */
  readonly ended: Promise<string>
  close(): Promise<void>
}

const startReader = (hubs: TestHubs, ownerLevel?: number, consumerGroup?: string): Reader => {
  const client = hubs.consumer(consumerGroup)
  const first = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<string>()
  const subscription = client.subscribe(
    '0',
    {
      processEvents: async (events) => {
        if (events.length > 0) first.resolve()
      },
      processError: async (error) => ended.resolve(String((error as { code?: string }).code)),
    },
    {
      startPosition: { offset: '-1' },
      maxWaitTimeInSeconds: 1,
      ...(ownerLevel === undefined ? {} : { ownerLevel }),
    },
  )
  return { client, reading: first.promise, ended: ended.promise, close: () => subscription.close() }
}

const hubsWithEvents = async (t: Parameters<typeof testHubs>[0]): Promise<TestHubs> => {
  const hubs = await testHubs(t)
  await hubs.send(numbered(0, 2))
  return hubs
}

for (const [name, level] of [
  ['a higher', 2],
  ['the same', 1],
] as const) {
  test(`a reader with ${name} owner level takes the partition from the one that has it`, async (t) => {
    const hubs = await hubsWithEvents(t)
    const first = startReader(hubs, 1)
    await first.reading
    const second = startReader(hubs, level)
    await second.reading
    assert.equal(await first.ended, 'ReceiverDisconnectedError')
    await Promise.all([first.close(), second.close()])
  })
}

test('a reader with a lower owner level, or none, is refused and the owner reads on', async (t) => {
  const hubs = await hubsWithEvents(t)
  const owner = startReader(hubs, 5)
  await owner.reading
  assert.equal(await readingFailsWith(hubs.consumer(), '0', { ownerLevel: 4 }), 'ReceiverDisconnectedError')
  assert.equal(await readingFailsWith(hubs.consumer()), 'ReceiverDisconnectedError')
  const state = await Promise.race([owner.ended, Promise.resolve('reads on')])
  assert.equal(state, 'reads on')
  await owner.close()
})

// Level 1: the SDK treats 0 as none when it opens a reader.
test('an owner pushes out the readers without an owner level', async (t) => {
  const hubs = await hubsWithEvents(t)
  const readers = [startReader(hubs), startReader(hubs)]
  await Promise.all(readers.map(({ reading }) => reading))
  const owner = startReader(hubs, 1)
  await owner.reading
  assert.deepEqual(await Promise.all(readers.map(({ ended }) => ended)), [
    'ReceiverDisconnectedError',
    'ReceiverDisconnectedError',
  ])
  await Promise.all([...readers, owner].map((reader) => reader.close()))
})

test('owner levels are of one consumer group and one partition', async (t) => {
  const hubs = await hubsWithEvents(t)
  await hubs.send(numbered(0, 0), { partitionId: '1' })
  const owner = startReader(hubs, 9)
  await owner.reading
  assert.deepEqual(sequences(await receiveFrom(hubs.consumer(group), '0', 3)), [0, 1, 2])
  assert.deepEqual(sequences(await receiveFrom(hubs.consumer(), '1', 1)), [0])
  await owner.close()
})

test('a partition is free again when its owner has closed, or its connection has ended', async (t) => {
  const hubs = await hubsWithEvents(t)
  const first = startReader(hubs, 9)
  await first.reading
  await first.close()
  const second = startReader(hubs, 3)
  await second.reading
  await second.client.close()
  assert.deepEqual(sequences(await hubs.receive('0', 3)), [0, 1, 2])
})

test('a consumer group has at most five readers without an owner level on a partition', async (t) => {
  const hubs = await hubsWithEvents(t)
  const readers = Array.from({ length: 5 }, () => startReader(hubs))
  await Promise.all(readers.map(({ reading }) => reading))
  assert.equal(await readingFailsWith(hubs.consumer()), 'QuotaExceededError')
  assert.equal((await receiveFrom(hubs.consumer(group), '0', 3)).length, 3)
  await readers[0]!.close()
  assert.equal((await hubs.receive('0', 3)).length, 3)
  await Promise.all(readers.slice(1).map((reader) => reader.close()))
})
