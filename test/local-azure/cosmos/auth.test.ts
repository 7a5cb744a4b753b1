import { CosmosClient } from '@azure/cosmos'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientOf, rejectsWith, testCosmos } from './support.ts'

test('another key than the account has is refused with 401', async (t) => {
  const { cosmos } = await testCosmos(t)
  const client = new CosmosClient({ endpoint: cosmos.endpoint, key: Buffer.from('another key').toString('base64') })
  t.after(() => client.dispose())
  await rejectsWith(client.databases.readAll().fetchAll(), 401)
})

test('a key of our own choice works and goes into the connection string', async (t) => {
  const key = Buffer.from('our own key').toString('base64')
  const { cosmos } = await testCosmos(t, { key })
  assert.ok(cosmos.connectionString.endsWith(`;AccountKey=${key};`))
  assert.deepEqual((await clientOf(t, cosmos.connectionString).databases.readAll().fetchAll()).resources, [])
})

test('a request without a signature is refused with 401', async (t) => {
  const { cosmos } = await testCosmos(t)
  assert.equal((await fetch(`${cosmos.endpoint}dbs`)).status, 401)
  assert.equal(
    (await fetch(`${cosmos.endpoint}dbs`, { headers: { 'x-ms-date': new Date().toUTCString() } })).status,
    401,
  )
})

test('a signature whose date is more than 15 minutes off is refused with 403', async (t) => {
  const { client, advance } = await testCosmos(t)
  advance(14 * 60)
  assert.deepEqual((await client.databases.readAll().fetchAll()).resources, [])
  advance(2 * 60)
  await rejectsWith(client.databases.readAll().fetchAll(), 403)
})
