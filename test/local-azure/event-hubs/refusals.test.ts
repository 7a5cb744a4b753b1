import assert from 'node:assert/strict'
import { connect, createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { test } from 'node:test'
import { startEventHubs } from '../../../local/event-hubs/server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { defaultHubs, readingFailsWith, testHubs } from './support.ts'

const withKey = (connectionString: string, key: string): string =>
  connectionString.replace(/SharedAccessKey=[^;]*/, `SharedAccessKey=${key}`)

test('the connection string names the key and no hub', async (t) => {
  const { running } = await testHubs(t, { key: 'bXkga2V5' })
  assert.equal(
    running.connectionString,
    `Endpoint=sb://127.0.0.1:${running.port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=bXkga2V5;UseDevelopmentEmulator=true;`,
  )
})

test('another key is refused to producers, to consumers and to who asks for properties', async (t) => {
  const { running, producer, consumer } = await testHubs(t)
  const wrong = withKey(running.connectionString, 'WRONG')
  const sending = producer(wrong)
  await assert.rejects(sending.sendBatch([{ body: 'x' }]), { code: 'UnauthorizedError' })
  await assert.rejects(sending.getEventHubProperties(), { code: 'UnauthorizedError' })
  assert.equal(await readingFailsWith(consumer('$Default', wrong)), 'UnauthorizedError')
})

test('another key name is refused', async (t) => {
  const { running, producer } = await testHubs(t)
  const wrong = running.connectionString.replace('RootManageSharedAccessKey', 'Other')
  await assert.rejects(producer(wrong).sendBatch([{ body: 'x' }]), { code: 'UnauthorizedError' })
})

test('an unknown hub is not found', async (t) => {
  const { producer, consumer } = await testHubs(t)
  const client = producer(undefined, 'nothing')
  await assert.rejects(client.sendBatch([{ body: 'x' }]), { code: 'MessagingEntityNotFoundError' })
  await assert.rejects(client.getEventHubProperties(), { code: 'MessagingEntityNotFoundError' })
  assert.equal(await readingFailsWith(consumer('$Default', undefined, 'nothing')), 'MessagingEntityNotFoundError')
})

test('an unknown consumer group or partition is not found', async (t) => {
  const { producer, consumer } = await testHubs(t)
  assert.equal(await readingFailsWith(consumer('nothing')), 'MessagingEntityNotFoundError')
  for (const partition of ['4', '-1', '00', '0x1', 'x']) {
    assert.equal(await readingFailsWith(consumer(), partition), 'MessagingEntityNotFoundError', partition)
    const client = producer()
    await assert.rejects(client.sendBatch([{ body: 'x' }], { partitionId: partition }), {
      code: 'MessagingEntityNotFoundError',
    })
    await assert.rejects(client.getPartitionProperties(partition), { code: 'MessagingEntityNotFoundError' })
  }
})

test('a port in use is named in the error, and the folder can be used afterwards', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  t.after(() => taken.close())
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const directory = temporaryFolder()
  await assert.rejects(startEventHubs({ port, directory, hubs: defaultHubs }), (error: Error) => {
    assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${port}: the port is taken`))
    assert.equal((error.cause as NodeJS.ErrnoException).code, 'EADDRINUSE')
    return true
  })
  await testHubs(t, { directory })
})

test('a client that only connects does not hold up the end', async () => {
  const running = await startEventHubs({ port: 0, directory: temporaryFolder(), hubs: defaultHubs })
  const socket = connect(running.port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  const ended = once(socket, 'close')
  await running.close()
  await ended
})

test('a client that speaks another protocol is cut off and others go on', async (t) => {
  const { running, send } = await testHubs(t)
  const socket = connect(running.port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write('GET / HTTP/1.1\r\n\r\n')
  socket.resume()
  await once(socket, 'close')
  await send([{ body: 'x' }])
})
