/** What every implementation of the Hub port promises. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { controlProperty, heartbeatValue } from '../../shared/contracts/heartbeat.ts'
import type { RawEvent } from '../../shared/contracts/raw-event.ts'
import { RetryableError } from '../../shared/errors.ts'
import type { Hub } from '../../shared/ports/hub.ts'

export type Sent = Pick<RawEvent, 'body' | 'properties' | 'partitionKey'>

export interface HubSubject {
  /** Of twelve partitions, whose reads fall silent quickly. */
  readonly port: Hub
  /** As producers do it; in this order. */
  send(partition: string, events: readonly Sent[]): Promise<void>
  /** The partition that events with this key go to. */
  partitionOfKey(key: string): Promise<string>
  close(): Promise<void>
}

export const describeHub = (name: string, open: () => Promise<HubSubject>): void => {
  suite(`hub in ${name}`, () => {
    let subject: HubSubject
    let hub: Hub
    before(async () => {
      subject = await open()
      hub = subject.port
    })
    after(() => subject.close())

    test('the hub says when it was created, and its partitions in numerical order', async () => {
      const { createdOn, partitionIds } = await hub.properties()
      assert.equal(new Date(createdOn).toISOString(), createdOn)
      assert.deepEqual(partitionIds, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11'])
      assert.equal((await hub.properties()).createdOn, createdOn)
    })

    test('a partition that never had an event is empty', async () => {
      assert.deepEqual(await hub.partition('11'), { isEmpty: true, beginningSequence: 0, lastSequence: -1 })
    })

    test('sequences are consecutive and begin at 0', async () => {
      await subject.send('0', numbered(2))
      assert.deepEqual(await hub.partition('0'), { isEmpty: false, beginningSequence: 0, lastSequence: 1 })
      await subject.send('0', numbered(1))
      assert.equal((await hub.partition('0')).lastSequence, 2)
      assert.deepEqual(sequencesOf(await collect(hub.read('0', 0, 2))), [0, 1, 2])
    })

    test('an event is read with the bytes and properties that were sent', async () => {
      const bodies = ['', '{"a": 1}', '"text"', 'not JSON', 'Zürich'].map((text) => Buffer.from(text))
      const sent: Sent[] = [...bodies, Buffer.from([0, 255, 254, 10])].map((body, i) => ({
        body,
        properties: { source: `s${i}`, attempt: i, again: i > 0 },
      }))
      const earliest = Date.now()
      await subject.send('1', sent)
      const events = await collect(hub.read('1', 0, sent.length - 1))
      assert.deepEqual(events.map(contentOf), sent.map(contentOf))
      for (const { body, enqueuedAt } of events) {
        assert.ok(body instanceof Uint8Array)
        assert.ok(enqueuedAt >= earliest && enqueuedAt <= Date.now())
      }
    })

    test('a range is read from end to end, in order, in pages of at most 500', async () => {
      await subject.send('2', numbered(1_300))
      const pages: (readonly RawEvent[])[] = []
      for await (const page of hub.read('2', 3, 1_250)) pages.push(page)
      for (const page of pages) assert.ok(page.length >= 1 && page.length <= 500, `a page of ${page.length}`)
      const events = pages.flat()
      assert.deepEqual(
        sequencesOf(events),
        Array.from({ length: 1_248 }, (_, i) => i + 3),
      )
      for (const { body, sequence } of events) assert.equal(Buffer.from(body).toString(), String(sequence))
    })

    test('a range of one event is that event', async () => {
      await subject.send('3', numbered(3))
      assert.deepEqual(sequencesOf(await collect(hub.read('3', 1, 1))), [1])
    })

    test('a read that is left early ends, and the partition can be read again', async () => {
      await subject.send('4', numbered(1_000))
      // More often than a consumer group allows readers on a partition at once.
      for (let round = 0; round < 7; round += 1) {
        for await (const page of hub.read('4', 0, 999)) {
          assert.equal(page[0]?.sequence, 0)
          break
        }
      }
      assert.equal((await collect(hub.read('4', 0, 999))).length, 1_000)
    })

    test('a reader that fails fails its own loop', async () => {
      await subject.send('5', numbered(2))
      await assert.rejects(async () => {
        for await (const _page of hub.read('5', 0, 1)) throw new RangeError('of the reader')
      }, RangeError)
    })

    test('partitions are read side by side', async () => {
      const partitions = ['6', '7', '8']
      for (const [i, partition] of partitions.entries()) await subject.send(partition, numbered(10 * (i + 1)))
      const reads = partitions.map((partition, i) => collect(hub.read(partition, 0, 10 * (i + 1) - 1)))
      assert.deepEqual(
        (await Promise.all(reads)).map(({ length }) => length),
        [10, 20, 30],
      )
    })

    test('events that come while a range is read are delivered up to its end', async () => {
      await subject.send('9', numbered(1))
      const sequences: number[] = []
      for await (const page of hub.read('9', 0, 1)) {
        sequences.push(...sequencesOf(page))
        if (sequences.length === 1) await subject.send('9', numbered(3))
      }
      assert.deepEqual(sequences, [0, 1])
    })

    test('a read past the last event delivers what there is and then gives up for now', async () => {
      await subject.send('10', numbered(2))
      const sequences: number[] = []
      await assert.rejects(async () => {
        for await (const page of hub.read('10', 0, 2)) sequences.push(...sequencesOf(page))
      }, RetryableError)
      assert.deepEqual(sequences, [0, 1])
    })

    test('a heartbeat is an event of its partition that says what it is', async () => {
      const { lastSequence } = await hub.partition('0')
      await hub.sendHeartbeat('0')
      await hub.sendHeartbeat('0')
      const events = await collect(hub.read('0', lastSequence + 1, lastSequence + 2))
      for (const { body, properties } of events) {
        assert.equal(Buffer.from(body).toString(), '{}')
        assert.equal(properties[controlProperty], heartbeatValue)
      }
    })

    test('an event keeps its partition key, and has none where none was sent', async () => {
      const partition = await subject.partitionOfKey('device-7')
      const { lastSequence } = await hub.partition(partition)
      const [event] = numbered(1)
      await subject.send(partition, [{ ...event!, partitionKey: 'device-7' }])
      await subject.send(partition, [event!])
      const events = await collect(hub.read(partition, lastSequence + 1, lastSequence + 2))
      assert.equal(events[0]?.partitionKey, 'device-7')
      assert.ok(!('partitionKey' in events[1]!))
    })
  })
}

/** Events whose bodies are 0, 1, 2, … */
const numbered = (count: number): Sent[] =>
  Array.from({ length: count }, (_, i) => ({ body: Buffer.from(String(i)), properties: {} }))

const collect = async (pages: AsyncIterable<readonly RawEvent[]>): Promise<RawEvent[]> =>
  (await Array.fromAsync(pages)).flat()

const sequencesOf = (events: readonly RawEvent[]): number[] => events.map(({ sequence }) => sequence)

const contentOf = ({ body, properties }: Sent) => ({ body: Buffer.from(body).toString('hex'), properties })
