/** A line to an HTTP server on this machine that can tear, or answer in the server's place. */
import { createServer, request as requestTo, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Substitute {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** `before`: the server never hears of the request. `after`: it has done what was asked, and its answer is lost. */
export type LineFault =
  | { readonly kind: 'none' }
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
    if (fault.kind !== 'none' && fault.when === 'before') {
      request.resume().once('end', () => {
        fail(fault, request, response)
      })
    } else forward(serverPort, request, response, fault)
  })
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

const fail = (
  fault: Exclude<LineFault, { readonly kind: 'none' }>,
  request: IncomingMessage,
  response: ServerResponse,
): void => {
  if (fault.kind === 'tear') {
    request.socket.destroy()
    return
  }
  const { status, headers, body } = fault.substitute
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body ?? {}))
}

const forward = (port: number, request: IncomingMessage, response: ServerResponse, fault: LineFault): void => {
  const { method, url, headers } = request
  const onward = requestTo({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    if (fault.kind !== 'none') {
      answer.resume().once('end', () => {
        fail(fault, request, response)
      })
      return
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.once('error', () => response.destroy())
    answer.pipe(response)
  })
  onward.once('error', () => request.socket.destroy())
  request.pipe(onward)
}
