import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { startHttpLine, type LineFault } from '../../../local/chaos/http-line.ts'

/** The address of a line to a server that answers so. */
const lineTo = async (t: TestContext, answer: RequestListener, fault: LineFault): Promise<string> => {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const line = await startHttpLine((server.address() as AddressInfo).port, () => fault)
  t.after(async () => {
    await line.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${line.port}/`
}

const substitute = { status: 503, body: { code: 'ServiceUnavailable' } }

test('what answers in the place of a server that has done its work does so, too, where the server dies over its answer', async (t) => {
  const dying: RequestListener = (_request, response) => {
    response.writeHead(200, { 'content-length': '100' })
    response.write('half of it')
    setImmediate(() => response.destroy())
  }
  const address = await lineTo(t, dying, { kind: 'answer', when: 'after', substitute })
  const response = await fetch(address, { method: 'POST', body: 'x', signal: AbortSignal.timeout(10_000) })
  assert.deepEqual([response.status, await response.json()], [503, substitute.body])
})

test('a request whose sender is gone half-way does not stay with the server', { timeout: 20_000 }, async (t) => {
  const { promise: gone, resolve } = Promise.withResolvers<void>()
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const waiting: RequestListener = (request) => {
    begin()
    request.resume().once('close', resolve)
  }
  const address = await lineTo(t, waiting, { kind: 'none' })
  const sender = new AbortController()
  const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('half of it')) })
  const sending = fetch(address, { method: 'POST', body, duplex: 'half', signal: sender.signal })
  await begun
  sender.abort()
  await assert.rejects(sending, { name: 'AbortError' })
  await gone
})
