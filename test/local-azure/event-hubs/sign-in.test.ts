import rhea from 'rhea'
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { amqpClient, putToken, request, signedInClient, tokenFor } from './amqp-client.ts'
import { hub, testHubs } from './support.ts'

const keyName = 'RootManageSharedAccessKey'
const key = 'SAS_KEY_VALUE'

/** A client's side of a mechanism that sends this at the start. */
const mechanism = (name: string, response: string): object => ({
  sasl_mechanisms: {
    [name]: () => ({
      start: (done: (error: undefined, response: Buffer) => void) => done(undefined, Buffer.from(response)),
    }),
  },
})

for (const name of ['MSSBCBS', 'ANONYMOUS', 'EXTERNAL']) {
  test(`after ${name} a client may do nothing until it has shown a token`, async (t) => {
    const { running } = await testHubs(t)
    const client = await amqpClient(t, running.port, mechanism(name, ''))
    await assert.rejects(client.sender(hub), { message: 'amqp:unauthorized-access' })
    assert.equal(await client.putToken(tokenFor(hub)), 202)
    await client.sender(hub)
  })
}

test('with the key’s name and the key a client signs in by PLAIN and needs no token', async (t) => {
  const { running } = await testHubs(t)
  const client = await amqpClient(t, running.port, { username: keyName, password: key })
  await client.sender(hub)
  await client.receiver(`${hub}/ConsumerGroups/$Default/Partitions/0`)
  const read = { operation: 'READ', type: 'com.microsoft:eventhub', name: hub }
  const { application_properties } = await request(client.connection, '$management', { application_properties: read })
  assert.equal(application_properties!['status-code'], 200)
})

test('by PLAIN another key, another name or anything else is refused', async (t) => {
  const { running } = await testHubs(t)
  for (const response of [`\0${keyName}\0other`, `\0Other\0${key}`, `\0${keyName}`, '', `\0${keyName}\0${key}x`]) {
    const container = rhea.create_container()
    const options = { host: '127.0.0.1', port: running.port, reconnect: false, ...mechanism('PLAIN', response) }
    const connection = container.connect(options)
    for (const event of ['connection_close', 'disconnected']) connection.on(event, () => undefined)
    const [{ error }] = (await once(connection, 'connection_error')) as [{ error: { condition: string } }]
    assert.equal(error.condition, 'amqp:unauthorized-access', response)
  }
})

test('one client’s sign-in is not another’s', async (t) => {
  const { running } = await testHubs(t)
  await amqpClient(t, running.port, { username: keyName, password: key })
  const other = await amqpClient(t, running.port)
  await assert.rejects(other.sender(hub), { message: 'amqp:unauthorized-access' })
})

/** A token for a resource that is written as it stands here. */
const tokenOf = (resource: string, sign: (signature: string) => string = encodeURIComponent): string => {
  const expiry = Math.floor(Date.now() / 1_000) + 60
  const signature = createHmac('sha256', key).update(`${resource}\n${expiry}`).digest('base64')
  return `SharedAccessSignature sr=${resource}&sig=${sign(signature)}&se=${expiry}&skn=${keyName}`
}

const lowerEscapes = (text: string): string =>
  encodeURIComponent(text).replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase())

const resources: readonly string[] = [
  encodeURIComponent(`sb://127.0.0.1/${hub}`),
  encodeURIComponent(`amqp://127.0.0.1/${hub}`),
  encodeURIComponent(`amqps://127.0.0.1:5671/${hub}/`),
  encodeURIComponent(`https://localhost/${hub.toUpperCase()}`),
  encodeURIComponent(`127.0.0.1/${hub}`),
  lowerEscapes(`sb://127.0.0.1/${hub}`),
  `sb://127.0.0.1/${hub}`,
  encodeURIComponent('sb://127.0.0.1/'),
  encodeURIComponent('sb://127.0.0.1'),
  '127.0.0.1',
]

test('a token may write its resource as the SDKs of all languages do', async (t) => {
  const { running } = await testHubs(t)
  for (const resource of resources) {
    const client = await amqpClient(t, running.port)
    assert.equal(await client.putToken(tokenOf(resource)), 202, resource)
    await client.sender(hub)
    client.connection.close()
  }
})

test('a signature whose padding is not percent-encoded is read whole', async (t) => {
  const { running } = await testHubs(t)
  const client = await amqpClient(t, running.port)
  const unpadded = (signature: string): string => encodeURIComponent(signature).replaceAll('%3D', '=')
  assert.equal(await client.putToken(tokenOf(encodeURIComponent(`sb://h/${hub}`), unpadded)), 202)
})

test('tokens for a partition, a publisher or a reader are good for that link alone', async (t) => {
  const { running } = await testHubs(t)
  const reader = `${hub}/ConsumerGroups/$Default/Partitions/0`
  const publisher = await signedInClient(t, running.port, `${hub}/publishers/device-1`)
  await publisher.sender(`${hub}/Publishers/device-1`)
  await assert.rejects(publisher.sender(`${hub}/Publishers/device-2`), { message: 'amqp:unauthorized-access' })
  const consumer = await signedInClient(t, running.port, reader)
  await consumer.receiver(reader)
  await assert.rejects(consumer.receiver(`${reader.slice(0, -1)}1`), { message: 'amqp:unauthorized-access' })
})

const statusOf = async (t: TestContext, message: object): Promise<unknown> => {
  const { running } = await testHubs(t)
  const { connection } = await amqpClient(t, running.port)
  const { application_properties } = await request(connection, '$cbs', message)
  return application_properties!['status-code']
}

test('tokens of other types, other operations and bodies that are no text are refused', async (t) => {
  const jwt = { body: 'eyJ', application_properties: { ...putToken, type: 'jwt' } }
  assert.equal(await statusOf(t, jwt), 401)
  assert.equal(await statusOf(t, { body: tokenFor(hub), application_properties: { operation: 'other' } }), 501)
  assert.equal(await statusOf(t, { body: tokenFor(hub) }), 501)
  assert.equal(await statusOf(t, { body: { a: 1 }, application_properties: putToken }), 401)
  assert.equal(await statusOf(t, { application_properties: putToken }), 401)
})
