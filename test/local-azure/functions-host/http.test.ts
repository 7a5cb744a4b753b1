import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { eventually, startTestHost, type TestHost } from './support.ts'

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

/** The function's cookie, and the header that comes of it. */
const cookies: readonly (readonly [kind: string, header: string])[] = [
  ['plain', 'c=a%20b; Path=/'],
  ['none', 'c=a%20b; Path=/; Secure; SameSite=None'],
  ['dated', 'c=a%20b; Domain=example.org; Path=/; Expires=Fri, 01 May 2026 10:00:00 GMT; SameSite=strict'],
]

for (const [kind, header] of cookies) {
  test(`a cookie goes out with what the function said of it and nothing else: ${kind}`, async () => {
    assert.deepEqual((await host.send('GET', `/api/cookie/${kind}`)).headers.getSetCookie(), [header])
  })
}

test('a name that stands in the query several times has all its values in one', async () => {
  assert.deepEqual((await host.json<Item>('/api/shops/one/items?a=1&b=&a=2')).query, { a: '1,2', b: '' })
})

test('HEAD, OPTIONS and DELETE reach a function that asks for them, and HEAD has no body', async () => {
  for (const [method, body] of [
    ['HEAD', ''],
    ['OPTIONS', 'said'],
    ['DELETE', 'said'],
  ] as const) {
    const response = await host.send(method, '/api/methods')
    assert.deepEqual([response.status, response.headers.get('x-method'), await response.text()], [200, method, body])
  }
  assert.equal((await host.send('HEAD', '/api/answer')).status, 404)
})

test('an upload in chunks, without a length, arrives empty: as in Azure where nothing is streamed', async () => {
  const body = new Blob(['12345']).stream()
  const response = await fetch(`${host.url}/api/length`, { method: 'POST', body, duplex: 'half' })
  assert.equal(await response.text(), '0')
  assert.equal(await (await host.send('POST', '/api/length', '12345')).text(), '5')
})

/** A path below kinds/, the function that answers, and its parameter: constraints, and the more specific first. */
const kinds: readonly (readonly [path: string, name: string, value: string])[] = [
  ['12', 'number', '12'],
  ['9', 'other', '9'],
  ['2147483648', 'other', '2147483648'],
  ['8f0b7a52-6a0e-4f4f-9d1c-2f1f3a4b5c6d', 'guid', '8f0b7a52-6a0e-4f4f-9d1c-2f1f3a4b5c6d'],
  ['abc', 'short', 'abc'],
  ['abcd', 'other', 'abcd'],
  ['v12', 'version', 'v12'],
  ['v123', 'other', 'v123'],
  ['a%2Fb', 'other', 'a%2Fb'],
  ['a/b', 'rest', 'a/b'],
]

for (const [path, name, value] of kinds) {
  test(`a route is found by its constraints: kinds/${path} is for ${name}`, async () => {
    assert.deepEqual(await host.json(`/api/kinds/${path}`), [name, value])
  })
}

test('what is thrown and is no error fails the invocation all the same', async () => {
  assert.equal((await host.send('GET', '/api/thrown')).status, 500)
  assert.ok(host.lines.some((line) => line.includes('{"reason":"no error object"}')))
})

test('what is logged after the end of its invocation is warned of', async () => {
  await host.send('GET', '/api/late-log')
  await eventually(
    'the warning',
    () => Promise.resolve(host.lines),
    (lines) => lines.some((line) => /Unexpected call to 'log'.*after function execution has completed/.test(line)),
  )
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

test('the admin endpoints describe one function, and its status', async () => {
  const fn = await host.json<{ name: string; config: { bindings: { route?: string }[] } }>('/admin/functions/NEWEST')
  assert.deepEqual([fn.name, fn.config.bindings[0]?.route], ['newest', 'shops/{shop}/items/newest'])
  assert.equal((await host.send('GET', '/admin/functions/newest/status')).status, 200)
  for (const path of [
    '/admin/functions/unknown/status',
    '/admin/functions/newest/else',
    '/admin/else',
    '/admin/host/else',
  ])
    assert.equal((await host.send('GET', path)).status, 404, path)
  assert.equal((await host.send('DELETE', '/admin/functions/newest')).status, 405)
})

test('a request that is none is refused with 400', async () => {
  const socket = connect(Number(new URL(host.url).port), '127.0.0.1')
  socket.end('GET http://elsewhere/api/answer HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  assert.match(String(await socket.toArray()), /^HTTP\/1\.1 400 /)
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
