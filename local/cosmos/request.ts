import type { IncomingHttpHeaders } from 'node:http'
import { badRequest, notFound, preconditionFailed, rangeGone } from './errors.ts'
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
  /** The same in milliseconds. */
  readonly clock: number
  readonly endpoint: string
  /** RU/s of containers that have no offer of their own. */
  readonly throughput: number
}

/** A request whose address names a container that exists. */
export interface ContainerRequest extends CosmosRequest {
  readonly container: ContainerRecord
  /** The address consists of `_rid`s rather than ids. */
  readonly byRid: boolean
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

/** Whether the request names the physical partition, by its id or as `<container's _rid>,<id>`. 410 where there is no such one. */
export const requireKnownRange = (request: CosmosRequest): boolean => {
  const id = header(request, 'x-ms-documentdb-partitionkeyrangeid')
  if (id === undefined) return false
  if (id.split(',').at(-1)?.trim() !== '0') throw rangeGone(id)
  return true
}

/** 412 where the request has If-Match and it is not the resource's etag. */
export const requireMatch = (request: CosmosRequest, etag: string, what: string): void => {
  const wanted = header(request, 'if-match')
  if (wanted !== undefined && wanted !== '*' && wanted !== etag) {
    throw preconditionFailed(`${what} has another etag than the one in If-Match.`)
  }
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
