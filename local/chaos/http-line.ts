/** A line to an HTTP server on this machine that can tear, hold requests back, or answer in the server's place. */
import {
  createServer,
  request as requestTo,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Substitute {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** `before`: the server never hears of the request. `after`: it has done what was asked, and its answer is lost. */
export type LineFault =
  | { readonly kind: 'none' }
  /** The server gets the request this much later, also if its sender is gone by then. */
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'tear'; readonly when: 'before' | 'after' }
  | { readonly kind: 'answer'; readonly when: 'before' | 'after'; readonly substitute: Substitute }

export interface HttpLine {
  readonly port: number
  close(): Promise<void>
}

/** `decide` is asked once for each request. */
export const startHttpLine = async (
  serverPort: number,
  decide: (request: IncomingMessage) => LineFault,
): Promise<HttpLine> => {
  const server = createServer((request, response) => {
    const fault = decide(request)
    if (fault.kind === 'delay') void deliverLate(serverPort, request, response, fault.ms)
    else if (fault.kind === 'none' || fault.when === 'after') {
      request.pipe(forward(serverPort, request, response, fault))
    } else {
      request.resume().once('end', () => {
        fail(fault, request, response)
      })
    }
  })
  // What tears is decided here alone: a client never finds a kept connection closed.
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type Failure = Extract<LineFault, { readonly when: unknown }>

const deliverLate = async (
  port: number,
  request: IncomingMessage,
  response: ServerResponse,
  ms: number,
): Promise<void> => {
  const body = await buffer(request).catch(() => undefined)
  // Only a request that was sent whole is under way.
  if (body === undefined) return
  await sleep(ms, undefined, { ref: false })
  forward(port, request, response, { kind: 'none' }).end(body)
}

const fail = (fault: Failure, request: IncomingMessage, response: ServerResponse): void => {
  if (fault.kind === 'tear') {
    request.socket.destroy()
    return
  }
  const { status, headers, body } = fault.substitute
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body ?? {}))
}

/** The request to the server, whose body is still to come. */
const forward = (
  port: number,
  request: IncomingMessage,
  response: ServerResponse,
  fault: Failure | { readonly kind: 'none' },
): ClientRequest => {
  const { method, url, headers } = request
  const onward = requestTo({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    if (fault.kind !== 'none') {
      // Also where the server dies over it.
      answer.resume().once('close', () => {
        fail(fault, request, response)
      })
      return
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.once('error', () => response.destroy())
    answer.pipe(response)
  })
  onward.once('error', () => request.socket.destroy())
  request.once('close', () => {
    // Its sender is gone before it was sent whole: the server must not wait for the rest.
    if (!request.complete) onward.destroy()
  })
  return onward
}
