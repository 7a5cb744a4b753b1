import type { EventPosition, ReceivedEventData } from '@azure/event-hubs'
import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { group, numbered, range, receiveFrom, sequences, testHubs, texts, type TestHubs } from './support.ts'

/** Ten events in partition 0, the last five some milliseconds later. */
const tenEvents = async ({ send, receive }: TestHubs): Promise<ReceivedEventData[]> => {
  await send(numbered(0, 4))
  await sleep(20)
  await send(numbered(5, 9))
  return receive('0', 10)
}

const positions: readonly [string, (events: readonly ReceivedEventData[]) => EventPosition, number][] = [
  ['the beginning', () => ({ offset: '-1' }), 0],
  ['after a sequence', () => ({ sequenceNumber: 3 }), 4],
  ['a sequence itself', () => ({ sequenceNumber: 3, isInclusive: true }), 3],
  ['sequence 0 itself', () => ({ sequenceNumber: 0, isInclusive: true }), 0],
  ['after an offset', (events) => ({ offset: events[6]!.offset }), 7],
  ['an offset itself', (events) => ({ offset: events[6]!.offset, isInclusive: true }), 6],
  ['after an instant', (events) => ({ enqueuedOn: events[4]!.enqueuedTimeUtc }), 5],
  ['an instant long ago', () => ({ enqueuedOn: 1_000 }), 0],
  ['the last sequence itself', () => ({ sequenceNumber: 9, isInclusive: true }), 9],
]

test('a reader begins where it asks to', async (t) => {
  const hubs = await testHubs(t)
  const events = await tenEvents(hubs)
  for (const [name, position, first] of positions) {
    const read = await hubs.receive('0', 10 - first, { startPosition: position(events) })
    assert.deepEqual(sequences(read), range(first, 9), name)
  }
})

test('a reader from the last sequence or the end gets only what comes later', async (t) => {
  const hubs = await testHubs(t)
  const [last] = (await tenEvents(hubs)).slice(-1)
  const starts: EventPosition[] = [
    { sequenceNumber: 9 },
    { offset: last!.offset },
    { enqueuedOn: last!.enqueuedTimeUtc },
  ]
  await sleep(5)
  const reads = starts.map((startPosition) => receiveFrom(hubs.consumer(), '0', 1, { startPosition }))
  await hubs.send(numbered(10, 10))
  for (const read of reads) assert.deepEqual(sequences(await read), [10])
})

test('a reader of the latest gets nothing that was there before it', async (t) => {
  const hubs = await testHubs(t)
  await tenEvents(hubs)
  const arrived = new EventEmitter()
  const subscription = hubs.consumer().subscribe(
    '0',
    {
      processEvents: async (events) => {
        if (events.length > 0) arrived.emit('events', events)
      },
      processError: async (error) => {
        arrived.emit('error', error)
      },
    },
    { startPosition: { offset: '@latest' }, maxWaitTimeInSeconds: 1, skipParsingBodyAsJson: true },
  )
  t.after(() => subscription.close())
  const waiting = once(arrived, 'events') as Promise<[ReceivedEventData[]]>
  // When the link stands nobody can tell: events are sent until one of them arrives.
  const done = new AbortController()
  void waiting.finally(() => done.abort())
  for (let i = 10; !done.signal.aborted; i += 1) {
    await hubs.send(numbered(i, i))
    await sleep(20)
  }
  const [[first]] = await waiting
  assert.ok(first!.sequenceNumber >= 10, String(first!.sequenceNumber))
})

test('consumer groups read independently of each other', async (t) => {
  const hubs = await testHubs(t)
  await hubs.send(numbered(0, 2))
  assert.deepEqual(texts(await hubs.receive('0', 3)), ['0', '1', '2'])
  for (const name of [group, group.toUpperCase(), '$default']) {
    assert.deepEqual(texts(await receiveFrom(hubs.consumer(name), '0', 3)), ['0', '1', '2'], name)
  }
})

test('a reader gets what arrives while it reads, in order, with none left out', async (t) => {
  const hubs = await testHubs(t)
  await hubs.send(numbered(0, 499))
  const reading = hubs.receive('0', 6_000, { maxBatchSize: 100, prefetchCount: 100 })
  for (let i = 500; i < 6_000; i += 500) await hubs.send(numbered(i, i + 499))
  const events = await reading
  assert.deepEqual(sequences(events), range(0, 5_999))
  assert.deepEqual(texts(events), range(0, 5_999).map(String))
})

test('enqueued times and offsets never go back', async (t) => {
  const hubs = await testHubs(t)
  for (let i = 0; i < 20; i += 1) await hubs.send(numbered(0, 4))
  const events = await hubs.receive('0', 100)
  for (const [i, event] of events.slice(1).entries()) {
    assert.ok(event.enqueuedTimeUtc.getTime() >= events[i]!.enqueuedTimeUtc.getTime())
    assert.ok(Number(event.offset) > Number(events[i]!.offset))
  }
})

test('a reader that asks for it is told of the partition’s last event with each event', async (t) => {
  const hubs = await testHubs(t)
  const events = await tenEvents(hubs)
  const last = events.at(-1)!
  let told: unknown
  const client = hubs.consumer()
  await new Promise<void>((resolve, reject) => {
    const subscription = client.subscribe(
      '0',
      {
        processEvents: async (_, context) => {
          told = context.lastEnqueuedEventProperties
          await subscription.close()
          resolve()
        },
        processError: async (error) => reject(error),
      },
      { startPosition: { offset: '-1' }, trackLastEnqueuedEventProperties: true },
    )
  })
  const { retrievedOn, ...rest } = told as { retrievedOn: Date }
  assert.deepEqual(rest, { sequenceNumber: 9, offset: last.offset, enqueuedOn: last.enqueuedTimeUtc })
  assert.ok(new Date(retrievedOn).getTime() >= last.enqueuedTimeUtc.getTime())
})
