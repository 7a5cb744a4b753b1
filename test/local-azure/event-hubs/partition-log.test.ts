import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import rhea from 'rhea'
import { Hub } from '../../../local/event-hubs/hub.ts'
import { PartitionLog } from '../../../local/event-hubs/partition-log.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { bytesInUse } from './memory.ts'
import { range } from './support.ts'

const openLog = (t: TestContext, path = join(temporaryFolder(), '0.log')): PartitionLog => {
  const log = new PartitionLog(path, { recentBytes: 16_777_216 })
  t.after(() => log.close())
  return log
}

const encoded = (body: string | Buffer): Buffer =>
  rhea.message.encode({ body: rhea.message.data_section(Buffer.from(body)) })

const append = (log: PartitionLog, bodies: readonly (string | Buffer)[], now = 1_000): void =>
  log.append(
    bodies.map((body) => encoded(body)),
    { now, partitionKeys: [] },
  )

/** All events from here on, whatever the sizes of the pages. */
const readAll = (log: PartitionLog, from = 0, count = 1_000): { sequence: number; body: string }[] => {
  const found: { sequence: number; body: string }[] = []
  for (let next = from; next <= log.last.sequence; next = from + found.length) {
    const page = log.read(next, count)
    assert.ok(page.length > 0 && page.length <= count, `a page of ${page.length}`)
    for (const bytes of page) {
      const { body, message_annotations } = rhea.message.decode(bytes)
      const sequence = message_annotations!['x-opt-sequence-number'] as number
      found.push({ sequence, body: String((body as { content: Buffer }).content) })
    }
  }
  return found
}

test('what is no longer in memory is read from the file, up to what is, without a gap', (t) => {
  const log = openLog(t)
  for (let i = 0; i < 20_000; i += 500) append(log, range(i, i + 499).map(String))
  for (const [from, count] of [
    [0, 1_000],
    [11_500, 333],
    [19_999, 7],
  ] as const) {
    assert.deepEqual(
      readAll(log, from, count),
      range(from, 19_999).map((i) => ({ sequence: i, body: String(i) })),
    )
  }
})

test('few large events leave memory too, and are still read', (t) => {
  const log = openLog(t)
  const large = (i: number): string => String.fromCharCode(97 + (i % 26)).repeat(1_000_000)
  for (let i = 0; i < 100; i += 1) append(log, [large(i)])
  // What is in memory is the same each time; what is read from the file is new.
  const isInMemory = (sequence: number): boolean => log.read(sequence, 1)[0] === log.read(sequence, 1)[0]
  assert.deepEqual([isInMemory(0), isInMemory(60), isInMemory(99)], [false, false, true])
  assert.deepEqual(
    readAll(log).map(({ sequence, body }) => [sequence, body === large(sequence)]),
    range(0, 99).map((i) => [i, true]),
  )
})

test('a hub of many partitions keeps no more in memory than one of few', (t) => {
  const held = (partitions: number): number => {
    const hub = new Hub(join(temporaryFolder(), 'hub'), { name: 'hub', partitions, consumerGroups: [] }, 0)
    t.after(() => hub.close())
    const before = bytesInUse()
    const large = encoded(Buffer.alloc(500_000))
    for (let i = 0; i < 600; i += 1) {
      hub.partitions[i % partitions]!.append([large], { now: 0, partitionKeys: [] })
    }
    return bytesInUse() - before
  }
  for (const partitions of [1, 4, 32])
    assert.ok(held(partitions) < 2 * 67_108_864 + 40_000_000, `${partitions} partitions`)
})

test('a clock that goes back does not take the events’ times with it', (t) => {
  const log = openLog(t)
  for (const now of [1_000, 5_000, 2_000, 6_000]) append(log, ['x'], now)
  const times = log.read(0, 4).map((bytes) => {
    const time = rhea.message.decode(bytes).message_annotations!['x-opt-enqueued-time'] as Date
    return time.getTime()
  })
  assert.deepEqual(times, [1_000, 5_000, 5_000, 6_000])
  assert.equal(log.last.enqueuedAt, 6_000)
})

test('positions by time and offset are the first events that fit', (t) => {
  const log = openLog(t)
  for (const now of [10, 20, 20, 30]) append(log, ['x'], now)
  assert.deepEqual(
    [9, 10, 20, 30].map((instant) => [log.sequenceAtTime(instant, true), log.sequenceAtTime(instant, false)]),
    [
      [0, 0],
      [0, 1],
      [1, 3],
      [3, 4],
    ],
  )
  const offset = Number(log.last.offset)
  assert.deepEqual([log.sequenceAtOffset(offset, true), log.sequenceAtOffset(offset, false)], [3, 4])
})

test('a log that is opened again is as it was', (t) => {
  const path = join(temporaryFolder(), '0.log')
  const first = new PartitionLog(path, { recentBytes: 16_777_216 })
  append(first, ['a', '', 'c'], 77)
  const { last } = first
  const messages = first.read(0, 9)
  first.close()
  const second = openLog(t, path)
  assert.deepEqual(second.last, last)
  assert.deepEqual(second.read(0, 9), messages)
})

test('a long log with events of all sizes is opened again whole', (t) => {
  const path = join(temporaryFolder(), '0.log')
  const first = new PartitionLog(path, { recentBytes: 16_777_216 })
  const sizes = [0, 10, 100_000, 1_040_000, 300, 700_000]
  for (let i = 0; i < 60; i += 1) append(first, [Buffer.alloc(sizes[i % sizes.length]!, i)], i)
  const { last } = first
  const messages = range(0, 59).map((i) => first.read(i, 1)[0]!)
  first.close()
  const second = openLog(t, path)
  assert.deepEqual(second.last, last)
  for (const [i, message] of messages.entries()) assert.ok(second.read(i, 1)[0]!.equals(message), String(i))
})

test('a batch of which one message is malformed leaves the log as it was', (t) => {
  const log = openLog(t)
  append(log, ['a'])
  const { last } = log
  assert.throws(() => log.append([encoded('b'), Buffer.from('nonsense')], { now: 2_000, partitionKeys: [] }), {
    name: 'MalformedMessageError',
  })
  assert.deepEqual(log.last, last)
  append(log, ['c'])
  assert.deepEqual(
    readAll(log).map(({ body }) => body),
    ['a', 'c'],
  )
})
