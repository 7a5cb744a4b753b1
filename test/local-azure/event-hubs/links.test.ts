import rhea from 'rhea'
import type { EventContext, Receiver, Sender } from 'rhea'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { test, type TestContext } from 'node:test'
import { nextMessages, request, selector, signedInClient, type AmqpClient } from './amqp-client.ts'
import { hub, numbered, range, readingFailsWith, testHubs, type TestHubs } from './support.ts'

const { types } = rhea
const partition = `${hub}/Partitions/0`
const reader = `${hub}/ConsumerGroups/$Default/Partitions/0`

interface World extends TestHubs {
  readonly client: AmqpClient
}

/** With this many events in partition 0. */
const world = async (t: TestContext, count: number): Promise<World> => {
  const hubs = await testHubs(t)
  if (count > 0) await hubs.send(numbered(0, count - 1))
  return { ...hubs, client: await signedInClient(t, hubs.running.port, hub) }
}

/** Collects the sequence numbers that come over the link. */
const sequencesOf = (receiver: Receiver): number[] => {
  const sequences: number[] = []
  receiver.on('message', ({ message }: EventContext) => {
    sequences.push(Number(message!.message_annotations!['x-opt-sequence-number']))
  })
  return sequences
}

const readSource = (filter: object, address = reader): object => ({ source: { address, filter } })

test('an address may have a slash before it, a scheme and a host, and any case', async (t) => {
  const { client } = await world(t, 1)
  for (const prefix of ['/', 'amqps://name.servicebus.windows.net/', 'sb://127.0.0.1:5672/', 'amqp://h/']) {
    await client.sender(`${prefix}${hub}`)
    await client.sender(`${prefix}${partition}`)
    const receiver = await client.receiver(`${prefix}${reader}`)
    receiver.close()
  }
  await client.sender(partition.toUpperCase())
  await client.receiver(reader.toLowerCase())
})

/** Each with the first sequence that it reads of ten, offsets and times filled in. */
const selectors: readonly [string, number][] = [
  ["amqp.annotation.x-opt-offset > '-1'", 0],
  ["amqp.annotation.x-opt-offset >= '-1'", 0],
  ["amqp.annotation.x-opt-offset > 'OFFSET'", 5],
  ["amqp.annotation.x-opt-offset >= 'OFFSET'", 4],
  ["amqp.annotation.x-opt-offset>='OFFSET'", 4],
  ["  amqp.annotation.x-opt-offset  >=  'OFFSET'  ", 4],
  ["amqp.annotation.x-opt-sequence-number > '4'", 5],
  ["amqp.annotation.x-opt-sequence-number >= '4'", 4],
  ['amqp.annotation.x-opt-sequence-number > 4', 5],
  ["amqp.annotation.x-opt-enqueued-time > '0'", 0],
  ["amqp.annotation.x-opt-enqueued-time > '-62135596800000'", 0],
  ["amqp.annotation.x-opt-enqueued-time >= 'TIME'", 0],
  ["amqp.annotation.x-opt-enqueuedtimeutc >= 'TIME'", 0],
]

test('a position may be written as the SDKs of all languages do', async (t) => {
  const { client, receive } = await world(t, 10)
  const events = await receive('0', 10)
  for (const [text, first] of selectors) {
    const filled = text
      .replace('OFFSET', events[4]!.offset)
      .replace('TIME', String(events[0]!.enqueuedTimeUtc.getTime()))
    const receiver = await client.receiver(reader, readSource(selector(filled)))
    const sequences = sequencesOf(receiver)
    receiver.add_credit(10 - first)
    while (sequences.length < 10 - first) await once(receiver, 'message')
    assert.deepEqual(sequences, range(first, 9), filled)
    receiver.close()
  }
})

test('the selector may be described by number or symbol, stand under any name, or be no described value at all', async (t) => {
  const { client } = await world(t, 10)
  const text = "amqp.annotation.x-opt-sequence-number > '6'"
  const name = 'apache.org:selector-filter:string'
  for (const filter of [
    { [name]: types.wrap_described(text, 0x468c00000004) },
    { [name]: types.wrap_described(text, name) },
    { [name]: types.wrap_string(text) },
    { selector: types.wrap_described(text, 0x468c00000004) },
    { 'jms-selector': types.wrap_described(text, name) },
  ]) {
    const receiver = await client.receiver(reader, readSource(filter))
    const sequences = sequencesOf(receiver)
    receiver.add_credit(3)
    while (sequences.length < 3) await once(receiver, 'message')
    assert.deepEqual(sequences, [7, 8, 9])
    receiver.close()
  }
})

test('a position beyond the last event, as of a hub’s earlier life, is refused and named', async (t) => {
  const { client, consumer } = await world(t, 10)
  const refused = { message: 'com.microsoft:argument-error' }
  for (const [what, value] of [
    ['sequence-number', '10'],
    ['offset', '99999999'],
  ] as const) {
    const source = readSource(selector(`amqp.annotation.x-opt-${what} > '${value}'`))
    await assert.rejects(client.receiver(reader, source), refused)
  }
  const position = (sequenceNumber: number): object => ({ startPosition: { sequenceNumber } })
  assert.equal(await readingFailsWith(consumer(), '0', position(10)), 'ArgumentError')
  assert.equal(await readingFailsWith(consumer(), '1', position(0)), 'ArgumentError')
  await client.receiver(reader, readSource(selector("amqp.annotation.x-opt-sequence-number > '9'")))
  await client.receiver(reader, readSource(selector("amqp.annotation.x-opt-sequence-number >= '10'")))
})

test('an epoch may be an int, a long or an unsigned long', async (t) => {
  const { client } = await world(t, 0)
  const withEpoch = (epoch: unknown): object => ({ properties: { 'com.microsoft:epoch': epoch } })
  const first = await client.receiver(reader, withEpoch(types.wrap_int(1)))
  const firstEnded = once(first, 'receiver_error')
  const second = await client.receiver(reader, withEpoch(types.wrap_long(2)))
  await firstEnded
  const secondEnded = once(second, 'receiver_error')
  await client.receiver(reader, withEpoch(types.wrap_ulong(3)))
  await secondEnded
  const stolen = { message: 'amqp:link:stolen' }
  await assert.rejects(client.receiver(reader, withEpoch(types.wrap_long(2))), stolen)
  await assert.rejects(client.receiver(reader, withEpoch(types.wrap_long(0))), stolen)
})

test('link properties that say nothing about the events change nothing', async (t) => {
  const { client } = await world(t, 1)
  const properties = {
    'com.microsoft:timeout': types.wrap_uint(60_000),
    'com.microsoft:entity-type': types.wrap_int(8),
    'com.microsoft:receiver-name': 'a reader',
  }
  await client.sender(partition, { properties })
  const [message] = await nextMessages(await client.receiver(reader, { properties }), 1)
  assert.ok(message !== undefined)
})

test('a link is opened with the ends, the filters and the settlement that the client asked for', async (t) => {
  const { client } = await world(t, 0)
  const source = { address: reader, filter: selector("amqp.annotation.x-opt-offset > '-1'") }
  const metrics = 'com.microsoft:enable-receiver-runtime-metric'
  const receiver = await client.receiver(reader, {
    source,
    target: { address: 'mine' },
    snd_settle_mode: 0,
    desired_capabilities: [metrics, 'com.microsoft:other'],
  })
  assert.equal(receiver.source.address, reader)
  assert.equal(receiver.target.address, 'mine')
  assert.deepEqual(Object.keys(receiver.source.filter as object), ['apache.org:selector-filter:string'])
  assert.equal(receiver.snd_settle_mode, 0)
  assert.equal(String(receiver.offered_capabilities), metrics)
  assert.equal((await client.receiver(reader)).snd_settle_mode, 1)
  const sender = await client.sender(partition, { source: { address: 'mine' } })
  assert.equal(sender.target.address, partition)
  assert.equal(sender.source.address, 'mine')
})

for (const [name, options] of [
  ['at once', { rcv_settle_mode: 0 }],
  ['after the server', { rcv_settle_mode: 1 }],
] as const) {
  test(`a consumer that settles each event itself, ${name}, gets as many as it wants`, async (t) => {
    const { client, send } = await world(t, 0)
    for (let i = 0; i < 5_000; i += 1_000) await send(numbered(i, i + 999))
    const receiver = await client.receiver(reader, { ...options, snd_settle_mode: 0, credit_window: 500 })
    const sequences: number[] = []
    await new Promise<void>((resolve) => {
      receiver.on('message', ({ message, delivery }: EventContext) => {
        assert.equal(Boolean(delivery!.remote_settled), false)
        sequences.push(Number(message!.message_annotations!['x-opt-sequence-number']))
        delivery!.accept()
        if (sequences.length === 5_000) resolve()
      })
    })
    assert.deepEqual(sequences, range(0, 4_999))
  })
}

test('a consumer that drains gets what there is, and then its credit back', async (t) => {
  const { client, send } = await world(t, 3)
  const receiver = await client.receiver(reader)
  const sequences = sequencesOf(receiver)
  receiver.add_credit(10)
  receiver.drain_credit()
  await once(receiver, 'receiver_drained')
  assert.deepEqual(sequences, [0, 1, 2])
  ;(receiver as unknown as { drain: boolean }).drain = false
  await send(numbered(3, 9))
  receiver.add_credit(2)
  while (sequences.length < 5) await once(receiver, 'message')
  // Were some of the old credit left, more would have come before this answer.
  await request(client.connection, '$management', { application_properties: { operation: 'READ' } })
  assert.deepEqual(sequences, [0, 1, 2, 3, 4])
})

test('draining where there is nothing gives the credit back at once', async (t) => {
  const { client } = await world(t, 0)
  const receiver = await client.receiver(reader)
  receiver.add_credit(10)
  receiver.drain_credit()
  await once(receiver, 'receiver_drained')
})

interface OwnLink {
  readonly local: { readonly handle: number; readonly attach: object }
  readonly session: {
    output(frame: unknown): void
    readonly outgoing: { next_transfer_id: number; window: number }
    readonly incoming: { next_transfer_id: number; window: number }
  }
}

/** rhea's own encoders of frames. */
const { flow } = createRequire(import.meta.url)('rhea/lib/frames.js') as { flow(fields: object): unknown }

/** A flow as a peer writes it that has not seen the server's attach. */
const flowOf = (link: OwnLink, fields: object): object => ({
  next_incoming_id: link.session.incoming.next_transfer_id,
  incoming_window: link.session.incoming.window,
  next_outgoing_id: link.session.outgoing.next_transfer_id,
  outgoing_window: link.session.outgoing.window,
  handle: link.local.handle,
  ...fields,
})

test('a consumer may give credit before it has seen that its link is open', async (t) => {
  const { client } = await world(t, 3)
  const receiver = client.connection.open_receiver({ source: { address: reader }, credit_window: 0 })
  const sequences = sequencesOf(receiver)
  ;(receiver as unknown as { credit: number }).credit = 3
  const link = receiver as unknown as OwnLink
  // After the attach, which is written in the next tick.
  process.nextTick(() => link.session.output(flow(flowOf(link, { link_credit: 3 }))))
  while (sequences.length < 3) await once(receiver, 'message')
  assert.deepEqual(sequences, [0, 1, 2])
})

test('a peer that asks for an echo is told the state of the link', async (t) => {
  const { client } = await world(t, 0)
  const receiver = await client.receiver(reader)
  const link = receiver as unknown as OwnLink
  link.session.output(flow(flowOf(link, { link_credit: 0, delivery_count: 0, echo: true })))
  await once(receiver, 'receiver_flow')
})

test('links of both directions may have the same name, and a name is free again after a detach', async (t) => {
  const { client } = await world(t, 0)
  const { connection } = client
  const session = connection.create_session()
  session.begin()
  const other = connection.create_session()
  other.begin()
  const receiver = session.open_receiver({ name: 'mine', source: { address: reader }, credit_window: 0 })
  await once(receiver, 'receiver_open')
  putAside(receiver)
  const sender = session.open_sender({ name: 'mine', target: { address: partition } })
  await once(sender, 'sender_open')
  sender.send({ body: rhea.message.data_section(Buffer.from('x')) })
  await once(sender, 'accepted')
  receiver.add_credit(1)
  await once(receiver, 'message')
  for (let i = 0; i < 20; i += 1) {
    const link = other.open_sender({ name: 'again', target: { address: partition } })
    await once(link, 'sender_open')
    link.close()
    // Not waited for: the next attach follows the detach in the same write.
    putAside(link)
    const next = other.open_sender({ name: 'again', target: { address: partition } })
    await once(next, 'sender_open')
    next.close()
    await once(next, 'sender_close')
    putAside(next)
  }
  assert.ok(connection.is_open())
})

/** The client's library, too, has one table for both directions, and keeps a closed link in it for a while. */
const putAside = (link: Receiver | Sender): void => {
  const own = link as unknown as { name: string; readonly session: { readonly links: Record<string, unknown> } }
  if (own.session.links[own.name] === own) delete own.session.links[own.name]
  own.name = crypto.randomUUID()
  own.session.links[own.name] = own
}

test('a consumer without credit does not hold up the other links of its session', async (t) => {
  const { client } = await world(t, 500)
  const receiver = await client.receiver(reader)
  const sequences = sequencesOf(receiver)
  for (let i = 1; i <= 3; i += 1) {
    receiver.add_credit(1)
    while (sequences.length < i) await once(receiver, 'message')
    const answer = await request(client.connection, '$management', {
      application_properties: { operation: 'READ', type: 'com.microsoft:eventhub', name: hub },
    })
    assert.equal(answer.application_properties!['status-code'], 200)
  }
  assert.deepEqual(sequences, [0, 1, 2])
})
