import rhea from 'rhea'
import type { Message, Sender } from 'rhea'
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import {
  amqpClient,
  batchFormat,
  nextMessages,
  outcomeOf,
  signedInClient,
  tokenFor,
  type AmqpClient,
} from './amqp-client.ts'
import { bytesInUse } from './memory.ts'
import { hub, testHubs, texts, type TestHubs } from './support.ts'

const { types } = rhea
const partition = `${hub}/Partitions/0`
const reader = `${hub}/ConsumerGroups/$Default/Partitions/0`

const signedIn = async (t: TestContext): Promise<TestHubs & { readonly client: AmqpClient }> => {
  const hubs = await testHubs(t)
  return { ...hubs, client: await signedInClient(t, hubs.running.port, hub) }
}

const data = (...contents: string[]): unknown => rhea.message.data_sections(contents.map((text) => Buffer.from(text)))

/** Values of which a decoder for JavaScript forgets the types. */
const typed = [
  types.wrap_long(5),
  types.wrap_uint(5),
  types.wrap_ubyte(5),
  types.wrap_float(1.5),
  types.wrap_uuid(Buffer.alloc(16, 3)),
  types.wrap_symbol('a-symbol'),
  types.wrap_char(0x61),
  types.wrap_timestamp(1_000),
  types.wrap_array(['x', 'y'], 0xa3, undefined),
  types.described(types.wrap_symbol('com:described'), types.wrap_list(['inner'])),
]

const bodies: readonly [string, Partial<Message>][] = [
  ['one data section', { body: data('x') }],
  ['several data sections', { body: data('x', '', 'z') }],
  ['a value of any type', { body: types.wrap_list(typed) }],
  ['a null value', { body: null }],
  ['a sequence', { body: rhea.message.sequence_section(typed) }],
  ['several sequences', { body: rhea.message.sequence_sections([typed, [], [1]] as never) }],
  [
    'header, footer and every property',
    {
      body: data('x'),
      durable: true,
      priority: 9,
      ttl: 1_000,
      message_id: types.wrap_uuid(Buffer.alloc(16, 1)) as unknown as string,
      correlation_id: types.wrap_binary(Buffer.from([1])) as unknown as string,
      user_id: Buffer.from('user') as unknown as string,
      to: 'to',
      subject: 'subject',
      reply_to: 'reply',
      content_type: 'a/b',
      content_encoding: 'gzip',
      absolute_expiry_time: new Date(5),
      creation_time: new Date(6),
      group_id: 'group',
      group_sequence: 7,
      reply_to_group_id: 'g',
      application_properties: Object.fromEntries(typed.slice(0, 8).map((value, i) => [`p${i}`, value])),
      footer: { crc: types.wrap_ulong(1) },
    },
  ],
]

const noAnnotations = (message: Buffer): Buffer => {
  const start = message.indexOf(Buffer.from([0x00, 0x53, 0x72, 0xd1]))
  return Buffer.concat([message.subarray(0, start), message.subarray(start + 8 + message.readUInt32BE(start + 4))])
}

for (const [name, message] of bodies) {
  test(`a message is given back byte for byte, alone or out of a batch: ${name}`, async (t) => {
    const { client } = await signedIn(t)
    const bytes = rhea.message.encode(message)
    const sender = await client.sender(partition)
    const batch = rhea.message.encode({ body: rhea.message.data_sections([bytes, bytes]) })
    assert.equal(await outcomeOf(sender, () => sender.send(bytes, undefined, 0)), 'accepted')
    assert.equal(await outcomeOf(sender, () => sender.send(batch, undefined, batchFormat)), 'accepted')
    const received = await nextMessages(await client.receiver(reader), 3)
    assert.deepEqual(received.map(noAnnotations), [bytes, bytes, bytes])
  })
}

test('sections may be described by symbols', async (t) => {
  const { client, receive } = await signedIn(t)
  const symbol = (name: string): Buffer => Buffer.from(`\x00\xa3${String.fromCharCode(name.length)}${name}`, 'latin1')
  const bytes = Buffer.concat([
    symbol('amqp:message-annotations:map'),
    Buffer.from('\xc1\x19\x02\xa3\x13x-opt-partition-key\xa1\x01k', 'latin1'),
    symbol('amqp:data:binary'),
    Buffer.from('\xa0\x02hi', 'latin1'),
  ])
  const sender = await client.sender(partition)
  assert.equal(await outcomeOf(sender, () => sender.send(bytes, undefined, 0)), 'accepted')
  const [event] = await receive('0', 1)
  assert.equal(event!.partitionKey, 'k')
  const [raw] = await nextMessages(await client.receiver(reader), 1)
  assert.ok(raw!.includes(bytes.subarray(-23)))
})

test('what is no message is refused, and the link goes on', async (t) => {
  const { client, receive } = await signedIn(t)
  const sender = await client.sender(partition)
  for (const bytes of [
    Buffer.from('nonsense'),
    Buffer.from([0x00, 0x53, 0x99, 0x40]),
    Buffer.from([0x00, 0x53, 0x75, 0x54, 0x01]),
    Buffer.from([0x00, 0x53, 0x73, 0xa1, 0x01, 0x78]),
    Buffer.from([0x00, 0x53, 0x74, 0x45]),
    Buffer.from([0x00, 0xa3, 0x01, 0x78, 0x40]),
    Buffer.from([0x00, 0x53, 0x75, 0xa0, 0xff]),
  ]) {
    assert.equal(
      await outcomeOf(sender, () => sender.send(bytes, undefined, 0)),
      'amqp:decode-error',
      bytes.toString('hex'),
    )
  }
  const good = rhea.message.encode({ body: data('good') })
  assert.equal(await outcomeOf(sender, () => sender.send(good, undefined, 0)), 'accepted')
  assert.deepEqual(texts(await receive('0', 1)), ['good'])
})

test('a partition key that is null is none', async (t) => {
  const { client, producer } = await signedIn(t)
  const sender = await client.sender(hub)
  for (let i = 0; i < 4; i += 1) {
    const message = { body: data('x'), message_annotations: { 'x-opt-partition-key': null } } as unknown as Message
    assert.equal(await outcomeOf(sender, () => sender.send(message)), 'accepted')
  }
  for (const id of ['0', '1', '2', '3']) {
    assert.equal((await producer().getPartitionProperties(id)).lastEnqueuedSequenceNumber, 0)
  }
})

test('a publisher’s name is the partition key of its events, and stands in an annotation of its own', async (t) => {
  const { client, receive, producer } = await signedIn(t)
  const sender = await client.sender(`${hub}/Publishers/device-1`)
  const own = { 'x-opt-partition-key': 'device-1', 'x-opt-publisher': 'someone else' }
  assert.equal(await outcomeOf(sender, () => sender.send({ body: data('a') })), 'accepted')
  assert.equal(await outcomeOf(sender, () => sender.send({ body: data('b'), message_annotations: own })), 'accepted')
  const other = { body: data('c'), message_annotations: { 'x-opt-partition-key': 'other' } } as Message
  assert.equal(await outcomeOf(sender, () => sender.send(other)), 'amqp:not-allowed')
  await producer().sendBatch([{ body: 'x' }], { partitionKey: 'device-1' })
  const counts = await Promise.all(['0', '1', '2', '3'].map((id) => producer().getPartitionProperties(id)))
  const full = counts.find(({ isEmpty }) => !isEmpty)!
  assert.equal(full.lastEnqueuedSequenceNumber, 2)
  const events = await receive(full.partitionId, 3)
  assert.ok(events.every(({ partitionKey }) => partitionKey === 'device-1'))
  assert.deepEqual(
    events.map((event) => event.getRawAmqpMessage().messageAnnotations?.['x-opt-publisher'] as unknown),
    ['device-1', 'device-1', undefined],
  )
})

test('events that the sender has settled are stored without a word', async (t) => {
  const { client, receive } = await signedIn(t)
  const sender = await client.sender(partition, { snd_settle_mode: 1 })
  sender.on('accepted', () => assert.fail('settled already'))
  for (const text of ['a', 'b']) sender.send({ body: data(text) })
  const mixed = await client.sender(partition, { snd_settle_mode: 2 })
  assert.equal(await outcomeOf(mixed, () => mixed.send({ body: data('c') })), 'accepted')
  assert.deepEqual(texts(await receive('0', 3)), ['a', 'b', 'c'])
})

test('messages of many small frames arrive whole, there and back', async (t) => {
  const { running } = await testHubs(t)
  const client = await amqpClient(t, running.port, { max_frame_size: 512 })
  await client.putToken(tokenFor(hub))
  // rhea takes the size of the frames that it sends from what the server announces.
  const { remote } = client.connection as unknown as { remote: { open: { max_frame_size: number } } }
  remote.open.max_frame_size = 512
  const sender = await client.sender(partition)
  const bytes = rhea.message.encode({ body: rhea.message.data_section(Buffer.alloc(1_040_000, 'large')) })
  assert.equal(await outcomeOf(sender, () => sender.send(bytes, undefined, 0)), 'accepted')
  const receiver = await client.receiver(reader)
  const message = nextMessages(receiver, 1)
  // The client's library, too, opens its window only when a message is complete.
  const session = receiver.session as unknown as { on_transfer(frame: object): void; _write_flow(): void }
  const { on_transfer } = session
  session.on_transfer = (frame) => {
    on_transfer.call(session, frame)
    session._write_flow()
  }
  const [received] = await message
  assert.ok(noAnnotations(received!).equals(bytes))
})

interface Frames {
  transfer(fields: object): unknown
}
const frames = createRequire(import.meta.url)('rhea/lib/frames.js') as Frames

interface OwnSession {
  readonly outgoing: { next_delivery_id: number; next_pending_delivery: number }
  output(frame: unknown, payload?: Buffer): void
}

/** Writes transfers of our own making. */
const ownTransfers = (sender: Sender) => {
  const session = sender.session as unknown as OwnSession
  const { handle } = (sender as unknown as { readonly local: { readonly handle: number } }).local
  const next = (fields: object, payload?: Buffer): void =>
    session.output(frames.transfer({ handle, ...fields }), payload)
  const first = (fields: object, payload?: Buffer): void => {
    session.outgoing.next_pending_delivery += 1
    const delivery_id = session.outgoing.next_delivery_id++
    next({ delivery_id, delivery_tag: Buffer.from([delivery_id]), message_format: 0, ...fields }, payload)
  }
  return { first, next }
}

test('a delivery that is aborted leaves nothing behind', async (t) => {
  const { client, receive } = await signedIn(t)
  const { first, next } = ownTransfers(await client.sender(partition))
  const bytes = rhea.message.encode({ body: data('kept') })
  first({ more: true }, bytes.subarray(0, 5))
  next({ aborted: true, more: false }, bytes.subarray(5))
  first({ aborted: true }, bytes)
  first({ more: true }, bytes.subarray(0, 5))
  next({ more: false }, bytes.subarray(5))
  assert.deepEqual(texts(await receive('0', 1)), ['kept'])
})

test('deliveries over several links of one session may alternate', async (t) => {
  const { client, receive } = await signedIn(t)
  const a = ownTransfers(await client.sender(partition))
  const b = ownTransfers(await client.sender(`${hub}/Partitions/1`))
  const bytes = (text: string): Buffer => rhea.message.encode({ body: data(text) })
  a.first({ more: true }, bytes('a').subarray(0, 5))
  b.first({ more: true }, bytes('b').subarray(0, 3))
  a.next({ more: false }, bytes('a').subarray(5))
  b.next({ more: false }, bytes('b').subarray(3))
  assert.deepEqual(texts(await receive('0', 1)), ['a'])
  assert.deepEqual(texts(await receive('1', 1)), ['b'])
})

test('of a message without an end no more is kept than shows that it is too large', async (t) => {
  const { client, producer } = await signedIn(t)
  const sender = await client.sender(partition)
  const { first, next } = ownTransfers(sender)
  const { socket } = client.connection as unknown as { readonly socket: Socket }
  const before = bytesInUse()
  first({ more: true }, Buffer.alloc(60_000))
  for (let i = 0; i < 2_000; i += 1) {
    next({ more: true }, Buffer.alloc(60_000))
    if (socket.writableLength > 1_000_000) await once(socket, 'drain')
  }
  assert.ok(bytesInUse() - before < 20_000_000)
  next({ more: false })
  sender.send({ body: data('fits') })
  await once(sender, 'accepted')
  assert.equal((await producer().getPartitionProperties('0')).lastEnqueuedSequenceNumber, 0)
})
