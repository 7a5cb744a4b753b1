/** Queries on items. All partitions are on this server, so a query across them is answered whole. */
import { createHash } from 'node:crypto'
import { badRequest } from './errors.ts'
import { listAnswer } from './feed.ts'
import { isIndexed } from './indexing.ts'
import { parseObject } from './json.ts'
import { requireOrderIndex } from './order-index.ts'
import { encodePartitionKey } from './partition-key.ts'
import { bodyObject, header, pageSize, partitionKeyHeader, type Answer, type ContainerRequest } from './request.ts'
import { metadataCharge, queryCharge } from './ru.ts'
import { compileQuery, type CompiledQuery } from './sql/compile-query.ts'
import { runQuery, type Continuation, type QuerySource } from './sql/run-query.ts'
import { compareStrings } from './sql/values.ts'
import { findCandidates, type Candidate } from './store/candidates.ts'

/** 4 MB: a page ends with the result that exceeds it. */
const maxPageCharacters = 4 * 1024 * 1024

export const queryItems = (request: ContainerRequest): Answer => {
  const body = bodyObject(request)
  const query = compileQuery(body)
  requireOrderIndex(query.orderBy, request.container)
  const source = sourceOf(request, query)
  requireServable(query, source.pk)
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

/** A plan that leaves the work to the server. The SDK asks for one ahead and uses it only where a query is refused. */
export const queryPlan = (request: ContainerRequest): Answer => {
  const query = compileQuery(bodyObject(request))
  const queryInfo = {
    ...{ distinctType: 'None', top: null, offset: null, limit: null, orderBy: [], orderByExpressions: [] },
    ...{ groupByExpressions: [], groupByAliases: [], groupByAliasToAggregateType: {} },
    aggregates: refusedAggregates(query),
    ...{ rewrittenQuery: '', hasSelectValue: query.selectsValue, hasNonStreamingOrderBy: false },
  }
  const queryRanges = [{ min: '', max: 'FF', isMinInclusive: true, isMaxInclusive: false }]
  return {
    status: 200,
    body: JSON.stringify({ partitionedQueryExecutionInfoVersion: 2, queryInfo, queryRanges }),
    charge: metadataCharge,
  }
}

/** As in the cloud: across partitions an aggregate must be selected with VALUE, unless there is GROUP BY. */
const requireServable = (query: CompiledQuery, pk: string): void => {
  if (pk === '' && refusedAggregates(query).length > 0) {
    throw badRequest("Cross partition query only supports 'VALUE <AggregateFunction>' for aggregates.", 1004)
  }
}

const refusedAggregates = (query: CompiledQuery): readonly string[] =>
  query.groupBy.length > 0 || query.selectsValue ? [] : query.aggregates.map(({ name }) => name)

interface ItemSource extends QuerySource<Candidate> {
  /** Encoded partition key, or the prefix of one. */
  readonly pk: string
  /** What has been loaded, for the charge. */
  loaded(): { readonly documents: number; readonly bytes: number }
}

const sourceOf = (request: ContainerRequest, query: CompiledQuery): ItemSource => {
  const { container, database, now } = request
  const key = partitionKeyHeader(request) ?? []
  const { paths } = container.definition.partitionKey
  if (key.length > paths.length) throw badRequest(`The partition key has more values than the container has paths.`)
  const pk = encodePartitionKey(key)
  const exact = key.length === paths.length
  const constraint = query.constraint((name) => isIndexed([name], container.policy))
  const sizes = new Map<number, number>()
  return {
    pk,
    sortedById: exact,
    scan: (after) => findCandidates(database, container.items, { pk, exact, constraint, after, now }),
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

const readContinuation = (request: ContainerRequest, fingerprint: string): Continuation<Candidate> | undefined => {
  const token = header(request, 'x-ms-continuation')
  if (token === undefined) return undefined
  const parsed = parseObject(Buffer.from(token, 'base64url').toString('utf8'), 'The continuation token')
  if (parsed['fingerprint'] !== fingerprint) throw badRequest('The continuation token belongs to another query.')
  return parsed as unknown as Continuation<Candidate>
}
