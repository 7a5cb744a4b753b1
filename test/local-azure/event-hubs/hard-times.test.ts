import rhea from 'rhea'
import type { Delivery, EventContext, Receiver, Session } from 'rhea'
import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { startEventHubs } from '../../../local/event-hubs/server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { nextMessages, placeIsFree, request, signedInClient } from './amqp-client.ts'
import { clientsOf, defaultHubs, hub, numbered, range, sequences, testHubs, texts } from './support.ts'

const reader = `${hub}/ConsumerGroups/$Default/Partitions/0`

/** The server's ends of the connections that are taken in from here on. */
const serverSockets = (t: TestContext): readonly Socket[] => {
  const sockets: Socket[] = []
  const taken = (message: unknown): void => {
    sockets.push((message as { readonly socket: Socket }).socket)
  }
  subscribe('net.server.socket', taken)
  t.after(() => unsubscribe('net.server.socket', taken))
  return sockets
}

const saslHeader = Buffer.from('AMQP\x03\x01\x00\x00', 'latin1')
const amqpHeader = Buffer.from('AMQP\x00\x01\x00\x00', 'latin1')

/** What the server must not survive by luck: each ends with the server ending the connection. */
const garbage: readonly [string, Buffer][] = [
  ['another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['another version', Buffer.from('AMQP\x00\x02\x00\x00\x00\x00\x00\x00', 'latin1')],
  ['an unknown layer', Buffer.from('AMQP\x09\x01\x00\x00\x00\x00\x00\x00', 'latin1')],
  ['a frame of size 0', Buffer.concat([amqpHeader, Buffer.alloc(16)])],
  ['a frame of 4 GiB', Buffer.concat([amqpHeader, Buffer.alloc(16, 0xff)])],
  ['a frame just above the limit', Buffer.concat([amqpHeader, Buffer.from([0, 1, 0, 1, 2, 0, 0, 0])])],
  [
    'a frame without a performative that there is',
    Buffer.concat([amqpHeader, Buffer.from('0000000c02000000005399c0', 'hex')]),
  ],
  [
    'a performative on a channel without a session',
    Buffer.concat([amqpHeader, Buffer.from('0000000e0200000000531245', 'hex'), Buffer.alloc(9)]),
  ],
  ['SASL with noise', Buffer.concat([saslHeader, Buffer.from('0000001002010000005399c0ffffffff', 'hex')])],
]

/** It reads, and does not care what. */
const deafSocket = (port: number): Socket => {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  return socket.resume()
}

for (const [name, bytes] of garbage) {
  test(`a client that sends ${name} is cut off, and others go on`, async (t) => {
    const { running, send } = await testHubs(t)
    await send(numbered(0, 0))
    const socket = deafSocket(running.port)
    socket.write(bytes)
    await once(socket, 'close')
    await send(numbered(1, 1))
  })
}

test('noise of any kind does not bring the server down', async (t) => {
  const taken = serverSockets(t)
  const { running, send, receive } = await testHubs(t)
  const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))
  const opened = Buffer.from('0000001702000000005310c00a01a107636c69656e742d31', 'hex')
  const kinds = fc.oneof(
    noise,
    noise.map((bytes) => Buffer.concat([amqpHeader, bytes])),
    noise.map((bytes) => Buffer.concat([saslHeader, bytes])),
    noise.map((bytes) => Buffer.concat([amqpHeader, opened, bytes])),
  )
  const before = taken.length
  for (const bytes of fc.sample(kinds, { seed: 5, numRuns: 300 })) {
    const socket = deafSocket(running.port)
    socket.end(bytes)
    await once(socket, 'close')
  }
  await send(numbered(0, 4))
  assert.deepEqual(sequences(await receive('0', 5)), range(0, 4))
  assert.ok(taken.slice(before, before + 300).every(({ destroyed }) => destroyed))
})

/** Passes connections on to the port in pieces of few bytes. */
const dribble = async (t: TestContext, port: number): Promise<number> => {
  let seed = 1
  const pieces = (from: Socket, to: Socket): void => {
    from.on('data', (bytes: Buffer) => {
      for (let at = 0; at < bytes.length;) {
        seed = (seed * 48_271) % 2_147_483_647
        const size = 1 + (seed % 13)
        to.write(bytes.subarray(at, at + size))
        at += size
      }
    })
    from.on('close', () => to.destroy())
    from.on('error', () => undefined)
  }
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port, host: '127.0.0.1', noDelay: true })
    pieces(client, upstream)
    pieces(upstream, client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

test('frames may come in pieces of any size', async (t) => {
  const { running } = await testHubs(t)
  const port = await dribble(t, running.port)
  const { send, receive, close } = clientsOf(running.connectionString.replace(`:${running.port}`, `:${port}`))
  for (let i = 0; i < 100; i += 10) await send(numbered(i, i + 9))
  const events = await receive('0', 100)
  assert.deepEqual(texts(events), range(0, 99).map(String))
  await close()
})

test('for a consumer that grants credit and does not read the server keeps little, and it gets all in the end', async (t) => {
  const taken = serverSockets(t)
  const { running, send } = await testHubs(t)
  const body = Buffer.alloc(100_000, 'x')
  for (let i = 0; i < 30; i += 1) await send(Array.from({ length: 10 }, () => ({ body })))
  const client = await signedInClient(t, running.port, hub)
  const served = taken.at(-1)!
  const receiver = await client.receiver(reader)
  let most = 0
  const watch = setInterval(() => (most = Math.max(most, served.writableLength)), 5)
  const { socket } = client.connection as unknown as { readonly socket: Socket }
  receiver.add_credit(1_000_000)
  await sleep(20)
  socket.pause()
  await sleep(300)
  for (let i = 0; i < 20; i += 1) await send(numbered(i, i))
  clearInterval(watch)
  assert.ok(served.listenerCount('drain') < 5)
  assert.ok(most > 0 && most < 8_000_000, `${most} bytes wait`)
  const arrived: number[] = []
  receiver.on('message', ({ message }: EventContext) => {
    arrived.push(Number(message!.message_annotations!['x-opt-sequence-number']))
  })
  socket.resume()
  while (arrived.at(-1) !== 319) await once(receiver, 'message')
})

test('a consumer whose session takes only a few frames at a time gets all', async (t) => {
  const { running, send } = await testHubs(t)
  await send(numbered(0, 999))
  const client = await signedInClient(t, running.port, hub)
  const session = (client.connection as unknown as { create_session(size: object): Session }).create_session({
    incoming: 8,
    outgoing: 8,
  })
  session.begin()
  const receiver = session.open_receiver({ source: { address: reader }, credit_window: 1_000 })
  const arrived: number[] = []
  await new Promise<void>((resolve) => {
    receiver.on('message', ({ message }: EventContext) => {
      arrived.push(Number(message!.message_annotations!['x-opt-sequence-number']))
      if (arrived.length === 1_000) resolve()
    })
  })
  assert.deepEqual(arrived, range(0, 999))
})

test('a consumer that grants credit late begins where it asked to, whatever came meanwhile', async (t) => {
  const { running, send } = await testHubs(t)
  await send(numbered(0, 9))
  const client = await signedInClient(t, running.port, hub)
  const receiver = await client.receiver(reader)
  // More than the server keeps in memory.
  for (let i = 0; i < 20_000; i += 2_000) await send(numbered(i, i + 1_999))
  const messages = await nextMessages(receiver, 20_010)
  const found = messages.map((bytes) => {
    const { message_annotations } = rhea.message.decode(bytes)
    return Number(message_annotations!['x-opt-sequence-number'])
  })
  assert.deepEqual(found, range(0, 20_009))
})

test('a consumer that settles nothing gets a session’s fill, and the rest when it settles', async (t) => {
  const { running, send } = await testHubs(t)
  for (let i = 0; i < 3_000; i += 1_000) await send(numbered(i, i + 999))
  const client = await signedInClient(t, running.port, hub)
  const receiver = await client.receiver(reader, { snd_settle_mode: 0, credit_window: 3_000 })
  const open: Delivery[] = []
  let count = 0
  await new Promise<void>((resolve) => {
    receiver.on('message', ({ delivery }: EventContext) => {
      open.push(delivery!)
      count += 1
      if (count === 3_000) resolve()
      // By the server's session no more are under way at once.
      if (open.length === 2_048) for (const each of open.splice(0)) each.accept()
    })
  })
  assert.equal(count, 3_000)
})

test('an answer without credit waits for it, and holds up no one', async (t) => {
  const { running, send } = await testHubs(t)
  await send(numbered(0, 2))
  const client = await signedInClient(t, running.port, hub)
  const answers = client.connection.open_receiver({
    source: { address: '$management' },
    target: { address: 'mine' },
    credit_window: 0,
  })
  await once(answers, 'receiver_open')
  const read = { operation: 'READ', type: 'com.microsoft:eventhub', name: hub }
  const asking = client.connection.open_sender('$management')
  await once(asking, 'sendable')
  asking.send({ body: null, message_id: 'waits', reply_to: 'mine', application_properties: read })
  await once(asking, 'accepted')
  await request(client.connection, '$management', { application_properties: read })
  const receiver = await client.receiver(reader)
  assert.equal((await nextMessagesDecoded(receiver, 3)).length, 3)
  answers.add_credit(1)
  const [{ message }] = (await once(answers, 'message')) as [EventContext]
  assert.equal(message!.correlation_id, 'waits')
})

const nextMessagesDecoded = async (receiver: Receiver, count: number): Promise<unknown[]> => {
  const messages: unknown[] = []
  receiver.on('message', ({ message }: EventContext) => messages.push(message))
  receiver.add_credit(count)
  while (messages.length < count) await once(receiver, 'message')
  return messages
}

test('thousands of links on one connection are served, and leave nothing when they are closed', async (t) => {
  const { running, send } = await testHubs(t)
  const client = await signedInClient(t, running.port, hub)
  for (const count of [2_000, 500]) {
    const links = range(0, count - 1).map((i) => client.connection.open_sender(`${hub}/Partitions/${i % 4}`))
    await Promise.all(links.map((link) => once(link, 'sender_open')))
    const last = links.at(-1)!
    last.send({ body: rhea.message.data_section(Buffer.from('x')) })
    await once(last, 'accepted')
    const closed = links.map((link) => once(link, 'sender_close'))
    for (const link of links) link.close()
    await Promise.all(closed)
  }
  await send(numbered(0, 0))
})

test('readers that come and go by the hundreds leave their places free', async (t) => {
  const { running } = await testHubs(t)
  const client = await signedInClient(t, running.port, hub)
  for (let i = 0; i < 300; i += 1) {
    const receiver: Receiver = await client.receiver(reader)
    const closed = once(receiver, 'receiver_close')
    receiver.close()
    await closed
  }
})

test('a consumer whose machine goes silent with its side half closed loses its place', async (t) => {
  const { running } = await testHubs(t)
  const client = await signedInClient(t, running.port, hub)
  await client.receiver(reader, { properties: { 'com.microsoft:epoch': rhea.types.wrap_long(5) } })
  const { socket } = client.connection as unknown as { readonly socket: Socket & { allowHalfOpen: boolean } }
  socket.allowHalfOpen = true
  socket.end()
  const other = await signedInClient(t, running.port, hub)
  await placeIsFree(other, reader)
})

test('a connection that never opens is cut off after the idle time', async (t) => {
  const { running } = await testHubs(t, { idleMs: 50 })
  const socket = deafSocket(running.port)
  socket.write(amqpHeader)
  await once(socket, 'close')
})

test('a hub of 32 partitions takes and gives events in all of them at once', async (t) => {
  const partitions = range(0, 31).map(String)
  const { send, producer, consumer } = await testHubs(t, {
    hubs: [{ name: hub, partitions: 32, consumerGroups: [] }],
  })
  assert.deepEqual(await producer().getPartitionIds(), partitions)
  await Promise.all(partitions.map((partitionId) => send(numbered(0, 19), { partitionId })))
  const found = new Map(partitions.map((partition) => [partition, [] as number[]]))
  await new Promise<void>((resolve, reject) => {
    const subscription = consumer().subscribe(
      {
        processEvents: async (events, { partitionId }) => {
          found.get(partitionId)!.push(...sequences(events))
          if ([...found.values()].every(({ length }) => length >= 20)) {
            // Not waited for: it waits for this very handler.
            void subscription.close().then(resolve)
          }
        },
        processError: async (error) => reject(error),
      },
      { startPosition: { offset: '-1' }, maxBatchSize: 20, maxWaitTimeInSeconds: 1 },
    )
  })
  for (const partition of partitions) assert.deepEqual(found.get(partition), range(0, 19), partition)
})

test('when it has ended no timer of a connection is left to hold up the process', async () => {
  const running = await startEventHubs({ port: 0, directory: temporaryFolder(), hubs: defaultHubs })
  const before = timers()
  const container = rhea.create_container()
  const connection = container.connect({
    host: '127.0.0.1',
    port: running.port,
    reconnect: false,
    idle_time_out: 60_000,
  })
  connection.on('disconnected', () => undefined)
  await once(connection, 'connection_open')
  const ended = once(connection, 'disconnected')
  assert.ok(timers() > before)
  await running.close()
  await ended
  assert.ok(timers() <= before)
})

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

test('names of hubs that differ in case alone are refused', async () => {
  const hubs = ['readings', 'Readings'].map((name) => ({ name, partitions: 1, consumerGroups: [] }))
  await assert.rejects(startEventHubs({ port: 0, directory: temporaryFolder(), hubs }), {
    message: 'Hub Readings is configured twice: names that differ in case alone are the same.',
  })
})

test('a hub has at least one and at most 32 partitions', async () => {
  for (const partitions of [0, 33, 1.5, NaN]) {
    const hubs = [{ name: hub, partitions, consumerGroups: [] }]
    await assert.rejects(startEventHubs({ port: 0, directory: temporaryFolder(), hubs }), {
      message: `Hub readings: expected a whole number of partitions from 1 to 32, not ${partitions}.`,
    })
  }
})
