import assert from 'node:assert/strict'
import { get } from 'node:http'
import { after, before, test } from 'node:test'
import { startTestHost, type TestHost } from './support.ts'

let host: TestHost
before(async () => {
  host = await startTestHost(
    'http',
    {},
    {
      keys: {
        master: 'the-master',
        host: { default: 'the-host-key' },
        functions: { 'level-function': { default: 'its-key' }, newest: { default: 'another-key' } },
      },
    },
  )
})
after(() => host.stop())

/** Which key opens which level. */
const opened: readonly (readonly [key: string | undefined, anonymous: number, fn: number, admin: number])[] = [
  [undefined, 200, 401, 401],
  ['wrong', 200, 401, 401],
  ['', 200, 401, 401],
  ['another-key', 200, 401, 401],
  ['its-key', 200, 200, 401],
  ['the-host-key', 200, 200, 401],
  ['the-master', 200, 200, 200],
]

for (const [key, anonymous, fn, admin] of opened) {
  test(`with ${key === undefined ? 'no key' : `the key "${key}"`} the levels answer ${anonymous}, ${fn} and ${admin}`, async () => {
    for (const [level, status] of Object.entries({ anonymous, function: fn, admin })) {
      const path = `/api/level-${level}`
      const byHeader = await host.send('GET', path, undefined, key === undefined ? {} : { 'x-functions-key': key })
      assert.equal(byHeader.status, status, `${level}, header`)
      const byQuery = await host.send('GET', key === undefined ? path : `${path}?code=${key}`)
      assert.equal(byQuery.status, status, `${level}, query`)
    }
  })
}

test('the header wins over the query', async () => {
  const path = '/api/level-function?code=its-key'
  assert.equal((await host.send('GET', path, undefined, { 'x-functions-key': 'wrong' })).status, 401)
  assert.equal(
    (await host.send('GET', '/api/level-function?code=wrong', undefined, { 'x-functions-key': 'its-key' })).status,
    200,
  )
})

test('the admin endpoints want the master key', async () => {
  for (const [method, path] of [
    ['GET', '/admin/host/status'],
    ['GET', '/admin/functions'],
    ['POST', '/admin/host/drain'],
    ['POST', '/admin/functions/newest'],
  ] as const) {
    assert.equal((await host.send(method, path)).status, 401, path)
    assert.equal((await host.send(method, path, undefined, { 'x-functions-key': 'the-host-key' })).status, 401, path)
  }
  assert.equal((await host.send('GET', '/admin/host/status?code=the-master')).status, 200)
})

test('without keys everything is open', async (t) => {
  const open = await startTestHost('http')
  t.after(() => open.stop())
  for (const level of ['anonymous', 'function', 'admin'])
    assert.equal((await open.send('GET', `/api/level-${level}`)).status, 200, level)
})

test('without keys pages of web sites open nothing that wants a key, by origin or by a name that leads here', async (t) => {
  const open = await startTestHost('http')
  t.after(() => open.stop())
  const statusOf = async (path: string, headers: Record<string, string>): Promise<number | undefined> => {
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
    // fetch sets Host and Origin itself.
    get(`${open.url}${path}`, { headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).once('error', reject)
    return promise
  }
  const strangers = [{ origin: 'https://shop.example' }, { origin: 'null' }, { host: 'shop.example' }]
  for (const headers of strangers) {
    for (const path of ['/api/level-function', '/api/level-admin', '/admin/host/status']) {
      assert.equal(await statusOf(path, headers), 401, `${path} ${JSON.stringify(headers)}`)
    }
    assert.equal(await statusOf('/api/level-anonymous', headers), 200)
  }
  for (const headers of [{ origin: 'http://localhost:5173' }, { host: 'localhost:7071' }, { host: '[::1]:7071' }]) {
    assert.equal(await statusOf('/api/level-admin', headers), 200, JSON.stringify(headers))
  }
})
