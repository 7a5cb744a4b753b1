import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTestHost, type TestHost } from './support.ts'

let host: TestHost
before(async () => {
  host = await startTestHost('http')
})
after(() => host.stop())

interface Item {
  readonly params: Record<string, string>
  readonly query: Record<string, string>
  readonly header: string | null
  readonly method: string
  readonly path: string
  readonly body: string | null
}

test('a function gets route parameters decoded, the query, headers, the method and the address', async () => {
  const response = await fetch(`${host.url}/api/shops/b%C3%A4r%20one/items/7?size=big&q=a%26b`, {
    headers: { 'X-Ask': 'why' },
  })
  assert.equal(response.headers.get('content-type'), 'application/json')
  assert.deepEqual(await response.json(), {
    params: { shop: 'bär one', id: '7' },
    query: { size: 'big', q: 'a&b' },
    header: 'why',
    method: 'GET',
    path: '/api/shops/b%C3%A4r%20one/items/7',
    body: null,
  })
})

test('an optional parameter may be left out', async () => {
  assert.deepEqual((await host.json<Item>('/api/shops/one/items')).params, { shop: 'one' })
})

test('a literal segment goes before a parameter, and case does not matter', async () => {
  assert.equal(await (await host.send('GET', '/API/Shops/one/items/NEWEST')).text(), 'newest')
})

test('a catch-all parameter takes the rest of the path', async () => {
  assert.equal(await (await host.send('GET', '/api/files/a/b%20c/d.txt')).text(), 'a/b c/d.txt')
})

test('a text body arrives as sent', async () => {
  const item = (await (await host.send('POST', '/api/shops/one/items/1', '{"a": 1}')).json()) as Item
  assert.deepEqual([item.method, item.body], ['POST', '{"a": 1}'])
})

test('a body of bytes goes in and out unchanged', async () => {
  const bytes = new Uint8Array(100_000).map((_, i) => (i * 31) % 256)
  const answer = new Uint8Array(await (await host.send('POST', '/api/bytes', bytes)).arrayBuffer())
  assert.deepEqual(answer, bytes.slice().reverse())
})

test('a body above 100 MB is refused with 413', async () => {
  const response = await host.send('POST', '/api/bytes', new Uint8Array(100 * 1_024 * 1_024 + 1))
  assert.equal(response.status, 413)
  assert.equal((await host.send('GET', '/api/answer')).status, 201)
})

test('status, headers, cookies and body of the answer are those that the function gave', async () => {
  const response = await host.send('GET', '/api/answer')
  assert.equal(response.status, 201)
  assert.equal(response.headers.get('x-answer'), 'yes')
  assert.deepEqual(response.headers.getSetCookie(), ['session=abc; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=lax'])
  assert.equal(await response.text(), 'made')
})

test('a function that returns nothing answers 204', async () => {
  assert.equal((await host.send('GET', '/api/nothing')).status, 204)
})

test('a function that throws answers 500 with no body, and the host logs why', async () => {
  const response = await host.send('GET', '/api/broken')
  assert.deepEqual([response.status, await response.text()], [500, ''])
  assert.ok(host.lines.some((line) => line.includes('broken: Error: it broke')))
})

test('what no function answers is 404: another path, another method, no prefix', async () => {
  for (const [method, path] of [
    ['GET', '/api/unknown'],
    ['DELETE', '/api/answer'],
    ['GET', '/answer'],
    ['GET', '/api/shops/one/items/1/2'],
  ] as const) {
    assert.equal((await host.send(method, path)).status, 404, `${method} ${path}`)
  }
})

test('the admin endpoints say that the host runs and which functions it has', async () => {
  assert.equal((await host.send('GET', '/admin/host/ping')).status, 200)
  assert.equal((await host.json<{ state: string }>('/admin/host/status')).state, 'Running')
  const functions = await host.json<{ name: string; config: { bindings: { type: string }[] } }[]>('/admin/functions')
  assert.ok(functions.some(({ name, config }) => name === 'newest' && config.bindings[0]?.type === 'httpTrigger'))
})

test('the admin endpoints refuse what cannot be run by hand', async () => {
  assert.equal((await host.send('POST', '/admin/functions/unknown', '{}')).status, 404)
  assert.equal((await host.send('POST', '/admin/functions/newest', '{}')).status, 400)
  assert.equal((await host.send('POST', '/admin/functions/newest', 'no json')).status, 400)
})

test('a host that is told to end answers the requests that run, and takes no new ones', async () => {
  const ending = await startTestHost('http')
  const slow = ending.send('GET', '/api/slow')
  await ending.send('POST', '/api/release')
  const stopped = ending.stop()
  assert.equal(await (await slow).text(), 'at last')
  await stopped
  await assert.rejects(ending.send('GET', '/api/answer'))
})
