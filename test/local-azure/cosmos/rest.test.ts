/** What clients in other languages send: the documented wire formats rather than one SDK's. */
import type { Container } from '@azure/cosmos'
import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { test, type TestContext } from 'node:test'
import { hierarchical, send, signature, stored, testCosmos, type TestCosmos } from './support.ts'

const filled = async (
  t: TestContext,
): Promise<{ readonly cosmos: TestCosmos; readonly items: Container; readonly docs: string }> => {
  const cosmos = await testCosmos(t)
  const items = await cosmos.container()
  for (const id of ['1', '2', '3']) await items.items.create({ id, pk: 'a', n: Number(id) })
  return { cosmos, items, docs: `dbs/test/colls/${items.id}/docs` }
}

const json = async (answer: Response): Promise<Record<string, unknown>> =>
  (await answer.json()) as Record<string, unknown>

const idsOf = async (answer: Response): Promise<readonly unknown[]> =>
  ((await json(answer))['Documents'] as { id: string }[]).map(({ id }) => id)

test('header names come in any case, the partition key with any spacing', async (t) => {
  const { cosmos, docs } = await filled(t)
  const answer = await send(cosmos, {
    path: `${docs}/1`,
    headers: { 'X-MS-DocumentDB-PartitionKey': ' [ "a" ] ', 'x-ms-version': '2018-12-31' },
  })
  assert.equal(answer.status, 200)
  assert.equal((await json(answer))['n'], 1)
  assert.match(answer.headers.get('etag') ?? '', /^".+"$/)
  for (const name of ['x-ms-request-charge', 'x-ms-session-token', 'x-ms-activity-id', 'lsn', 'x-ms-content-path']) {
    assert.ok(answer.headers.has(name), name)
  }
})

test('every answer names the activity that the client named', async (t) => {
  const { cosmos, docs } = await filled(t)
  const headers = {
    'x-ms-documentdb-partitionkey': '["a"]',
    'x-ms-activity-id': '6d3d8e3c-0000-4000-8000-000000000001',
  }
  const answer = await send(cosmos, { path: `${docs}/none`, headers })
  assert.equal(answer.status, 404)
  assert.equal(answer.headers.get('x-ms-activity-id'), headers['x-ms-activity-id'])
})

test('errors have a code and a message', async (t) => {
  const { cosmos, docs } = await filled(t)
  const cases: readonly (readonly [number, string, Promise<Response>])[] = [
    [404, 'NotFound', send(cosmos, { path: `${docs}/none`, headers: { 'x-ms-documentdb-partitionkey': '["a"]' } })],
    [400, 'BadRequest', send(cosmos, { path: `${docs}/1` })],
    [400, 'BadRequest', send(cosmos, { path: `${docs}/1`, headers: { 'x-ms-documentdb-partitionkey': 'a' } })],
    [400, 'BadRequest', send(cosmos, { method: 'POST', path: 'dbs', body: '{"id":' })],
    [400, 'BadRequest', send(cosmos, { method: 'POST', path: 'dbs', body: '[]' })],
    [401, 'Unauthorized', send(cosmos, { path: 'dbs', headers: { authorization: 'type=aad&ver=1.0&sig=token' } })],
    [401, 'Unauthorized', send(cosmos, { path: 'dbs', signed: { link: 'other' } })],
    [403, 'Forbidden', send(cosmos, { path: 'dbs', signed: { date: 'Sun, 06 Nov 1994 08:49:37 GMT' } })],
    [404, 'NotFound', send(cosmos, { path: 'nothing/like/this' })],
    [405, 'MethodNotAllowed', send(cosmos, { method: 'DELETE', path: 'dbs' })],
    [405, 'MethodNotAllowed', send(cosmos, { method: 'PUT', path: 'dbs/test' })],
    [404, 'NotFound', send(cosmos, { method: 'POST', path: `${docs.replace('/docs', '/sprocs')}`, body: { id: 'x' } })],
  ]
  for (const [status, code, answer] of cases) {
    const { status: found, headers } = await answer
    const body = await json(await answer)
    assert.deepEqual([found, body['code']], [status, code], JSON.stringify(body))
    assert.equal(typeof body['message'], 'string')
    assert.equal(headers.get('content-type'), 'application/json')
  }
})

test('databases, containers and items can be addressed by their _rid, signed by it in lower case', async (t) => {
  const { cosmos, items } = await filled(t)
  const database = (await items.database.read()).resource?._rid ?? ''
  const container = (await items.read()).resource?._rid ?? ''
  const item = (await stored(items, '2', 'a'))?.['_rid'] as string
  const path = `dbs/${database}/colls/${container}`
  const partitionKey = { 'x-ms-documentdb-partitionkey': '["a"]' }
  const read = await send(cosmos, { path, signed: { link: container.toLowerCase() } })
  assert.equal((await json(read))['id'], items.id)
  const document = await send(cosmos, {
    path: `${path}/docs/${item}`,
    headers: partitionKey,
    signed: { link: item.toLowerCase() },
  })
  assert.equal((await json(document))['n'], 2)
  const created = await send(cosmos, {
    method: 'POST',
    path: `${path}/docs`,
    headers: partitionKey,
    body: { id: 'new', pk: 'a' },
    signed: { link: container.toLowerCase() },
  })
  assert.equal(created.status, 201)
  const deleted = await send(cosmos, {
    method: 'DELETE',
    path: `${path}/docs/${item}`,
    headers: partitionKey,
    signed: { link: item.toLowerCase() },
  })
  assert.equal(deleted.status, 204)
  const missing = await send(cosmos, {
    path: `${path}/docs/${item}`,
    headers: partitionKey,
    signed: { link: item.toLowerCase() },
  })
  assert.equal(missing.status, 404)
})

test('a signature over the date header alone is taken, of any case of its parts', async (t) => {
  const { cosmos } = await filled(t)
  const date = new Date().toUTCString()
  const authorization = signature(cosmos.cosmos, 'get', 'dbs', '', `\n${date}`).replace('type', 'Type')
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const options = { host: '127.0.0.1', port: cosmos.cosmos.port, path: '/dbs', headers: { date, authorization } }
    httpRequest(options, (answer) => resolve(answer.resume().statusCode))
      .on('error', reject)
      .end()
  })
  assert.equal(status, 200)
})

test('the account tells what clients ask it for first', async (t) => {
  const { cosmos } = await filled(t)
  const account = await json(await send(cosmos, { path: '', signed: { type: '', link: '' } }))
  for (const name of [
    'id',
    '_rid',
    '_dbs',
    'writableLocations',
    'readableLocations',
    'userConsistencyPolicy',
    'readPolicy',
  ]) {
    assert.ok(name in account, name)
  }
  assert.doesNotThrow(() => JSON.parse(String(account['queryEngineConfiguration'])) as unknown)
})

test('items are listed without a query, page by page, of one partition key or of all', async (t) => {
  const { cosmos, items, docs } = await filled(t)
  await items.items.create({ id: '4', pk: 'b' })
  const seen: unknown[] = []
  let continuation: string | null = null
  do {
    const headers: Record<string, string> = {
      'x-ms-max-item-count': '3',
      ...(continuation && { 'x-ms-continuation': continuation }),
    }
    const page = await send(cosmos, { path: docs, headers })
    assert.equal(page.status, 200)
    continuation = page.headers.get('x-ms-continuation')
    seen.push(...(await idsOf(page)))
  } while (continuation !== null)
  assert.deepEqual(seen, ['1', '2', '3', '4'])
  const one = await send(cosmos, { path: docs, headers: { 'x-ms-documentdb-partitionkey': '["b"]' } })
  assert.deepEqual(await idsOf(one), ['4'])
})

test('what is posted is a query by its header alone', async (t) => {
  const { cosmos, docs } = await filled(t)
  const body = { query: 'SELECT * FROM c WHERE c.n > @n', parameters: [{ name: '@n', value: 1 }] }
  const partitionKey = { 'x-ms-documentdb-partitionkey': '["a"]' }
  const headers = {
    ...partitionKey,
    'X-MS-DocumentDB-IsQuery': 'TRUE',
    'content-type': 'application/query+json; charset=utf-8',
  }
  const found = await send(cosmos, { method: 'POST', path: docs, headers, body })
  assert.deepEqual(await idsOf(found), ['2', '3'])
  assert.equal(found.headers.get('x-ms-item-count'), '2')
  const posted = await send(cosmos, { method: 'POST', path: docs, headers: partitionKey, body })
  assert.match(String((await json(posted))['message']), /id must be a string/)
})

test('ranges are read as a feed that ends with 304', async (t) => {
  const { cosmos, docs } = await filled(t)
  const path = docs.replace('/docs', '/pkranges')
  const first = await send(cosmos, { path, headers: { 'A-IM': 'Incremental Feed', 'x-ms-max-item-count': '-1' } })
  const { PartitionKeyRanges: ranges, _rid: rid } = await json(first)
  assert.deepEqual(
    (ranges as { id: string; _rid: string }[]).map(({ id, _rid }) => [id, _rid]),
    [['0', rid]],
  )
  const etag = first.headers.get('etag') ?? ''
  const next = await send(cosmos, { path, headers: { 'A-IM': 'Incremental Feed', 'If-None-Match': etag } })
  assert.equal(next.status, 304)
})

test('the change feed goes by headers of any case, from a time, a range or an etag', async (t) => {
  const { cosmos, docs } = await filled(t)
  const feed = (headers: Record<string, string>): Promise<Response> =>
    send(cosmos, {
      path: docs,
      headers: { 'a-im': 'Incremental feed', 'x-ms-documentdb-partitionkeyrangeid': '0', ...headers },
    })
  const first = await feed({ 'x-ms-max-item-count': '2' })
  assert.deepEqual(await idsOf(first), ['1', '2'])
  const second = await feed({ 'If-None-Match': first.headers.get('etag') ?? '' })
  assert.deepEqual(await idsOf(second), ['3'])
  const third = await feed({ 'If-None-Match': second.headers.get('etag') ?? '' })
  assert.deepEqual([third.status, third.headers.get('etag'), await third.text()], [304, second.headers.get('etag'), ''])
  const later = new Date(Date.now() + 60_000).toUTCString()
  assert.equal((await feed({ 'If-Modified-Since': later })).status, 304)
  const past = new Date(Date.now() - 3600_000).toUTCString()
  assert.deepEqual(await idsOf(await feed({ 'If-Modified-Since': past })), ['1', '2', '3'])
  assert.equal((await feed({ 'a-im': 'Full-Fidelity Feed' })).status, 400)
  assert.equal((await feed({ 'x-ms-documentdb-partitionkeyrangeid': '1' })).status, 410)
  assert.equal((await feed({ 'If-None-Match': 'yesterday' })).status, 400)
})

test('all items of a partition key are deleted at once', async (t) => {
  const { cosmos, items, docs } = await filled(t)
  await items.items.create({ id: '1', pk: 'b' })
  await items.deleteAllItemsForPartitionKey('a')
  assert.deepEqual(await idsOf(await send(cosmos, { path: docs })), ['1'])
  assert.equal((await items.items.create({ id: '1', pk: 'a' })).statusCode, 201)
})

test('Prefer: return=minimal leaves the document out of the answer to a write', async (t) => {
  const { cosmos, docs } = await filled(t)
  const headers = { 'x-ms-documentdb-partitionkey': '["a"]', Prefer: 'return=minimal' }
  const answer = await send(cosmos, { method: 'POST', path: docs, headers, body: { id: 'x', pk: 'a' } })
  assert.deepEqual([answer.status, await answer.text()], [201, ''])
  assert.match(answer.headers.get('etag') ?? '', /^".+"$/)
  const read = await send(cosmos, { path: `${docs}/x`, headers })
  assert.equal((await json(read))['id'], 'x')
})

test('an upsert is a post with a header; a key with a missing part has an empty object in its place', async (t) => {
  const cosmos = await testCosmos(t)
  const items = await cosmos.container(hierarchical)
  const path = `dbs/test/colls/${items.id}/docs`
  const upsert = (n: number): Promise<Response> => {
    const headers = { 'x-ms-documentdb-partitionkey': '["t", {}]', 'x-ms-documentdb-is-upsert': 'True' }
    return send(cosmos, { method: 'POST', path, headers, body: { id: 'x', tenant: 't', n } })
  }
  assert.equal((await upsert(1)).status, 201)
  assert.equal((await upsert(2)).status, 200)
  const short = await send(cosmos, { path: `${path}/x`, headers: { 'x-ms-documentdb-partitionkey': '["t"]' } })
  assert.deepEqual([short.status, short.headers.get('x-ms-substatus')], [400, '1001'])
})

test('a connection that breaks off within a body changes nothing, and the server goes on', async (t) => {
  const { cosmos, items, docs } = await filled(t)
  const date = new Date().toUTCString()
  const body = JSON.stringify({ id: 'torn', pk: 'a' })
  for (const sent of [body.slice(0, 10), body]) {
    const head = [
      `POST /${docs} HTTP/1.1`,
      'host: 127.0.0.1',
      `x-ms-date: ${date}`,
      `authorization: ${signature(cosmos.cosmos, 'post', 'docs', docs.replace('/docs', ''), `${date}\n`)}`,
      'x-ms-documentdb-partitionkey: ["a"]',
      `content-length: ${body.length + 1}`,
    ]
    await new Promise<void>((resolve, reject) => {
      const socket = connect(cosmos.cosmos.port, '127.0.0.1', () => {
        socket.write(`${head.join('\r\n')}\r\n\r\n${sent}`, () => socket.destroy())
      })
      socket.on('close', () => resolve()).on('error', reject)
    })
  }
  assert.equal((await items.item('torn', 'a').read()).statusCode, 404)
  assert.equal((await items.items.readAll().fetchAll()).resources.length, 3)
})

test('a body of any size beyond the limit gets 413 and leaves the connection usable', async (t) => {
  const { cosmos, docs } = await filled(t)
  const headers = { 'x-ms-documentdb-partitionkey': '["a"]' }
  const body = `{"id":"x","pk":"a","filler":"${'x'.repeat(17 * 1024 * 1024)}"}`
  const answer = await send(cosmos, { method: 'POST', path: docs, headers, body })
  assert.deepEqual([answer.status, (await json(answer))['code']], [413, 'RequestEntityTooLarge'])
  assert.equal((await send(cosmos, { path: `${docs}/1`, headers })).status, 200)
})
