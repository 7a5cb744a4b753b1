/** A line to an HTTP server that a test can cut, or answer in the server's place, request by request. */
import type { IncomingMessage } from 'node:http'
import { startHttpLine as startLine, type LineFault, type Substitute } from '../../local/chaos/http-line.ts'

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
  const heard: { readonly url: string; readonly headers: IncomingMessage['headers'] }[] = []
  let due: 'before' | 'after' | undefined
  let substituted: { readonly path: string; readonly substitute: Substitute; left: number } | undefined
  const decide = ({ url = '', method, headers }: IncomingMessage): LineFault => {
    heard.push({ url, headers })
    if (substituted !== undefined && substituted.left > 0 && url.includes(substituted.path)) {
      substituted.left -= 1
      return { kind: 'answer', when: 'before', substitute: substituted.substitute }
    }
    if (due === undefined || method === 'GET') return { kind: 'none' }
    const when = due
    due = undefined
    return { kind: 'tear', when }
  }
  const { port, close } = await startLine(serverPort, decide)
  return {
    port,
    close,
    headersOf: (path) => heard.filter(({ url }) => url.includes(path)).map(({ headers }) => headers),
    cut: (when) => {
      due = when
    },
    answer: (path, substitute, count) => {
      substituted = { path, substitute, left: count }
    },
  }
}
