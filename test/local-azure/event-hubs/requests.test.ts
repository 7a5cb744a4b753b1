import rhea from 'rhea'
import type { Connection, Message } from 'rhea'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { encodedMessageId } from '../../../local/event-hubs/amqp-sections.ts'
import { nextMessages, request, signedInClient } from './amqp-client.ts'
import { hub, testHubs } from './support.ts'

const { types } = rhea
const readHub = { operation: 'READ', type: 'com.microsoft:eventhub', name: hub }

const connectionTo = async (t: TestContext): Promise<Connection> => {
  const { running } = await testHubs(t)
  return (await signedInClient(t, running.port, hub)).connection
}

/** What answers the request, as it is encoded, over a receiver that is opened so. */
const rawAnswer = async (connection: Connection, message: object, options: object = {}): Promise<Buffer> => {
  const sender = connection.open_sender('$management')
  const receiver = connection.open_receiver({
    source: { address: '$management' },
    target: { address: 'answers' },
    credit_window: 0,
    ...options,
  })
  await Promise.all([once(sender, 'sendable'), once(receiver, 'receiver_open')])
  const answer = nextMessages(receiver, 1)
  sender.send({ body: null, application_properties: readHub, ...message })
  const [bytes] = await answer
  receiver.close()
  sender.close()
  return bytes!
}

const ids: readonly [string, unknown, Buffer][] = [
  ['a string', 'id-1', Buffer.from('\xa1\x04id-1', 'latin1')],
  ['a small number', types.wrap_ulong(7), Buffer.from([0x53, 7])],
  [
    'a number beyond 2^53',
    types.wrap_ulong(Buffer.from('8000000000000001', 'hex')),
    Buffer.from('808000000000000001', 'hex'),
  ],
  ['a UUID', types.wrap_uuid(Buffer.alloc(16, 9)), Buffer.concat([Buffer.from([0x98]), Buffer.alloc(16, 9)])],
  ['binary', types.wrap_binary(Buffer.from([1, 2, 3])), Buffer.from([0xa0, 3, 1, 2, 3])],
]

for (const [name, id, encoded] of ids) {
  test(`an answer’s correlation id is the request’s message id as it came: ${name}`, async (t) => {
    const message = { message_id: id, reply_to: 'answers' }
    assert.deepEqual(encodedMessageId(rhea.message.encode(message as unknown as Message)), encoded)
    const bytes = await rawAnswer(await connectionTo(t), message)
    assert.ok(bytes.includes(encoded), bytes.toString('latin1'))
    const { correlation_id } = rhea.message.decode(bytes) as { correlation_id?: unknown }
    assert.notEqual(correlation_id, undefined)
  })
}

test('a request without a message id is answered too', async (t) => {
  const bytes = await rawAnswer(await connectionTo(t), { reply_to: 'answers' })
  assert.equal(rhea.message.decode(bytes).application_properties!['status-code'], 200)
})

test('the answer comes over the link whose address or whose name is given, or else over that of the node', async (t) => {
  const connection = await connectionTo(t)
  for (const [reply_to, options] of [
    ['answers', {}],
    ['any-name', { name: 'any-name' }],
    [undefined, {}],
  ] as const) {
    const bytes = await rawAnswer(connection, { reply_to, message_id: 'x' }, options)
    assert.equal(rhea.message.decode(bytes).application_properties!['status-code'], 200, reply_to)
  }
})

test('a request whose answer nobody takes is lost, and the next one is answered', async (t) => {
  const connection = await connectionTo(t)
  const sender = connection.open_sender('$management')
  await once(sender, 'sendable')
  sender.send({ body: null, message_id: 'x', reply_to: 'nowhere', application_properties: readHub })
  await once(sender, 'accepted')
  const answer = await request(connection, '$management', { application_properties: readHub })
  assert.equal(answer.application_properties!['status-code'], 200)
})

test('status codes are ints and error conditions are symbols', async (t) => {
  const connection = await connectionTo(t)
  const found = await rawAnswer(connection, { reply_to: 'answers' })
  assert.ok(found.includes(Buffer.from('\xa1\x0bstatus-code\x71\x00\x00\x00\xc8', 'latin1')))
  const properties = { ...readHub, name: 'nothing' }
  const missing = await rawAnswer(connection, { reply_to: 'answers', application_properties: properties })
  assert.ok(missing.includes(Buffer.from('\xa1\x0bstatus-code\x71\x00\x00\x01\x94', 'latin1')))
  assert.ok(missing.includes(Buffer.from('\xa1\x0ferror-condition\xa3\x0eamqp:not-found', 'latin1')))
})

test('the node of the hub answers as that of the namespace does', async (t) => {
  const connection = await connectionTo(t)
  for (const node of ['$management', `${hub}/$management`, `/${hub}/$management`]) {
    const { application_properties, body } = await request(connection, node, { application_properties: readHub })
    assert.equal(application_properties!['status-code'], 200, node)
    assert.equal((body as { name: string }).name, hub)
  }
})

test('bytes that are no message are rejected and the node goes on', async (t) => {
  const connection = await connectionTo(t)
  for (const node of ['$cbs', '$management']) {
    const sender = connection.open_sender(node)
    await once(sender, 'sendable')
    sender.send(Buffer.from([0x00, 0x53]), undefined, 0)
    await once(sender, 'rejected')
  }
  const answer = await request(connection, '$management', { application_properties: readHub })
  assert.equal(answer.application_properties!['status-code'], 200)
})
