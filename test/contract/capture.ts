/** What every implementation of the Capture port promises. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { RawEvent } from '../../shared/contracts/raw-event.ts'
import type { Capture, CaptureRange } from '../../shared/ports/capture.ts'

export interface CaptureSubject {
  /** Of a hub with twelve partitions, of which nothing is captured. */
  readonly port: Capture
  /** Another file, whose window began at `windowStart` (epoch ms). */
  put(partition: string, windowStart: number, events: readonly RawEvent[]): Promise<void>
  close(): Promise<void>
}

const begin = Date.UTC(2026, 11, 31, 22, 0, 0)
const minutes = (count: number): number => begin + count * 60_000

export const describeCapture = (name: string, open: () => Promise<CaptureSubject>): void => {
  suite(`capture in ${name}`, () => {
    let subject: CaptureSubject
    let capture: Capture
    before(async () => {
      subject = await open()
      capture = subject.port
    })
    after(() => subject.close())

    const read = async (partition: string, range: CaptureRange): Promise<RawEvent[]> =>
      (await Array.fromAsync(capture.read(partition, range))).flat()
    const sequences = async (partition: string, range: CaptureRange): Promise<number[]> =>
      (await read(partition, range)).map(({ sequence }) => sequence)

    test('where nothing is captured there is nothing to read', async () => {
      assert.deepEqual(await read('11', { from: 0 }), [])
      assert.deepEqual(await read('11', { from: 5, to: 9, enqueuedAt: begin }), [])
      assert.equal(await capture.capturedTo('11'), -1)
    })

    test('an event is read as it came: bytes, properties, partition key, and its time to the second', async () => {
      const event: RawEvent = {
        body: Buffer.from([0, 255, 10]),
        sequence: 7,
        enqueuedAt: minutes(0) + 12_345,
        partitionKey: 'Zürich',
        properties: { text: 'x', whole: 5, fraction: 0.5, nothing: null },
      }
      const bare: RawEvent = { body: Buffer.alloc(0), sequence: 8, enqueuedAt: minutes(0) + 59_999, properties: {} }
      await subject.put('0', minutes(0), [event, bare])
      const events = await read('0', { from: 7 })
      assert.deepEqual(events.map(contentOf), [
        contentOf({ ...event, enqueuedAt: minutes(0) + 12_000 }),
        contentOf({ ...bare, enqueuedAt: minutes(0) + 59_000 }),
      ])
      assert.ok(!('partitionKey' in events[1]!))
    })

    test('a range over many files and hours is read in sequence order, from and to inclusive', async () => {
      // Over midnight, and the year.
      for (const i of [3, 0, 2, 1])
        await subject.put('1', minutes(50 * i), events(100 * i, 100 * i + 99, minutes(50 * i)))
      assert.deepEqual(await sequences('1', { from: 0 }), range(0, 399))
      assert.deepEqual(await sequences('1', { from: 150, to: 250 }), range(150, 250))
      assert.deepEqual(await sequences('1', { from: 199, to: 200 }), [199, 200])
      assert.deepEqual(await sequences('1', { from: 42, to: 42 }), [42])
      assert.deepEqual(await sequences('1', { from: 400 }), [])
      assert.equal(await capture.capturedTo('1'), 399)
    })

    test('when the first event came decides nothing, be it right, early, late or far off', async () => {
      for (const i of [0, 1, 2, 3])
        await subject.put('2', minutes(50 * i), events(100 * i, 100 * i + 99, minutes(50 * i)))
      for (const enqueuedAt of [
        minutes(100),
        minutes(100) + 59_999,
        minutes(60),
        minutes(0),
        minutes(-9_999),
        minutes(9_999),
      ]) {
        assert.deepEqual(await sequences('2', { from: 230, to: 320, enqueuedAt }), range(230, 320), String(enqueuedAt))
      }
    })

    test('events come in pages of at most 500', async () => {
      await subject.put('3', minutes(0), events(0, 1_299, minutes(0)))
      const pages = await Array.fromAsync(capture.read('3', { from: 3 }))
      for (const page of pages) assert.ok(page.length >= 1 && page.length <= 500, `a page of ${page.length}`)
      assert.deepEqual(
        pages.flat().map(({ sequence }) => sequence),
        range(3, 1_299),
      )
    })

    test('what two files hold is delivered once', async () => {
      await subject.put('4', minutes(0), events(0, 9, minutes(0)))
      await subject.put('4', minutes(1), events(5, 14, minutes(0)))
      await subject.put('4', minutes(3), events(15, 19, minutes(3)))
      assert.deepEqual(await sequences('4', { from: 0 }), range(0, 19))
      assert.deepEqual(await sequences('4', { from: 7, to: 12 }), range(7, 12))
      await subject.put('4', minutes(4), events(0, 14, minutes(0)))
      assert.deepEqual(await sequences('4', { from: 3, enqueuedAt: minutes(1) }), range(3, 19))
    })

    test('what no file holds is left out, so that the gap shows', async () => {
      await subject.put('5', minutes(0), events(10, 19, minutes(0)))
      await subject.put('5', minutes(2), events(30, 39, minutes(2)))
      assert.deepEqual(await sequences('5', { from: 0 }), [...range(10, 19), ...range(30, 39)])
      assert.deepEqual(await sequences('5', { from: 0, to: 25 }), range(10, 19))
      assert.deepEqual(await sequences('5', { from: 20, to: 29 }), [])
      assert.deepEqual(await sequences('5', { from: 25, to: 30, enqueuedAt: minutes(1) }), [30])
    })

    test('empty files are in nobody’s way', async () => {
      await subject.put('6', minutes(0), [])
      await subject.put('6', minutes(1), events(0, 9, minutes(1)))
      for (const i of [2, 3, 70]) await subject.put('6', minutes(i), [])
      assert.deepEqual(await sequences('6', { from: 5 }), range(5, 9))
      assert.deepEqual(await sequences('6', { from: 0, enqueuedAt: minutes(71) }), range(0, 9))
      assert.equal(await capture.capturedTo('6'), 9)
      await subject.put('6', minutes(71), events(10, 12, minutes(71)))
      assert.deepEqual(await sequences('6', { from: 8 }), range(8, 12))
      assert.equal(await capture.capturedTo('6'), 12)
    })

    test('partitions do not mix, whose numbers begin alike neither', async () => {
      await subject.put('7', minutes(0), events(0, 4, minutes(0)))
      await subject.put('1', minutes(400), events(400, 401, minutes(400)))
      await subject.put('10', minutes(400), events(0, 2, minutes(400)))
      assert.deepEqual(await sequences('7', { from: 0 }), range(0, 4))
      assert.deepEqual(await sequences('10', { from: 0 }), range(0, 2))
      assert.equal(await capture.capturedTo('10'), 2)
    })

    test('a read that is left early ends', async () => {
      await subject.put('8', minutes(0), events(0, 1_999, minutes(0)))
      for await (const page of capture.read('8', { from: 0 })) {
        assert.equal(page[0]?.sequence, 0)
        break
      }
      assert.equal((await read('8', { from: 0 })).length, 2_000)
    })
  })
}

/** Events from `first` to `last`, that came within the minute from `time` on. */
const events = (first: number, last: number, time: number): RawEvent[] =>
  range(first, last).map((sequence) => ({
    body: Buffer.from(String(sequence)),
    sequence,
    enqueuedAt: time + Math.floor((59_999 * (sequence - first)) / (last - first + 1)),
    properties: {},
  }))

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

const contentOf = (event: RawEvent) => ({ ...event, body: Buffer.from(event.body).toString('hex') })
