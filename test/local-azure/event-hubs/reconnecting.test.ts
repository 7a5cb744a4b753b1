import { EventHubProducerClient, type ReceivedEventData } from '@azure/event-hubs'
import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { createRequire } from 'node:module'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import rhea from 'rhea'
import { startEventHubs, type RunningEventHubs } from '../../../local/event-hubs/server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { amqpClient, placeIsFree, selector, tokenFor } from './amqp-client.ts'
import { clientsOf, defaultHubs, hub, numbered, range, sequences, testHubs, texts } from './support.ts'

const reader = `${hub}/ConsumerGroups/$Default/Partitions/0`

test('a reader and a producer outlive a restart of the server: no gap, nothing twice', async () => {
  const directory = temporaryFolder()
  const start = (port: number): Promise<RunningEventHubs> => startEventHubs({ port, directory, hubs: defaultHubs })
  let running = await start(0)
  const retryOptions = { maxRetries: 20, retryDelayInMs: 100, timeoutInMs: 5_000 }
  const producer = new EventHubProducerClient(running.connectionString, hub, { retryOptions })
  const { consumer, close } = clientsOf(running.connectionString)
  const events: ReceivedEventData[] = []
  const arrived = new EventEmitter()
  const subscription = consumer().subscribe(
    '0',
    {
      processEvents: async (batch) => {
        events.push(...batch)
        arrived.emit('any')
      },
      processError: async () => undefined,
    },
    { startPosition: { offset: '-1' }, maxWaitTimeInSeconds: 1, maxBatchSize: 50, skipParsingBodyAsJson: true },
  )
  const haveArrived = async (count: number): Promise<void> => {
    while (events.length < count) await once(arrived, 'any')
  }
  await producer.sendBatch(numbered(0, 9), { partitionId: '0' })
  await haveArrived(10)
  await running.close()
  running = await start(running.port)
  await producer.sendBatch(numbered(10, 19), { partitionId: '0' })
  await haveArrived(20)
  assert.deepEqual(sequences(events), range(0, 19))
  assert.deepEqual(texts(events), range(0, 19).map(String))
  await subscription.close()
  await producer.close()
  await close()
  await running.close()
})

test('a reader whose connection breaks reads on where it was', async (t) => {
  const { running, send } = await testHubs(t)
  await send(numbered(0, 19))
  const numbers: number[] = []
  for (let i = 0; i < 4; i += 1) {
    const client = await amqpClient(t, running.port)
    await client.putToken(tokenFor(hub))
    const filter = selector(`amqp.annotation.x-opt-sequence-number > '${numbers.at(-1) ?? -1}'`)
    const receiver = await client.receiver(reader, { source: { address: reader, filter } })
    receiver.add_credit(5)
    const before = numbers.length
    receiver.on('message', ({ message }) => {
      numbers.push(Number(message!.message_annotations!['x-opt-sequence-number']))
    })
    while (numbers.length < before + 5) await once(receiver, 'message')
    const ended = once(client.connection, 'disconnected')
    ;(client.connection as unknown as { socket: { destroy(error: Error): void } }).socket.destroy(new Error('broken'))
    await ended
  }
  assert.deepEqual(numbers, range(0, 19))
})

test('an idle client that asks for signs of life gets them again and again', async (t) => {
  const { running } = await testHubs(t)
  const socket = connect(running.port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.write(Buffer.from('AMQP\x00\x01\x00\x00', 'latin1'))
  socket.write(frames.write_frame(frames.amqp_frame(0, frames.open({ container_id: 'idle', idle_time_out: 60 }))))
  let received = Buffer.alloc(0)
  const signs = (): number => received.toString('hex').split(emptyFrame).length - 1
  while (signs() < 3) {
    const [bytes] = (await once(socket, 'data')) as [Buffer]
    received = Buffer.concat([received, bytes])
  }
})

const emptyFrame = '0000000802000000'

interface Frames {
  open(fields: object): unknown
  amqp_frame(channel: number, performative: unknown): unknown
  write_frame(frame: unknown): Buffer
}
const frames = createRequire(import.meta.url)('rhea/lib/frames.js') as Frames

test('a reader that has been idle for a while gets what comes then', async (t) => {
  const { send, consumer } = await testHubs(t)
  const arrived = new EventEmitter()
  let quiet = 0
  const subscription = consumer().subscribe(
    '0',
    {
      processEvents: async (events) => {
        if (events.length === 0) quiet += 1
        arrived.emit('any', events)
      },
      processError: async () => undefined,
    },
    { startPosition: { offset: '-1' }, maxWaitTimeInSeconds: 0.2, skipParsingBodyAsJson: true },
  )
  while (quiet < 3) await once(arrived, 'any')
  const next = once(arrived, 'any') as Promise<[ReceivedEventData[]]>
  await send(numbered(0, 0))
  let [events] = await next
  while (events.length === 0) [events] = (await once(arrived, 'any')) as [ReceivedEventData[]]
  assert.deepEqual(texts(events), ['0'])
  await subscription.close()
})

test('a client that gives no sign of life is cut off, and its partition is free', async (t) => {
  const { running, send } = await testHubs(t, { idleMs: 50 })
  await send(numbered(0, 0))
  const client = await amqpClient(t, running.port)
  await client.putToken(tokenFor(hub))
  await client.receiver(reader, { properties: { 'com.microsoft:epoch': rhea.types.wrap_long(7) } })
  const { socket } = client.connection as unknown as { socket: Socket }
  // It neither reads nor writes from here on: what the server announced is not heard.
  socket.pause()
  client.connection.local.open.idle_time_out = undefined
  socket.write = () => true
  const other = await amqpClient(t, running.port)
  await other.putToken(tokenFor(hub))
  await placeIsFree(other, reader)
})
