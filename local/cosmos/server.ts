/** The gateway of Azure Cosmos DB for NoSQL on this machine: plain HTTP on 127.0.0.1, documents in SQLite. */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Account } from './account.ts'
import { tooLarge } from './errors.ts'
import type { Answer } from './request.ts'
import { roundCharge } from './ru.ts'

export interface CosmosOptions {
  /** 0: any free port. */
  readonly port: number
  /** Where the database file lives; made where it does not exist. One server a directory. */
  readonly directory: string
  /** Base64. Default: the well-known key of the official emulator. */
  readonly key?: string
  /** RU/s a container; requests beyond it get 429 with `x-ms-retry-after-ms`. Default: no limit. */
  readonly throughput?: number
}

export interface RunningCosmos {
  readonly port: number
  readonly endpoint: string
  readonly connectionString: string
  /** Ends open connections and closes the database; once is enough. */
  close(): Promise<void>
  /** The next `count` requests on items get 429. */
  throttleNext(count: number): void
}

/** What tests replace. */
export interface CosmosInternals {
  /** Epoch milliseconds. */
  readonly now?: () => number
}

const emulatorKey = 'C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=='
/** Well above what any request may have (2 MB), so that most oversized ones still get a proper answer. */
const maxBodyBytes = 16 * 1024 * 1024

/** Rejects where the port is taken or the directory cannot be used; nothing is left running then. */
export const startCosmos = async (options: CosmosOptions, internals: CosmosInternals = {}): Promise<RunningCosmos> => {
  const { directory, throughput, key = emulatorKey } = options
  const server = createServer()
  // Clients keep connections; a server that closed idle ones would break requests that are just being sent.
  server.keepAliveTimeout = 0
  const port = await listen(server, options.port)
  let account: Account
  try {
    account = new Account({ directory, key, throughput, now: internals.now ?? Date.now })
  } catch (error) {
    await close(server)
    throw error
  }
  server.on('request', (request, response) => serve(account, request, response))
  let closed: Promise<void> | undefined
  const endpoint = `http://127.0.0.1:${port}/`
  return {
    port,
    endpoint,
    connectionString: `AccountEndpoint=${endpoint};AccountKey=${key};`,
    throttleNext: (count) => account.throttleNext(count),
    close: () => (closed ??= close(server).then(() => account.close())),
  }
}

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'it is already in use (EADDRINUSE)' : cause.message
      const way = 'Stop what uses it, or choose another port (0: any free one).'
      reject(new Error(`The local Cosmos DB cannot listen on 127.0.0.1:${port}: ${why}. ${way}`, { cause }))
    })
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

const serve = (account: Account, request: IncomingMessage, response: ServerResponse): void => {
  const chunks: Buffer[] = []
  let size = 0
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= maxBodyBytes) chunks.push(chunk)
  })
  request.on('end', () => {
    const { method = 'GET', url = '/', headers } = request
    const body = size <= maxBodyBytes ? Buffer.concat(chunks) : undefined
    send(response, headers['x-ms-activity-id'], body ? account.answer({ method, url, headers, body }) : oversized(size))
  })
}

const oversized = (size: number): Answer => {
  const { status, code, message } = tooLarge(`The request has ${size} bytes; at most ${maxBodyBytes} are read.`)
  return { status, body: JSON.stringify({ code, message }), charge: 0 }
}

const send = (response: ServerResponse, activityId: string | string[] | undefined, answer: Answer): void => {
  const body = Buffer.from(answer.body ?? '')
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    ...(answer.status !== 204 && answer.status !== 304 && { 'content-length': body.length }),
    'x-ms-activity-id': activityId ?? randomUUID(),
    'x-ms-request-charge': String(roundCharge(answer.charge)),
    'x-ms-gatewayversion': 'version=2.0.0',
    ...answer.headers,
  })
  response.end(answer.status === 204 || answer.status === 304 ? undefined : body)
}
