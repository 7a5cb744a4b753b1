/** Queries on items. */
import { createHash } from 'node:crypto'
import { isInRange, keyRangeOf, type KeyRange } from './effective-partition-key.ts'
import { badRequest, needsQueryPlan } from './errors.ts'
import { listAnswer } from './feed.ts'
import { isIndexed } from './indexing.ts'
import { isObject, parseObject, type JsonObject } from './json.ts'
import { requireOrderIndex } from './order-index.ts'
import { encodePartitionKey, type PartitionKey } from './partition-key.ts'
import {
  bodyObject,
  header,
  isTrue,
  pageSize,
  partitionKeyHeader,
  requireKnownRange,
  type Answer,
  type ContainerRequest,
} from './request.ts'
import { metadataCharge, queryCharge } from './ru.ts'
import { compileQuery, type CompiledQuery } from './sql/compile-query.ts'
import { needsPlan, queryPlan } from './sql/query-plan.ts'
import { runQuery, type Continuation, type QuerySource } from './sql/run-query.ts'
import { compareStrings } from './sql/values.ts'
import { findCandidates, type Candidate } from './store/candidates.ts'

/** 4 MB: a page ends with the result that exceeds it. */
const maxPageCharacters = 4 * 1024 * 1024

export const queryItems = (request: ContainerRequest): Answer => answerQuery(request, bodyObject(request))

/** All items, as a list: GET without a query. */
export const listItems = (request: ContainerRequest): Answer => answerQuery(request, { query: 'SELECT * FROM c' })

/** The plan of a query that clients run over several partitions by themselves. */
export const planQuery = (request: ContainerRequest): Answer => {
  const query = compileQuery(bodyObject(request), request.clock)
  return { status: 200, body: JSON.stringify(queryPlan(query)), charge: metadataCharge }
}

const answerQuery = (request: ContainerRequest, body: JsonObject): Answer => {
  const query = compileQuery(body, request.clock)
  requireOrderIndex(query, request.container)
  const { paths } = request.container.definition.partitionKey
  const stated = partitionKeyHeader(request)
  const key = stated === undefined || stated.length === 0 ? (query.partitionKey(paths) ?? []) : stated
  if (key.length > paths.length) throw badRequest(`The partition key has more values than the container has paths.`)
  if (key.length === 0) requireServable(request, query)
  const source = sourceOf(request, query, key)
  const fingerprint = createHash('sha256')
    .update(JSON.stringify(body))
    .update(source.pk)
    .digest('base64url')
    .slice(0, 16)
  const limits = { items: pageSize(request), characters: maxPageCharacters }
  const { results, next } = runQuery(query, source, limits, readContinuation(request, fingerprint))
  const { documents, bytes } = source.loaded()
  const answer = listAnswer('Documents', request.container.rid, results, queryCharge(documents, bytes))
  if (next === undefined) return answer
  const token = Buffer.from(JSON.stringify({ fingerprint, ...next })).toString('base64url')
  return { ...answer, headers: { ...answer.headers, 'x-ms-continuation': token } }
}

/** As in the cloud: across partitions the gateway filters and projects, and leaves the rest to the client. */
const requireServable = (request: ContainerRequest, query: CompiledQuery): void => {
  if (requireKnownRange(request) || request.method === 'GET') return
  const allowed = ['x-ms-documentdb-query-enablecrosspartition', 'x-ms-query-enable-crosspartition']
  if (!allowed.some((name) => isTrue(request, name))) {
    throw badRequest(
      'Cross partition query is required but disabled: set x-ms-documentdb-query-enablecrosspartition to true, ' +
        'specify x-ms-documentdb-partitionkey, or revise your query to avoid this exception.',
    )
  }
  if (needsPlan(query)) throw needsQueryPlan(JSON.stringify(queryPlan(query)))
}

interface ItemSource extends QuerySource<Candidate> {
  /** Encoded partition key, or the prefix of one. */
  readonly pk: string
  /** What has been loaded, for the charge. */
  loaded(): { readonly documents: number; readonly bytes: number }
}

const sourceOf = (request: ContainerRequest, query: CompiledQuery, key: PartitionKey): ItemSource => {
  const { container, database, now } = request
  const pk = encodePartitionKey(key)
  const exact = key.length === container.definition.partitionKey.paths.length
  const constraint = query.constraint((name) => isIndexed([name], container.policy))
  const range = keyRangeOf(request)
  const sizes = new Map<number, number>()
  return {
    pk,
    sortedById: exact,
    scan: (from) => {
      const found = findCandidates(database, container.items, { pk, exact, constraint, from, now })
      return range === undefined ? found : within(found, range)
    },
    compare: (a, b) => compareStrings(a.pk, b.pk) || compareStrings(a.id, b.id),
    load: ({ key }) => {
      const item = container.items.load(key)
      if (item === undefined) return undefined
      sizes.set(key, item.bytes)
      return { document: parseObject(item.body, 'A stored item'), text: item.body }
    },
    loaded: () => ({ documents: sizes.size, bytes: [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0) }),
  }
}

function* within(found: Iterable<Candidate>, range: KeyRange): Generator<Candidate> {
  for (const candidate of found) if (isInRange(candidate.pk, range)) yield candidate
}

const readContinuation = (request: ContainerRequest, fingerprint: string): Continuation<Candidate> | undefined => {
  const token = header(request, 'x-ms-continuation')
  if (token === undefined) return undefined
  const parsed = parseObject(Buffer.from(token, 'base64url').toString('utf8'), 'The continuation token')
  if (parsed['fingerprint'] !== fingerprint) throw badRequest('The continuation token belongs to another query.')
  const { after, passed } = parsed
  const isPlace = isObject(after) && typeof after['pk'] === 'string' && typeof after['id'] === 'string'
  if (typeof passed !== 'number' || (after !== undefined && !isPlace)) {
    throw badRequest('The continuation token is not one that the local Cosmos DB has made.')
  }
  return parsed as unknown as Continuation<Candidate>
}
