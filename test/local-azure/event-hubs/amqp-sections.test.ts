import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import rhea from 'rhea'
import type { Message } from 'rhea'
import {
  annotate,
  MalformedMessageError,
  partitionKeyOf,
  splitBatch,
  withRuntimeMetrics,
} from '../../../local/event-hubs/amqp-sections.ts'

const { types } = rhea

const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array))
const text = fc.string({ unit: 'binary', maxLength: 300 })
const value = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.date({ noInvalidDate: true }))
const name = fc.string({ minLength: 1, maxLength: 60 }).filter((key) => key !== '__proto__')
const annotations = fc.dictionary(name, value, { maxKeys: 6, noNullPrototype: true })

const body = fc.oneof(
  bytes.map((content) => rhea.message.data_section(content) as unknown),
  fc.array(bytes, { minLength: 1, maxLength: 3 }).map((content) => rhea.message.data_sections(content) as unknown),
  fc.array(value, { maxLength: 4 }).map((content) => rhea.message.sequence_section(content) as unknown),
  text,
  fc.constant(types.described_nc(types.wrap_symbol('x:y'), types.wrap_string('described')) as unknown),
)

const message: fc.Arbitrary<Message> = fc.record(
  {
    body,
    durable: fc.boolean(),
    delivery_annotations: annotations,
    message_annotations: annotations,
    message_id: text,
    content_type: text,
    application_properties: annotations,
    footer: annotations,
  },
  { requiredKeys: ['body'], noNullPrototype: true },
)

const system = fc.record({
  sequence: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  offset: fc.nat().map(String),
  enqueuedAt: fc.nat({ max: 8.64e15 }),
  partitionKey: fc.option(text, { nil: undefined }),
})

test('an annotated message differs from the producer’s only in what the hub adds', () => {
  fc.assert(
    fc.property(message, system, (sent, added) => {
      const { delivery_annotations: _, ...before } = rhea.message.decode(rhea.message.encode(sent))
      const after = rhea.message.decode(annotate(rhea.message.encode(sent), added))
      const { partitionKey, ...rest } = added
      assert.deepEqual(
        { ...after },
        {
          ...before,
          message_annotations: {
            ...before.message_annotations,
            'x-opt-sequence-number': rest.sequence,
            'x-opt-offset': rest.offset,
            'x-opt-enqueued-time': new Date(rest.enqueuedAt),
            ...(partitionKey === undefined ? {} : { 'x-opt-partition-key': partitionKey }),
          },
        },
      )
    }),
  )
})

test('annotating twice is annotating once with the second', () => {
  fc.assert(
    fc.property(message, system, system, (sent, first, second) => {
      const encoded = rhea.message.encode(sent)
      const twice = annotate(annotate(encoded, first), second)
      assert.ok(twice.equals(annotate(encoded, second)))
    }),
  )
})

test('a batch comes apart into the messages it was made of', () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 6 }), fc.option(text, { nil: undefined }), (sent, key) => {
      const messages = sent.map((each) => rhea.message.encode(each))
      const envelope = rhea.message.encode({
        body: rhea.message.data_sections(messages),
        ...(key === undefined ? {} : { message_annotations: { 'x-opt-partition-key': key } }),
      })
      assert.deepEqual(splitBatch(envelope), { messages, partitionKey: key })
    }),
  )
})

test('a message’s partition key is found', () => {
  fc.assert(
    fc.property(message, text, (sent, key) => {
      const message_annotations = { ...sent.message_annotations, 'x-opt-partition-key': key }
      assert.equal(partitionKeyOf(rhea.message.encode({ ...sent, message_annotations })), key)
    }),
  )
  assert.equal(partitionKeyOf(rhea.message.encode({ body: 'x' })), undefined)
})

/** Values described over and over. */
const nested = Buffer.alloc(200_000, Buffer.from([0x00, 0x40]))

test('any other bytes are malformed, or a message, but never something else', () => {
  const added = { sequence: 1, offset: '0', enqueuedAt: 0, partitionKey: undefined }
  const damaged = fc.tuple(message, fc.nat(), fc.nat({ max: 255 }), fc.boolean()).map(([sent, at, byte, cut]) => {
    const encoded = rhea.message.encode(sent)
    if (cut) return encoded.subarray(0, at % encoded.length)
    encoded[at % encoded.length] = byte
    return encoded
  })
  fc.assert(
    fc.property(fc.oneof(bytes, damaged, fc.constant(Buffer.alloc(200_000)), fc.constant(nested)), (encoded) => {
      for (const read of [() => annotate(encoded, added), () => splitBatch(encoded), () => partitionKeyOf(encoded)]) {
        try {
          read()
        } catch (error) {
          assert.ok(error instanceof MalformedMessageError, String(error))
        }
      }
    }),
    { numRuns: 2_000 },
  )
})

test('the state of the partition goes with the message as delivery annotations, and changes nothing else', () => {
  fc.assert(
    fc.property(message, system, (sent, added) => {
      const stored = annotate(rhea.message.encode(sent), added)
      const last = { sequence: 9, offset: '77', enqueuedAt: 1_000 }
      const { delivery_annotations, ...rest } = rhea.message.decode(withRuntimeMetrics(stored, last, 2_000))
      assert.deepEqual(delivery_annotations, {
        last_enqueued_sequence_number: 9,
        last_enqueued_offset: '77',
        last_enqueued_time_utc: new Date(1_000),
        runtime_info_retrieval_time_utc: new Date(2_000),
      })
      assert.deepEqual(rest, { ...rhea.message.decode(stored) })
    }),
  )
})
