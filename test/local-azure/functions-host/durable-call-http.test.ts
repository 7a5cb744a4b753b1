import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test, type TestContext } from 'node:test'
import { startDurableHost, type DurableHost } from './durable-world.ts'

let host: DurableHost
before(async () => {
  host = await startDurableHost()
})
after(() => host.stop())

/** A server that is called; answers its address and what it was asked. */
const startServer = async (t: TestContext, answer: (request: IncomingMessage, response: ServerResponse) => void) => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.after(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

test('an answer comes with its status and content', async (t) => {
  const { url } = await startServer(t, (request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => response.writeHead(201).end(`${request.headers['x-name']} sent ${body}`))
  })
  const call = { method: 'POST', url, body: { a: 1 }, headers: { 'x-name': 'somebody' } }
  assert.deepEqual(await host.output('http', call), { statusCode: 201, content: 'somebody sent {"a":1}' })
})

test('after 202 the address that was given is asked until the answer is another', async (t) => {
  let left = 3
  const keys: unknown[] = []
  const { url, asked } = await startServer(t, (request, response) => {
    keys.push(request.headers['x-functions-key'])
    left -= 1
    if (left < 0) response.end('done')
    else response.writeHead(202, { location: '/state', 'retry-after': '0.02' }).end()
  })
  const call = { method: 'POST', url: `${url}/begin`, headers: { 'x-functions-key': 'a key' } }
  assert.deepEqual(await host.output('http', call), { statusCode: 200, content: 'done' })
  assert.deepEqual(asked, ['POST /begin', 'GET /state', 'GET /state', 'GET /state'])
  assert.deepEqual(keys, ['a key', undefined, undefined, undefined])
})

test('the wait without one in the answer is that of host.json, and what comes after is numbered rightly', async (t) => {
  let left = 2
  const { url } = await startServer(t, (_, response) => {
    left -= 1
    response.writeHead(left < 0 ? 200 : 202, { location: '/state' }).end('done')
  })
  const name = 'AzureFunctionsJobHost__extensions__durableTask__httpSettings__defaultAsyncRequestSleepTimeMilliseconds'
  const quick = await startDurableHost(undefined, { [name]: '10' })
  t.after(() => quick.stop())
  assert.deepEqual(await quick.output('httpAmongOthers', { method: 'GET', url }), [
    { statusCode: 200, content: 'done' },
    'beside',
    'after',
  ])
})

test('without polling, 202 is an answer like any other', async (t) => {
  const { url, asked } = await startServer(t, (_, response) => response.writeHead(202, { location: '/state' }).end())
  const call = { method: 'GET', url, enablePolling: false }
  assert.deepEqual(await host.output('http', call), { statusCode: 202, content: '' })
  assert.equal(asked.length, 1)
})

test('a redirect is not followed', async (t) => {
  const { url } = await startServer(t, (_, response) => response.writeHead(302, { location: '/other' }).end('there'))
  assert.deepEqual(await host.output('http', { method: 'GET', url }), { statusCode: 302, content: 'there' })
})

test('a server that is not there, and a token that cannot be had, fail the call with their reason', async () => {
  const ends = [
    [{ method: 'GET', url: 'http://127.0.0.1:1/' }, /GET http:\/\/127\.0\.0\.1:1\/ was not answered: /],
    [
      { method: 'GET', url: 'http://127.0.0.1:1/', tokenSource: { kind: 'AzureManagedIdentity', resource: 'r' } },
      /tokenSource: there is no identity on this machine/,
    ],
  ] as const
  for (const [call, message] of ends) {
    const { runtimeStatus, output } = await host.ended(await host.begin('http', call))
    assert.equal(runtimeStatus, 'Failed')
    assert.match(String(output), message)
  }
})
