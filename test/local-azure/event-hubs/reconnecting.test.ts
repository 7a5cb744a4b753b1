import { EventHubProducerClient, type ReceivedEventData } from '@azure/event-hubs'
import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import rhea from 'rhea'
import { startEventHubs, type RunningEventHubs } from '../../../local/event-hubs/server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { amqpClient, selector, tokenFor } from './amqp-client.ts'
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

test('an idle client that asks for signs of life gets them, and its links stay open', async (t) => {
  const { running, send } = await testHubs(t)
  // A rhea client ends a connection on which nothing came for twice its idle timeout.
  const client = await amqpClient(t, running.port, { idle_time_out: 40 })
  let ended = false
  client.connection.on('disconnected', () => (ended = true))
  await client.putToken(tokenFor(hub))
  const receiver = await client.receiver(reader)
  await new Promise((resolve) => setTimeout(resolve, 400))
  assert.equal(ended, false)
  receiver.add_credit(1)
  await Promise.all([once(receiver, 'message'), send(numbered(0, 0))])
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
  for (;;) {
    const refused = await other.receiver(reader).then(
      () => undefined,
      ({ message }: Error) => message,
    )
    if (refused === undefined) break
    assert.equal(refused, 'amqp:link:stolen')
  }
})
