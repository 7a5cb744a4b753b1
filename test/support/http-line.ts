/** A line to an HTTP server on this machine that a test can cut, or answer in the server's place. */
import { createServer, request as requestTo, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Substitute {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface HttpLine {
  readonly port: number
  /** The headers of all requests under this path so far, oldest first. */
  headersOf(path: string): IncomingMessage['headers'][]
  /** Cuts the connection of the next writing request (not GET): before the server hears of it, or after it has answered. */
  cut(when: 'before' | 'after'): void
  /** The next `count` requests under this path never reach the server. */
  answer(path: string, substitute: Substitute, count: number): void
  close(): Promise<void>
}

export const startHttpLine = async (serverPort: number): Promise<HttpLine> => {
  let due: 'before' | 'after' | undefined
  let substituted: { readonly path: string; readonly substitute: Substitute; left: number } | undefined
  const heard: { readonly url: string; readonly headers: IncomingMessage['headers'] }[] = []
  const server = createServer((request, response) => {
    heard.push({ url: request.url ?? '', headers: request.headers })
    if (substituted !== undefined && substituted.left > 0 && request.url?.includes(substituted.path)) {
      substituted.left -= 1
      request.resume().once('end', () => send(response, substituted!.substitute))
      return
    }
    const cut = request.method === 'GET' ? undefined : due
    if (cut !== undefined) due = undefined
    if (cut === 'before') request.resume().once('end', () => request.socket.destroy())
    else forward(serverPort, request, response, () => cut === 'after')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    headersOf: (path) => heard.filter(({ url }) => url.includes(path)).map(({ headers }) => headers),
    cut: (when) => {
      due = when
    },
    answer: (path, substitute, count) => {
      substituted = { path, substitute, left: count }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const send = (response: ServerResponse, { status, headers, body }: Substitute): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body ?? {}))
}

const forward = (
  port: number,
  request: IncomingMessage,
  response: ServerResponse,
  losesAnswer: () => boolean,
): void => {
  const { method, url, headers } = request
  const onward = requestTo({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    if (losesAnswer()) {
      answer.resume().once('end', () => request.socket.destroy())
      return
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  onward.once('error', () => request.socket.destroy())
  request.pipe(onward)
}
