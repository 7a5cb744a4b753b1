import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientOf, send, testCosmos, type TestCosmos } from './support.ts'

const read = (cosmos: TestCosmos, path: string, token: string, more: Record<string, string> = {}): Promise<Response> =>
  send(cosmos, {
    path,
    headers: { 'x-ms-documentdb-partitionkey': '["a"]', 'x-ms-session-token': token, ...more },
  })

test('a read with a token ahead of the server answers 404 with sub-status 1002, until a write has caught up', async (t) => {
  const cosmos = await testCosmos(t)
  const items = await cosmos.container()
  await items.items.create({ id: '1', pk: 'a' })
  const docs = `dbs/test/colls/${items.id}/docs`
  assert.equal((await read(cosmos, `${docs}/1`, '0:-1#1')).status, 200)
  for (const path of [`${docs}/1`, docs]) {
    const ahead = await read(cosmos, path, '0:-1#2')
    assert.deepEqual([ahead.status, ahead.headers.get('x-ms-substatus')], [404, '1002'])
    assert.match(await ahead.text(), /The read session is not available for the input session token/)
  }
  assert.equal((await read(cosmos, docs, '0:-1#2', { 'a-im': 'Incremental Feed' })).status, 404)
  assert.equal((await read(cosmos, `${docs}/1`, '0:-1#2', { 'x-ms-consistency-level': 'Eventual' })).status, 200)
  await items.items.upsert({ id: '1', pk: 'a' })
  assert.equal((await read(cosmos, `${docs}/1`, '0:-1#2')).status, 200)
  assert.equal((await read(cosmos, `${docs}/1`, '7:-1#99,0:-1#2#1=2')).status, 200)
  assert.equal((await read(cosmos, `${docs}/1`, 'no token')).status, 400)
})

test('a token of one client makes sense to another', async (t) => {
  const { container, cosmos } = await testCosmos(t)
  const items = await container()
  const { headers } = await items.items.create({ id: '1', pk: 'a' })
  const sessionToken = String(headers['x-ms-session-token'])
  const other = clientOf(t, cosmos.connectionString).database('test').container(items.id)
  assert.equal((await other.item('1', 'a').read({ sessionToken })).statusCode, 200)
  // After 404 with 1002 the SDK reads once more without the token.
  assert.equal((await other.item('1', 'a').read({ sessionToken: '0:-1#999' })).statusCode, 200)
})

test('writes of all kinds, batches and reads return the token of the last transaction', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const tokens = [
    (await items.items.create({ id: '1', pk: 'a' })).headers,
    (await items.items.upsert({ id: '1', pk: 'a' })).headers,
    (await items.item('1', 'a').replace({ id: '1', pk: 'a' })).headers,
    (await items.item('1', 'a').patch([{ op: 'set', path: '/n', value: 1 }])).headers,
    (await items.items.batch([{ operationType: 'Upsert', resourceBody: { id: '2', pk: 'a' } }], 'a')).headers,
    (await items.item('1', 'a').delete()).headers,
    (await items.item('2', 'a').read()).headers,
  ].map((headers) => headers?.['x-ms-session-token'])
  assert.deepEqual(
    tokens,
    [1, 2, 3, 4, 5, 6, 6].map((lsn) => `0:-1#${lsn}`),
  )
})
