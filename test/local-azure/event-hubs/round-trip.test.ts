import type { EventData } from '@azure/event-hubs'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { testHubs } from './support.ts'

test('bodies arrive byte for byte: empty, malformed JSON, binary, large', async (t) => {
  const { send, receive } = await testHubs(t)
  const bodies = ['', '{"a":', '"text"', 'null', 'Zürich \u{1F600}', '\0'].map((text) => Buffer.from(text))
  bodies.push(
    Buffer.from([0xff, 0xfe, 0x00, 0x53, 0x75]),
    Buffer.alloc(255, 1),
    Buffer.alloc(256, 2),
    Buffer.alloc(70_000),
  )
  await send(bodies.map((body) => ({ body })))
  const events = await receive('0', bodies.length)
  assert.deepEqual(
    events.map(({ body }) => body as Buffer),
    bodies,
  )
})

test('what the SDK encodes as JSON it decodes again', async (t) => {
  const { send, receive } = await testHubs(t)
  const bodies = ['text', 12.5, null, true, [1, [2]], { a: { b: 'ü' } }]
  await send(bodies.map((body) => ({ body: body })))
  const events = await receive('0', bodies.length, { skipParsingBodyAsJson: false })
  assert.deepEqual(
    events.map(({ body }) => body as unknown),
    bodies,
  )
})

test('properties, ids, content types and times arrive as they were sent', async (t) => {
  const { send, receive } = await testHubs(t)
  const sent: EventData[] = [
    { body: Buffer.from('a'), contentType: 'application/json', correlationId: 'c-1', messageId: 'm-1' },
    { body: Buffer.from('b'), messageId: 42, correlationId: Buffer.alloc(16, 'id') },
    {
      body: Buffer.from('c'),
      properties: {
        text: 'ü',
        empty: '',
        long: 'x'.repeat(300),
        integer: 7,
        large: 2 ** 40,
        negative: -3,
        fraction: 1.5,
        yes: true,
        nothing: null,
      },
    },
    { body: Buffer.from('d') },
  ]
  await send(sent)
  const events = await receive('0', sent.length)
  const told = events.map(({ body, contentType, correlationId, messageId, properties }) => ({
    body: body as unknown,
    contentType,
    correlationId,
    messageId,
    properties,
  }))
  const none = { contentType: undefined, correlationId: undefined, messageId: undefined, properties: undefined }
  assert.deepEqual(
    told,
    sent.map((event) => ({ ...none, ...event })),
  )
})

test('any properties arrive as they were sent', async (t) => {
  const { send, receive } = await testHubs(t)
  const value = fc.oneof(
    fc.string({ maxLength: 300 }),
    fc.integer(),
    fc.integer().map((n) => n + 0.5),
    fc.boolean(),
  )
  // The client library loses a property of the name __proto__ before it is sent.
  const name = fc.string({ minLength: 1, maxLength: 40 }).filter((text) => text !== '__proto__')
  const properties = fc.dictionary(name, value, { maxKeys: 8, noNullPrototype: true })
  const sent = fc.sample(properties, { numRuns: 300, seed: 11 })
  await send(sent.map((each) => ({ body: Buffer.from('x'), properties: each })))
  const events = await receive('0', sent.length)
  for (const [i, event] of events.entries()) assert.deepEqual(event.properties ?? {}, sent[i])
})

test('a producer’s own annotations pass, but not those that are the hub’s to give', async (t) => {
  const { producer, receive } = await testHubs(t)
  const annotations = {
    'x-opt-mine': 'kept',
    'x-opt-sequence-number': 99,
    'x-opt-offset': '77',
    'x-opt-enqueued-time': 5,
  }
  const before = Date.now()
  const message = { body: Buffer.from('x'), bodyType: 'data' as const, messageAnnotations: annotations }
  await producer().sendBatch([message, message], { partitionId: '0' })
  const events = await receive('0', 2)
  for (const [i, event] of events.entries()) {
    const raw = event.getRawAmqpMessage().messageAnnotations ?? {}
    assert.equal(raw['x-opt-mine'], 'kept')
    assert.equal(event.sequenceNumber, i)
    assert.equal(typeof event.offset, 'string')
    assert.notEqual(event.offset, '77')
    assert.ok(event.enqueuedTimeUtc.getTime() >= before && event.enqueuedTimeUtc.getTime() <= Date.now())
  }
  assert.ok(Number(events[1]!.offset) > Number(events[0]!.offset))
})

test('bodies that are AMQP values or sequences pass too', async (t) => {
  const { producer, receive } = await testHubs(t)
  const sent = [
    { body: { a: 1, b: [true, 'x'] }, bodyType: 'value' as const },
    { body: [[1, 'two'], [3]], bodyType: 'sequence' as const },
  ]
  await producer().sendBatch(sent, { partitionId: '0' })
  const events = await receive('0', 2)
  assert.deepEqual(
    events.map((event) => ({ body: event.body as unknown, bodyType: event.getRawAmqpMessage().bodyType })),
    sent,
  )
})
