/** Azure Data Lake Storage Gen2 on this machine: blobs and paths on one port of 127.0.0.1, kept on disk. */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { answerRequest, type LakeParts } from './lake.ts'
import type { Answer } from './request.ts'
import { Store } from './store/store.ts'

export interface LakeOptions {
  /** 0: any free port. */
  readonly port: number
  /** Where the lake lives; made where it does not exist. One server a directory. */
  readonly directory: string
  /** Base64. Default: the well-known key of the official emulator. */
  readonly key?: string
  /** Told what the lake could not do, such as write to a full disk. */
  readonly onFailure?: (message: string) => void
}

export interface RunningLake {
  readonly port: number
  /** For the blob SDK and the Data Lake SDK alike. */
  readonly connectionString: string
  /** Cuts connections off; what a running request changes is changed whole or not at all. Then closes the lake; once is enough. */
  close(): Promise<void>
}

/** What tests replace. */
export interface LakeInternals {
  /** Epoch milliseconds. */
  readonly now?: () => number
}

const account = 'devstoreaccount1'
/** Well known: the account of the official emulator. It protects nothing and is no secret. */
const emulatorKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

/** Rejects where the port is taken or the directory cannot be used; nothing is left running then. */
export const startLake = async (options: LakeOptions, internals: LakeInternals = {}): Promise<RunningLake> => {
  const { directory, key = emulatorKey, onFailure = () => undefined } = options
  const now = internals.now ?? Date.now
  const server = createServer()
  // Clients keep connections; a server that closed idle ones would break requests that are just being sent.
  server.keepAliveTimeout = 0
  // An upload may take as long as it takes.
  server.requestTimeout = 0
  const port = await listen(server, options.port)
  let store: Store
  try {
    store = new Store(directory, now())
  } catch (error) {
    await close(server)
    throw error
  }
  const accountKey = { account, key: Buffer.from(key, 'base64') }
  const parts: LakeParts = { store, accountKey, now, newId: randomUUID, onFailure }
  const running = new Set<Promise<void>>()
  server.on('request', (request, response) => {
    const served: Promise<void> = serve(parts, request, response).finally(() => running.delete(served))
    running.add(served)
  })
  let closed: Promise<void> | undefined
  const end = async (): Promise<void> => {
    await close(server)
    await Promise.all(running)
    await store.close()
  }
  return {
    port,
    connectionString:
      `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};` +
      `BlobEndpoint=http://127.0.0.1:${port}/${account};`,
    close: () => (closed ??= end()),
  }
}

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'it is already in use (EADDRINUSE)' : cause.message
      const way = 'Stop what uses it, or choose another port (0: any free one).'
      reject(new Error(`The local lake cannot listen on 127.0.0.1:${port}: ${why}. ${way}`, { cause }))
    })
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

const serve = async (parts: LakeParts, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { method = 'GET', url = '/', headers, rawHeaders } = request
  // A body of which only a part was taken is left standing: destroying it would cut off the answer.
  const body = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  const answer = await answerRequest(parts, { method, url, headers, rawHeaders, body }, randomUUID())
  try {
    await send(response, answer, method === 'HEAD')
  } catch (error) {
    // The client is gone, or content could not be read and the length that was promised cannot be kept.
    if (!response.destroyed) parts.onFailure(String(error))
    if (typeof answer.body === 'object') answer.body.stream.destroy()
    response.destroy()
  }
  request.resume()
}

const send = async (response: ServerResponse, { status, headers, body }: Answer, isHead: boolean): Promise<void> => {
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value !== undefined) response.setHeader(name, value)
  }
  const hasLength = status !== 304 && !response.hasHeader('content-length')
  if (typeof body === 'object') {
    response.setHeader('content-length', body.length)
    response.writeHead(status)
    await pipeline(body.stream, response)
    return
  }
  const bytes = Buffer.from(body ?? '')
  if (hasLength) response.setHeader('content-length', bytes.length)
  response.writeHead(status)
  response.end(isHead ? undefined : bytes)
}
