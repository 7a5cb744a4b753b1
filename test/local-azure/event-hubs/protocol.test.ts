import rhea from 'rhea'
import type { EventContext } from 'rhea'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { amqpClient, batchFormat, outcomeOf, tokenFor, type AmqpClient } from './amqp-client.ts'
import { hub, numbered, range, sequences, testHubs, type TestHubs } from './support.ts'

const reader = `${hub}/ConsumerGroups/$Default/Partitions/0`

const selector = (text: string): object => ({
  filter: { 'apache.org:selector-filter:string': rhea.types.wrap_described(text, 0x468c00000004) },
})

const signedIn = async (t: Parameters<typeof testHubs>[0]): Promise<TestHubs & { readonly client: AmqpClient }> => {
  const hubs = await testHubs(t)
  const client = await amqpClient(t, hubs.running.port)
  assert.equal(await client.putToken(tokenFor(hub)), 202)
  return { ...hubs, client }
}

test('links to what there is not are refused', async (t) => {
  const { client } = await signedIn(t)
  const unknown = { message: 'amqp:not-found' }
  for (const address of ['', 'other', `${hub}/Partitions`, `${hub}/Partitions/9`, `${hub}/Publishers`]) {
    await assert.rejects(client.sender(address), unknown, address)
  }
  for (const address of ['', hub, `${hub}/Partitions/0`, `${reader}0`, `${hub}/ConsumerGroups/x/Partitions/0`]) {
    await assert.rejects(client.receiver(address), unknown, address)
  }
})

test('a position that is not understood is refused', async (t) => {
  const { client } = await signedIn(t)
  for (const text of [
    "amqp.annotation.x-opt-sequence-number > 'x'",
    "amqp.annotation.x-opt-sequence-number > '1.5'",
    "amqp.annotation.x-opt-offset > ''",
    "amqp.annotation.other > '1'",
    'anything',
  ]) {
    const source = { address: reader, ...selector(text) }
    await assert.rejects(client.receiver(reader, { source }), { message: 'amqp:invalid-field' }, text)
  }
})

test('a message that is no batch is stored as it is', async (t) => {
  const { client, receive } = await signedIn(t)
  const sender = await client.sender(`${hub}/Partitions/0`)
  const message = {
    body: rhea.message.data_section(Buffer.from('{"a":')),
    message_id: 'm-1',
    content_type: 'text/plain',
    application_properties: { n: 1, text: 'x' },
    message_annotations: { 'x-opt-partition-key': 'k' },
  }
  assert.equal(await outcomeOf(sender, () => sender.send(message)), 'accepted')
  const bytes = rhea.message.encode(message)
  assert.equal(await outcomeOf(sender, () => sender.send(bytes, undefined, 1)), 'accepted')
  for (const event of await receive('0', 2)) {
    assert.equal(String(event.body), '{"a":')
    assert.equal(event.messageId, 'm-1')
    assert.equal(event.contentType, 'text/plain')
    assert.deepEqual(event.properties, { n: 1, text: 'x' })
    assert.equal(event.partitionKey, 'k')
  }
})

test('a batch that is no batch is rejected, and the link goes on', async (t) => {
  const { client, receive } = await signedIn(t)
  const sender = await client.sender(`${hub}/Partitions/0`)
  for (const bytes of [
    Buffer.from('nonsense'),
    Buffer.from([0x00]),
    rhea.message.encode({ body: rhea.message.data_sections([Buffer.from([0x00, 0x53])]) }),
    rhea.message.encode({ body: 'no data section' }),
  ]) {
    assert.equal(await outcomeOf(sender, () => sender.send(bytes, undefined, batchFormat)), 'amqp:decode-error')
  }
  const inner = rhea.message.encode({ body: rhea.message.data_section(Buffer.from('good')) })
  const batch = rhea.message.encode({ body: rhea.message.data_sections([inner]) })
  assert.equal(await outcomeOf(sender, () => sender.send(batch, undefined, batchFormat)), 'accepted')
  const events = await receive('0', 1)
  assert.deepEqual(sequences(events), [0])
  assert.equal(String(events[0]!.body), 'good')
})

test('a batch over 1 MiB is rejected', async (t) => {
  const { client } = await signedIn(t)
  const sender = await client.sender(hub)
  assert.equal(sender.max_message_size, 1_048_576)
  const inner = rhea.message.encode({ body: rhea.message.data_section(Buffer.alloc(1_048_576 - 9)) })
  const batch = rhea.message.encode({ body: rhea.message.data_sections([inner]) })
  const outcome = await outcomeOf(sender, () => sender.send(batch, undefined, batchFormat))
  assert.equal(outcome, 'amqp:link:message-size-exceeded')
})

test('of deliveries that come at once each is told what became of it itself', async (t) => {
  const { client, producer } = await signedIn(t)
  const sender = await client.sender(`${hub}/Partitions/0`)
  const good = rhea.message.encode({ body: rhea.message.data_section(Buffer.from('good')) })
  for (const wanted of ['ar', 'ra', 'arar', 'aara', 'rraa', 'arra']) {
    const told = new Map<unknown, string>()
    const all = new Promise<void>((resolve) => {
      const tell = ({ delivery }: EventContext, outcome: string): void => {
        told.set(delivery, outcome)
        if (told.size === wanted.length) resolve()
      }
      sender.removeAllListeners().on('accepted', (context: EventContext) => tell(context, 'a'))
      sender.on('rejected', (context: EventContext) => tell(context, 'r'))
    })
    const sent = [...wanted].map((outcome) => sender.send(outcome === 'a' ? good : Buffer.from('bad'), undefined, 0))
    await all
    assert.equal(sent.map((delivery) => told.get(delivery)).join(''), wanted)
  }
  assert.equal((await producer().getPartitionProperties('0')).lastEnqueuedSequenceNumber, 10)
})

test('a reader gets no more than it gave credit for, settled already', async (t) => {
  const { client, send } = await signedIn(t)
  await send(numbered(0, 99))
  const receiver = await client.receiver(reader)
  const arrived: number[] = []
  const settled: boolean[] = []
  receiver.on('message', ({ message, delivery }: EventContext) => {
    arrived.push(Number(message!.message_annotations!['x-opt-sequence-number']))
    settled.push(Boolean(delivery!.remote_settled))
  })
  receiver.add_credit(7)
  while (arrived.length < 7) await once(receiver, 'message')
  await send(numbered(100, 100))
  receiver.add_credit(3)
  while (arrived.length < 10) await once(receiver, 'message')
  assert.deepEqual(arrived, range(0, 9))
  assert.deepEqual([...new Set(settled)], [true])
})

test('annotations have the types that Event Hubs gives them', async (t) => {
  const { client, send } = await signedIn(t)
  await send(numbered(0, 0), { partitionKey: 'a' })
  let annotations: Readonly<Record<string, unknown>> | undefined
  for (const partition of range(0, 3)) {
    const receiver = await client.receiver(`${hub}/ConsumerGroups/$Default/Partitions/${partition}`)
    receiver.on('message', ({ message }: EventContext) => {
      annotations = message!.message_annotations
    })
    receiver.add_credit(1)
  }
  while (annotations === undefined) await once(client.connection, 'message')
  assert.deepEqual(Object.keys(annotations).sort(), [
    'x-opt-enqueued-time',
    'x-opt-offset',
    'x-opt-partition-key',
    'x-opt-sequence-number',
  ])
  assert.equal(typeof annotations['x-opt-offset'], 'string')
  assert.ok(annotations['x-opt-enqueued-time'] instanceof Date)
})

test('a session that ends gives its readers’ places free', async (t) => {
  const { client, send, receive } = await signedIn(t)
  await send(numbered(0, 0))
  for (let i = 0; i < 5; i += 1) {
    const session = client.connection.create_session()
    session.begin()
    const receiver = session.open_receiver({ source: { address: reader }, credit_window: 0 })
    await once(receiver, 'receiver_open')
    session.close()
    await once(session, 'session_close')
  }
  assert.equal((await receive('0', 1)).length, 1)
})
