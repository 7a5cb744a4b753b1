import assert from 'node:assert/strict'
import { test } from 'node:test'
import { amqpClient, tokenFor } from './amqp-client.ts'
import { hub, testHubs } from './support.ts'

const reader = `${hub}/ConsumerGroups/$Default/Partitions/0`

test('a link without a token is refused', async (t) => {
  const { running } = await testHubs(t)
  const client = await amqpClient(t, running.port)
  for (const address of [hub, `${hub}/Partitions/0`]) {
    await assert.rejects(client.sender(address), { message: 'amqp:unauthorized-access' }, address)
  }
  await assert.rejects(client.receiver(reader), { message: 'amqp:unauthorized-access' })
})

test('a token is checked: its signature, its time, its key name and its form', async (t) => {
  const { running } = await testHubs(t)
  const client = await amqpClient(t, running.port)
  const bad = [
    tokenFor(hub, { key: 'other' }),
    tokenFor(hub, { expiresIn: -1 }),
    tokenFor(hub, { name: 'Other' }),
    tokenFor(hub).replace(/se=\d+/, 'se=9999999999'),
    tokenFor(hub).replace(/sr=[^&]+/, 'sr=sb%3A%2F%2F127.0.0.1%2Fother'),
    tokenFor(hub).replace(/sig=[^&]+/, 'sig=%'),
    tokenFor(hub).replace(/&sig=[^&]+/, ''),
    'SharedAccessSignature',
    'Bearer x',
    '',
  ]
  for (const token of bad) assert.equal(await client.putToken(token), 401, token)
  await assert.rejects(client.sender(hub), { message: 'amqp:unauthorized-access' })
  assert.equal(await client.putToken(tokenFor(hub)), 202)
  await client.sender(hub)
})

test('a token is good for what it names and all below it, and for nothing else', async (t) => {
  const hubs = [hub, `${hub}2`].map((name) => ({ name, partitions: 1, consumerGroups: [] }))
  const { running } = await testHubs(t, { hubs })
  const open = async (path: string, address: string): Promise<string> => {
    const client = await amqpClient(t, running.port)
    assert.equal(await client.putToken(tokenFor(path)), 202)
    return client.sender(address).then(
      () => 'open',
      ({ message }: Error) => message,
    )
  }
  assert.equal(await open(hub, `${hub}/Partitions/0`), 'open')
  assert.equal(await open('', `${hub}/Partitions/0`), 'open')
  assert.equal(await open(hub, `${hub}2`), 'amqp:unauthorized-access')
  assert.equal(await open(`${hub}/Partitions/0`, hub), 'amqp:unauthorized-access')
})
