import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTestHost, type TestHost } from './support.ts'

let host: TestHost
before(async () => {
  host = await startTestHost('stream')
})
after(() => host.stop())

test('a streamed request has its parameters, query, headers and body; the answer its status, headers and cookies', async () => {
  const response = await host.send('PUT', '/echo/b%C3%A4r?a=1&a=2', 'the body', { 'X-Ask': 'why' })
  assert.equal(response.status, 202)
  assert.equal(response.headers.get('x-name'), 'b\u00e4r')
  assert.equal(response.headers.get('x-url'), `${host.url}/echo/b%C3%A4r?a=1&a=2`)
  assert.equal(response.headers.get('x-ask'), 'why')
  assert.equal(response.headers.get('x-ms-invocation-id'), null)
  assert.deepEqual(response.headers.getSetCookie(), ['c=v; Path=/'])
  assert.deepEqual(await response.json(), {
    params: { name: 'bär' },
    query: [
      ['a', '1'],
      ['a', '2'],
    ],
    body: 'the body',
    metadata: null,
  })
})

test('an upload in chunks arrives, and is answered while it is on its way', async () => {
  const upload = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>()
  const writer = upload.writable.getWriter()
  const asked = fetch(`${host.url}/upper`, { method: 'POST', body: upload.readable, duplex: 'half' })
  await writer.write(new TextEncoder().encode('first '))
  const response = await asked
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  assert.equal((await reader.read()).value, 'FIRST ')
  await writer.write(new TextEncoder().encode('second'))
  await writer.close()
  assert.equal((await reader.read()).value, 'SECOND')
  assert.equal((await reader.read()).done, true)
})

test('a large upload goes through whole', async () => {
  const bytes = new Uint8Array(20_000_000).map((_, i) => i % 251)
  assert.equal(await (await host.send('POST', '/size', bytes)).text(), '20000000')
})

test('a body above 100 MB is refused with 413', async () => {
  assert.equal((await host.send('POST', '/size', new Uint8Array(100 * 1_024 * 1_024 + 1))).status, 413)
})

test('a function that returns nothing answers 204, one that throws 500', async () => {
  assert.equal((await host.send('GET', '/nothing')).status, 204)
  const broken = await host.send('GET', '/broken')
  assert.deepEqual([broken.status, await broken.text()], [500, ''])
  assert.ok(host.lines.some((line) => line.includes('broken: Error: it broke')))
})

test('a stream that breaks tears the connection: the caller does not take it for whole', async () => {
  const response = await host.send('GET', '/torn')
  assert.equal(response.status, 200)
  await host.send('POST', '/tear')
  await assert.rejects(response.text())
  assert.ok(host.lines.some((line) => line.includes('the rest is lost')))
})

test('a caller who goes away leaves the host working', async () => {
  const controller = new AbortController()
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (upload) => {
      upload.enqueue(new TextEncoder().encode('first'))
    },
  })
  const asked = fetch(`${host.url}/upper`, { method: 'POST', body, duplex: 'half', signal: controller.signal })
  await (await asked).body!.getReader().read()
  controller.abort()
  assert.equal((await host.send('GET', '/nothing')).status, 204)
})

test('a host that streams ends, though the library keeps its server open', async () => {
  const own = await startTestHost('stream')
  assert.equal((await own.send('GET', '/nothing')).status, 204)
  await own.stop()
})
