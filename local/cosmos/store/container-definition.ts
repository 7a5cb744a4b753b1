/** What a client says a container is. */
import { badRequest } from '../errors.ts'
import { compileIndexingPolicy, defaultIndexingPolicy } from '../indexing.ts'
import { isArray, isObject, type Json, type JsonObject } from '../json.ts'
import { parseTtl } from '../ttl.ts'
import { parseUniqueKeys, type UniqueKey } from '../unique-keys.ts'

export interface ContainerDefinition {
  readonly id: string
  readonly partitionKey: { readonly paths: readonly string[]; readonly kind: string; readonly version: 2 }
  readonly indexingPolicy: JsonObject
  readonly uniqueKeys: readonly UniqueKey[]
  /** Seconds; -1: only items with a `ttl` of their own expire; null: none does. */
  readonly defaultTtl: number | null
}

const unsupported = [
  'computedProperties',
  'vectorEmbeddingPolicy',
  'fullTextPolicy',
  'clientEncryptionPolicy',
  'changeFeedPolicy',
  'analyticalStorageTtl',
]

/** Validates the body of a create or replace; what the local Cosmos DB does not do is refused rather than ignored. */
export const parseContainerDefinition = (body: JsonObject): ContainerDefinition => {
  const policy = body['indexingPolicy'] ?? defaultIndexingPolicy
  if (!isObject(policy)) throw badRequest('indexingPolicy must be an object.')
  compileIndexingPolicy(policy)
  for (const name of unsupported) {
    if (!isEmpty(body[name])) throw badRequest(`${name} is not supported by the local Cosmos DB: leave it out.`)
  }
  return {
    id: parseResourceId(body['id'], 'container'),
    partitionKey: parsePartitionKeyDefinition(body['partitionKey']),
    indexingPolicy: { ...defaultIndexingPolicy, ...policy },
    uniqueKeys: parseUniqueKeys(body['uniqueKeyPolicy']),
    defaultTtl: parseTtl(body['defaultTtl'], 'defaultTtl'),
  }
}

/** Ids of databases and containers. */
export const parseResourceId = (id: Json | undefined, what: string): string => {
  if (typeof id === 'string' && id !== '' && id.length <= 255 && !/[/\\#?]/.test(id) && !id.endsWith(' ')) return id
  throw badRequest(
    `The id of a ${what} must be a string of 1 to 255 characters without / \\ # ? and without a space at its end.`,
  )
}

/** What clients send where nothing is wanted. */
const isEmpty = (value: Json | undefined): boolean =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0)

const parsePartitionKeyDefinition = (value: Json | undefined): ContainerDefinition['partitionKey'] => {
  const paths = isObject(value) ? value['paths'] : undefined
  if (!isArray(paths ?? null) || !isObject(value)) throw badRequest('partitionKey.paths must be an array of paths.')
  const list = (paths as readonly Json[]).filter((path) => typeof path === 'string' && /^\/./.test(path)) as string[]
  if (list.length < 1 || list.length > 3 || list.length !== (paths as readonly Json[]).length) {
    throw badRequest('partitionKey.paths must be 1 to 3 paths that start with /.')
  }
  const kind = value['kind'] ?? 'Hash'
  if (kind !== (list.length > 1 ? 'MultiHash' : 'Hash') && kind !== 'MultiHash') {
    throw badRequest('partitionKey.kind must be Hash for one path and MultiHash for several.')
  }
  return { paths: list, kind, version: 2 }
}
