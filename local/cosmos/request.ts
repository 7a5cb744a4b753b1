import type { IncomingHttpHeaders } from 'node:http'
import { badRequest, notFound } from './errors.ts'
import { parseObject, type JsonObject } from './json.ts'
import { parsePartitionKey, type PartitionKey } from './partition-key.ts'
import type { Catalog, ContainerRecord } from './store/catalog.ts'
import type { Database } from './store/database.ts'

/** One request, with what it needs of the server. */
export interface CosmosRequest {
  readonly method: string
  /** Decoded steps of the address: `['dbs', 'millrace', 'colls', 'state']`. */
  readonly path: readonly string[]
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly catalog: Catalog
  readonly database: Database
  /** Epoch seconds. */
  readonly now: number
  readonly endpoint: string
  /** RU/s that offers report. */
  readonly throughput: number
}

/** A request whose address names a container that exists. */
export interface ContainerRequest extends CosmosRequest {
  readonly container: ContainerRecord
}

export interface Answer {
  readonly status: number
  /** JSON text. */
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Request units. */
  readonly charge: number
}

export const header = (request: CosmosRequest, name: string): string | undefined => {
  const value = request.headers[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

export const isTrue = (request: CosmosRequest, name: string): boolean => header(request, name)?.toLowerCase() === 'true'

export const bodyObject = (request: CosmosRequest): JsonObject =>
  parseObject(request.body.toString('utf8'), 'The body of the request')

export const partitionKeyHeader = (request: CosmosRequest): PartitionKey | undefined => {
  const text = header(request, 'x-ms-documentdb-partitionkey')
  return text === undefined ? undefined : parsePartitionKey(text)
}

/** The most results a page may have: 100 where the request does not say, 1,000 where it leaves it to the server (-1). */
export const pageSize = (request: CosmosRequest): number => {
  const wanted = Number(header(request, 'x-ms-max-item-count') ?? 100)
  if (!Number.isInteger(wanted) || wanted === 0 || wanted < -1) {
    throw badRequest('x-ms-max-item-count must be -1 or a positive whole number.')
  }
  return wanted === -1 ? 1000 : wanted
}

/** Step `index` of the address. */
export const step = (request: CosmosRequest, index: number): string => {
  const value = request.path[index]
  if (value === undefined) throw notFound('The resource that the address names')
  return value
}
