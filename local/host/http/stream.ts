/**
 * Streamed HTTP: an app that asked for it (`app.setup({ enableHttpStream: true })`) has a server of the library's own, to
 * which the host forwards the request while it sends an invocation without a body.
 */
import { randomUUID } from 'node:crypto'
import { request as startRequest, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Invocation, InvocationResult, TypedData } from '../invoke.ts'
import { isTooLong, maxBodyBytes } from './body.ts'
import { headersOf, queryOf } from './rpc-http.ts'

export interface StreamTarget {
  /** Of the library's server. */
  readonly uri: string
  readonly url: URL
  readonly params: Readonly<Record<string, string>>
  readonly invoke: (invocation: Invocation) => Promise<InvocationResult>
}

const invocationIdHeader = 'x-ms-invocation-id'
/** Of one connection, not of the answer (RFC 9110, 7.6.1). */
const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', invocationIdHeader])

/** Answers the request with what the function streams; with 500 where it fails before it has begun to. */
export const stream = async (
  request: IncomingMessage,
  response: ServerResponse,
  target: StreamTarget,
): Promise<void> => {
  if (isTooLong(request)) {
    response.writeHead(413).end()
    return
  }
  const id = randomUUID()
  const forwarded = forward(request, id, target)
  response.once('close', () => forwarded.destroy())
  const answered = new Promise<IncomingMessage | undefined>((resolve) => {
    forwarded.once('response', resolve)
    forwarded.once('close', () => resolve(undefined))
  })
  const invoked = target.invoke({ id, data: { http: {} }, metadata: metadataOf(request, target) }).then((result) => {
    // No answer will come: the library gives none for a function that threw or returned nothing.
    if (result.kind === 'failure' || result.result === null) forwarded.destroy()
    return result
  })
  const answer = await answered
  if (answer === undefined) {
    const result = await invoked
    if (!response.headersSent) response.writeHead(result.kind === 'success' ? 204 : 500).end()
    return
  }
  const headers = Object.entries(answer.headersDistinct).filter(([name]) => !hopByHop.has(name))
  for (const [name, values] of headers) if (values !== undefined) response.setHeader(name, values)
  response.writeHead(answer.statusCode ?? 200)
  await Promise.all([pipeline(answer, response), invoked])
}

const forward = (request: IncomingMessage, id: string, { uri, url }: StreamTarget): ClientRequest => {
  const forwarded = startRequest(new URL(`${url.pathname}${url.search}`, uri), {
    method: request.method ?? 'GET',
    headers: {
      ...request.headers,
      [invocationIdHeader]: id,
      'x-forwarded-host': url.host,
      'x-forwarded-proto': 'http',
    },
  })
  // Where it breaks, the answer is missing: that is seen there.
  forwarded.on('error', () => undefined)
  let size = 0
  request.on('data', (part: Buffer) => {
    size += part.length
    if (size > maxBodyBytes) forwarded.destroy()
  })
  request.pipe(forwarded)
  return forwarded
}

const metadataOf = (request: IncomingMessage, { url, params }: StreamTarget): Record<string, TypedData> => ({
  ...Object.fromEntries(Object.entries(params).map(([name, value]) => [name, { string: value }])),
  Headers: { json: JSON.stringify(headersOf(request)) },
  Query: { json: JSON.stringify(queryOf(url)) },
})
