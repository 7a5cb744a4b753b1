import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateEvents, type GeneratorOptions } from '../../../local/feed/generator.ts'
import { shopVisitors } from '../../../local/feed/shop-visitors.ts'
import type { FeedItem, ItemKind } from '../../../local/feed/feed-item.ts'
import { fits } from '../../../local/feed/schema-check.ts'
import { description, noon } from './support.ts'

const generate = (options: Partial<GeneratorOptions> = {}): FeedItem[] => [
  ...generateEvents(shopVisitors(), {
    seed: 3,
    rate: 1_000,
    durationMs: 40_000,
    startedAt: noon,
    partitions: 4,
    runId: 'run',
    ownHeartbeats: true,
    ...options,
  }),
]

interface Sent {
  readonly source: string
  readonly id: string
  readonly time: string
  readonly sentAt: string
}
const read = ({ body }: FeedItem): Sent => JSON.parse(Buffer.from(body).toString()) as Sent
const items = generate()
const ofKind = (...kinds: ItemKind[]): FeedItem[] => items.filter(({ kind }) => kinds.includes(kind))

test('the same seed gives the same feed, byte for byte, and another seed another', () => {
  assert.deepEqual(generate({ durationMs: 2_000 }), generate({ durationMs: 2_000 }))
  assert.notDeepEqual(generate({ durationMs: 2_000 }), generate({ durationMs: 2_000, seed: 4 }))
})

test('a feed without end goes on and starts like a bounded one', () => {
  const endless = generateEvents(shopVisitors(), {
    seed: 3,
    rate: 1_000,
    durationMs: Infinity,
    startedAt: noon,
    partitions: 4,
    runId: 'run',
    ownHeartbeats: false,
  })
  const bounded = generate({ ownHeartbeats: false, durationMs: 1_000 })
  assert.deepEqual([...endless.take(1_000)], bounded)
})

test('indexes count from 0 and every event carries its own', () => {
  assert.deepEqual(
    items.map(({ index }) => index),
    items.map((_, i) => i),
  )
  assert.ok(items.every(({ index, properties }) => properties['feedIndex'] === index))
})

test('rate and duration give the number of events and their due times, heartbeats aside', () => {
  const events = items.filter(({ kind }) => kind !== 'heartbeat')
  assert.equal(events.length, 40_000)
  assert.ok(events.every(({ dueMs }, i) => dueMs === i))
})

test('each kind is planted at about its share', () => {
  const shares: Partial<Record<ItemKind, number>> = {
    duplicate: 0.001,
    late: 0.005,
    'out-of-order': 0.05,
    'fast-clock': 0.001,
    malformed: 0.0005,
    schema: 0.0005,
  }
  for (const [kind, share] of Object.entries(shares)) {
    const found = ofKind(kind as ItemKind).length / 40_000
    assert.ok(found > share / 2 && found < share * 2, `${kind}: ${found}`)
  }
})

test('a source stays on one partition and every partition gets its part', () => {
  const partitions = new Map<string, Set<number>>()
  for (const item of ofKind('normal')) {
    const { source } = read(item)
    partitions.set(source, (partitions.get(source) ?? new Set()).add(item.partition))
  }
  assert.ok(partitions.size > 3_000, `${partitions.size} visitors`)
  assert.ok([...partitions.values()].every(({ size }) => size === 1))
  for (let partition = 0; partition < 4; partition += 1) {
    assert.ok(items.filter((item) => item.partition === partition).length > 8_000)
  }
})

test('identities are unique but for the duplicates, whose originals went before with the same bytes', () => {
  const originals = new Map(ofKind('normal', 'out-of-order', 'late', 'fast-clock').map((item) => [read(item).id, item]))
  assert.equal(originals.size, ofKind('normal', 'out-of-order', 'late', 'fast-clock').length)
  const duplicates = ofKind('duplicate')
  for (const duplicate of duplicates) {
    const original = originals.get(read(duplicate).id)!
    assert.deepEqual(duplicate.body, original.body)
    assert.equal(duplicate.partition, original.partition)
    const after = duplicate.dueMs - original.dueMs
    assert.ok(after >= 1_000 && after <= 6_000, `${after} ms after`)
  }
})

const behind = (item: FeedItem): number => noon + item.dueMs - Date.parse(read(item).time)

test('late events are late by ten minutes and never among the first of a partition', () => {
  const earlier = [0, 0, 0, 0]
  for (const item of items) {
    if (item.kind === 'late') {
      assert.equal(behind(item), 600_000)
      assert.ok(earlier[item.partition]! >= 20)
    } else if (item.kind === 'normal') earlier[item.partition]! += 1
  }
})

test('events out of order are less than four seconds behind, ordinary ones not at all', () => {
  for (const item of ofKind('out-of-order')) assert.ok(behind(item) > 0 && behind(item) < 4_000)
  for (const item of ofKind('normal')) assert.equal(behind(item), 0)
})

test('fast clocks are a day ahead and say so in what they state as sent', () => {
  for (const item of ofKind('fast-clock')) {
    assert.equal(behind(item), -86_400_000)
    assert.ok(Date.parse(read(item).sentAt) >= Date.parse(read(item).time))
  }
})

const parses = (body: Uint8Array): boolean => {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    return typeof value === 'object' && !Array.isArray(value)
  } catch {
    return false
  }
}

test('malformed bodies are no JSON objects, in several ways; the schema is broken in several ways, too', () => {
  assert.ok(ofKind('malformed').every(({ body }) => !parses(body)))
  assert.ok(ofKind('malformed').some(({ body }) => body.length === 0))
  assert.ok(ofKind('malformed').some(({ body }) => Buffer.from(body).includes(0xff)))
  assert.ok(ofKind('malformed').some(({ body }) => Buffer.from(body).toString().startsWith('[')))
  assert.ok(ofKind('schema').every((item) => parses(item.body) && !fits(description.event, read(item))))
  const broken = ofKind('schema').map(
    (item) => read(item) as Sent & { readonly userId: unknown; readonly amount?: number },
  )
  assert.ok(broken.some(({ id }) => (id as string | undefined) === undefined))
  assert.ok(broken.some(({ userId }) => typeof userId !== 'string'))
  assert.ok(broken.some(({ amount }) => amount === -1))
})

test('all other events fit the schema of the stream', () => {
  const misfits = ofKind('normal', 'late', 'out-of-order', 'fast-clock').filter(
    (item) => !fits(description.event, read(item)),
  )
  assert.deepEqual(misfits, [])
})

test('heartbeats reach every partition each ten seconds, and the last lie days ahead', () => {
  const beats = ofKind('heartbeat').map((item) => ({
    ...item,
    at: Date.parse((JSON.parse(Buffer.from(item.body).toString()) as { at: string }).at) - noon,
  }))
  assert.deepEqual(
    beats.map(({ partition }) => partition),
    [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3],
  )
  assert.deepEqual(
    beats.map(({ at }) => at).filter((_, i) => i % 4 === 0),
    [10_000, 20_000, 30_000, 40_000 + 2 * 86_400_000],
  )
  assert.equal(items.at(-1)!.kind, 'heartbeat')
  assert.deepEqual(
    generate({ durationMs: 15_000, ownHeartbeats: false }).filter(({ kind }) => kind === 'heartbeat'),
    [],
  )
})

test('an unused partition gets heartbeats alone, and a silent one nothing else from its moment on', () => {
  const quiet = generate({ durationMs: 20_000, unusedPartitions: [2], silentFrom: { 1: 8_000 } })
  const events = quiet.filter(({ kind }) => kind !== 'heartbeat')
  assert.equal(events.length, 20_000)
  assert.deepEqual(
    events.filter(({ partition }) => partition === 2),
    [],
  )
  const silent = events.filter(({ partition }) => partition === 1)
  assert.ok(silent.length > 1_000 && silent.every(({ dueMs }) => dueMs < 8_000))
  assert.ok(
    [1, 2].every((quietOne) => quiet.some(({ kind, partition }) => kind === 'heartbeat' && partition === quietOne)),
  )
})
