import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryFacts } from '../../shared/adapters/memory/ip-country.ts'
import type { CompiledStream } from '../../shared/core/compiled-stream.ts'
import { controlProperty, heartbeatValue } from '../../shared/contracts/heartbeat.ts'
import type { RawEvent } from '../../shared/contracts/raw-event.ts'
import { foldEvent } from '../../shared/core/fold.ts'
import { Shard } from '../../shared/core/shard.ts'
import { InvariantError } from '../../shared/errors.ts'
import { noon, reading } from '../support/raw.ts'
import { testStream } from '../support/test-stream.ts'

const facts = memoryFacts({})

const newShard = (stream: CompiledStream = testStream, heartbeats: 'timer' | 'feed' = 'timer') =>
  new Shard({ stream, generation: 'live', partition: '0', heartbeats, hubCreatedOn: 'x' }, 0, {})

const foldInto = (shard: Shard) => (event: Omit<RawEvent, 'sequence'>) =>
  foldEvent(shard, { ...event, sequence: shard.lastSequence + 1 }, facts)

const bytes = (body: Uint8Array, properties = {}): Omit<RawEvent, 'sequence'> => ({
  body,
  enqueuedAt: noon,
  properties,
})
const text = (body: string): Omit<RawEvent, 'sequence'> => bytes(Buffer.from(body))
const json = (value: unknown): Omit<RawEvent, 'sequence'> => text(JSON.stringify(value))
const good = { source: 's1', id: '1', time: new Date(noon).toISOString() }

const bad: readonly (readonly [name: string, event: Omit<RawEvent, 'sequence'>, reason: string, detail: RegExp])[] = [
  ['empty body', text(''), 'malformed', /body: expected a JSON object, got nothing/],
  ['not UTF-8', bytes(Buffer.from([0x7b, 0xff, 0x7d])), 'malformed', /body: expected UTF-8/],
  ['cut JSON', text('{"source":"s1"'), 'malformed', /body: expected JSON/],
  ['a JSON list', text('[1]'), 'malformed', /body: expected a JSON object/],
  ['a JSON null', text('null'), 'malformed', /body: expected a JSON object/],
  ['deep nesting', text('['.repeat(50_000)), 'malformed', /body: expected JSON/],
  [
    'deep but whole nesting',
    text('['.repeat(50_000) + ']'.repeat(50_000)),
    'malformed',
    /body: expected a JSON object/,
  ],
  ['a missing id', json({ ...good, id: undefined }), 'schema', /^\/id: /],
  ['a number out of range', json({ ...good, value: 1e6 }), 'schema', /^\/value: /],
  ['a number beyond all numbers', text(JSON.stringify(good).replace('}', ',"value":1e999}')), 'schema', /^\/value: /],
  ['an unknown version', json({ ...good, schemaVersion: 2 }), 'unknown-version', /schemaVersion: expected one of 1/],
  [
    'a time in 1900',
    json({ ...good, time: '1900-01-01T00:00:00Z' }),
    'time-range',
    /time: expected an RFC 3339 instant/,
  ],
  ['no time at all', json({ ...good, time: 'yesterday' }), 'time-range', /time: expected/],
  ['a bad sentAt', json({ ...good, sentAt: '?' }), 'time-range', /sentAt: expected/],
  ['an event over the size limit', bytes(Buffer.alloc(262_145, 0x20)), 'too-large', /expected at most 262144 bytes/],
  [
    'an unknown control event',
    bytes(Buffer.from('{}'), { [controlProperty]: 'reboot' }),
    'malformed',
    /millraceControl/,
  ],
]

test('every kind of bad data has one outcome and keeps its bytes', () => {
  for (const [name, event, reason, detail] of bad) {
    const shard = newShard()
    assert.equal(foldInto(shard)(event), 'dead', name)
    const [letter] = shard.draft.letters
    assert.equal(letter?.reason, reason, name)
    assert.match(letter.detail, detail, name)
    assert.deepEqual(Buffer.from(letter.body, 'base64'), Buffer.from(event.body), name)
    assert.equal(shard.watermark, null, `${name} moves no watermark`)
    assert.equal(shard.seen.size, 0, `${name} is not remembered`)
    assert.deepEqual(shard.ledger, { ...shard.ledger, received: 1, dead: 1 }, name)
  }
})

test('a complaint never repeats the payload', () => {
  const shard = newShard()
  foldInto(shard)(text('{"source":"s1","id":"secret-4711"'))
  foldInto(shard)(json({ ...good, value: 'secret-4711' }))
  for (const { detail } of shard.draft.letters) assert.doesNotMatch(detail, /4711/)
})

test('keys that would change an object’s nature are ordinary data', () => {
  const shard = newShard()
  const event = text(JSON.stringify(good).replace('}', ',"__proto__":{"skip":true},"constructor":1}'))
  assert.equal(foldInto(shard)(event), 'accepted')
  assert.equal(Object.hasOwn(Object.prototype, 'skip'), false)
})

test('a time in the year 9999 is cut to the arrival and moves no watermark', () => {
  const shard = newShard()
  assert.equal(foldInto(shard)(json({ ...good, time: '9999-12-31T23:59:59Z' })), 'accepted')
  assert.deepEqual(shard.warnings, { 'time-capped': 1 })
  assert.equal(shard.watermark, null)
  assert.equal(shard.openUntil, noon + 60_000)
})

test('a clock that runs ahead is corrected and moves no watermark', () => {
  const shard = newShard()
  const hour = 3_600_000
  const sentAt = new Date(noon + hour).toISOString()
  assert.equal(foldInto(shard)(reading('a', hour - 5_000, { arrivesAt: 0, fields: { sentAt } })), 'accepted')
  assert.deepEqual(shard.warnings, { 'clock-ahead': 1 })
  assert.equal(shard.watermark, null)
  // 5 s before it was sent, so 5 s before the last millisecond of the second in which it arrived.
  const [window] = shard.openWindows()
  assert.equal(window?.start, noon - 10_000)
})

//  lateness 10 s:  occurred   0 s ──── 20 s        watermark = 20 s - 10 s
//                             late < 10 s ≤ accepted
test('late is what occurred before the watermark, and nothing is late before the first event', () => {
  const shard = newShard()
  const fold = foldInto(shard)
  assert.equal(fold(reading('a', -500_000, { arrivesAt: 0 })), 'accepted')
  assert.equal(fold(reading('b', 20_000)), 'accepted')
  assert.equal(shard.watermark, noon + 10_000)
  assert.equal(fold(reading('c', 9_999, { arrivesAt: 20_000 })), 'late')
  assert.equal(fold(reading('d', 10_000, { arrivesAt: 20_000 })), 'accepted')
})

test('an identity is a duplicate within the horizon and not after it', () => {
  const shard = newShard()
  const fold = foldInto(shard)
  assert.equal(fold(reading('a', 0)), 'accepted')
  assert.equal(fold(reading('a', 0, { arrivesAt: 60_000 })), 'duplicate')
  // Renewed at 60 s: a duplicate up to 120 s.
  assert.equal(fold(reading('a', 110_000, { arrivesAt: 120_999 })), 'duplicate')
  assert.equal(fold(reading('a', 181_000, { arrivesAt: 181_000 })), 'accepted')
})

test('the same id of another source is another event', () => {
  const shard = newShard()
  const fold = foldInto(shard)
  assert.equal(fold(reading('a', 0)), 'accepted')
  assert.equal(fold(reading('a', 0, { fields: { source: 's2' } })), 'accepted')
})

test('what the stream does not keep is filtered, remembered, and moves the watermark', () => {
  const shard = newShard()
  const fold = foldInto(shard)
  assert.equal(fold(reading('a', 20_000, { fields: { skip: true } })), 'filtered')
  assert.equal(shard.watermark, noon + 10_000)
  assert.equal(fold(reading('a', 20_000)), 'duplicate')
  assert.equal(shard.openWindows().length, 0)
})

test('an enrichment step that throws makes a dead letter of its event alone', () => {
  const broken: CompiledStream = {
    ...testStream,
    enrich: (event) => {
      if (event['id'] === 'boom') throw new TypeError('x is not a function')
    },
  }
  const shard = newShard(broken)
  const fold = foldInto(shard)
  assert.equal(fold(reading('boom', 0)), 'dead')
  assert.deepEqual(
    shard.draft.letters.map(({ step, reason, detail }) => ({ step, reason, detail })),
    [{ step: 'enrich', reason: 'bug', detail: 'enrich threw TypeError: mend the step, then redrive' }],
  )
  assert.equal(fold(reading('fine', 0)), 'accepted')
  assert.equal(fold(reading('boom', 0)), 'dead', 'a dead event is not remembered: its redrive can still count')
})

const heartbeat = (body: object, enqueuedAt = noon): Omit<RawEvent, 'sequence'> => ({
  body: Buffer.from(JSON.stringify(body)),
  enqueuedAt,
  properties: { [controlProperty]: heartbeatValue },
})

test('a heartbeat means the second in which it arrived', () => {
  const shard = newShard()
  assert.equal(foldInto(shard)(heartbeat({}, noon + 12_345)), 'control')
  assert.equal(shard.watermark, noon + 2_000)
})

test('a stated time counts only where heartbeats come from the feed', () => {
  const at = new Date(noon - 3_600_000).toISOString()
  const live = newShard()
  foldInto(live)(heartbeat({ at }))
  assert.equal(live.watermark, noon - 10_000)
  const recorded = newShard(testStream, 'feed')
  foldInto(recorded)(heartbeat({ at }))
  assert.equal(recorded.watermark, noon - 3_610_000)
})

test('an event out of sequence stops the shard rather than being counted wrongly', () => {
  const shard = newShard()
  assert.throws(() => foldEvent(shard, { ...reading('a', 0), sequence: 1 }, facts), InvariantError)
})

test('late events are written with the next mark, the hours of at most twenty at once', () => {
  const shard = newShard()
  const fold = foldInto(shard)
  fold(reading('first', 0))
  const hour = 3_600_000
  for (let i = 1; i <= 21; i += 1) assert.equal(fold(reading(`late ${i}`, -i * hour, { arrivesAt: i })), 'late')
  assert.deepEqual([shard.draft.dirtyHours.size, shard.unwrittenHours.size], [0, 21])
  fold(reading('next minute', 60_000))
  assert.deepEqual([shard.draft.dirtyHours.size, shard.unwrittenHours.size], [20, 1])
  assert.deepEqual(shard.dirtyHours.get(noon - hour), { late: 1, firstSequence: 1, lastSequence: 1 })
})
