/** Requests on items: by address, and what is posted to a container. */
import { runBatch } from './batch.ts'
import { readChangeFeed } from './change-feed.ts'
import { badRequest, notFound } from './errors.ts'
import { isQuery } from './feed.ts'
import { parseJson } from './json.ts'
import {
  execute,
  findItem,
  readItem,
  type ItemOperation,
  type OperationKind,
  type OperationResult,
} from './operations.ts'
import { encodePartitionKey, requireFullKey } from './partition-key.ts'
import { parsePatch } from './patch.ts'
import { listItems, planQuery, queryItems } from './query.ts'
import { bodyObject, header, isTrue, partitionKeyHeader, step, type Answer, type ContainerRequest } from './request.ts'
import { itemKeyIn } from './resource-id.ts'
import { metadataCharge, readCharge } from './ru.ts'
import { requireSession } from './session-token.ts'

/** POST to /docs: a batch, a query, its plan, an upsert or a create, as the headers say. */
export const postItems = (request: ContainerRequest): Answer => {
  if (isTrue(request, 'x-ms-cosmos-is-batch-request')) return runBatch(request)
  if (isTrue(request, 'x-ms-cosmos-is-query-plan-request')) return planQuery(request)
  if (isQuery(request)) return inSession(request, queryItems)
  return write(request, isTrue(request, 'x-ms-documentdb-is-upsert') ? 'Upsert' : 'Create')
}

/** GET on /docs: the change feed, or a list of all items. */
export const getItems = (request: ContainerRequest): Answer =>
  inSession(request, header(request, 'a-im') === undefined ? listItems : readChangeFeed)

/** 304 without a body where the item still has the etag of If-None-Match, or any at all for `*`. */
export const getItem = (request: ContainerRequest): Answer =>
  inSession(request, () => {
    const { container, now } = request
    const id = itemId(request)
    const item = findItem(container, fullKey(request), id, now)
    if (item === undefined) throw notFound(`The document ${id}`)
    const known = header(request, 'if-none-match')
    if (known !== '*' && known !== item.etag) return itemAnswer(readItem(item))
    return { status: 304, headers: { etag: item.etag }, charge: readCharge(0) }
  })

export const replaceItem = (request: ContainerRequest): Answer => write(request, 'Replace')

export const patchItem = (request: ContainerRequest): Answer => write(request, 'Patch')

export const deleteItem = (request: ContainerRequest): Answer => write(request, 'Delete')

/** POST to /operations/partitionkeydelete: removes all items of one partition key. */
export const postOperation = (request: ContainerRequest): Answer => {
  const { catalog, container, now } = request
  if (step(request, 5) !== 'partitionkeydelete') throw notFound(`The operation ${step(request, 5)}`)
  const pk = encodePartitionKey(fullKey(request))
  catalog.write(container, now, (next) => {
    next()
    container.items.removePartition(pk, container.entriesOf)
  })
  return { status: 200, charge: metadataCharge }
}

const inSession = (request: ContainerRequest, read: (request: ContainerRequest) => Answer): Answer => {
  requireSession(request, () => request.catalog.lsn(request.container))
  return read(request)
}

const fullKey = (request: ContainerRequest) =>
  requireFullKey(partitionKeyHeader(request), request.container.definition.partitionKey.paths)

/** An address of `_rid`s ends in the item's one. */
const itemId = (request: ContainerRequest): string => {
  const id = step(request, 5)
  if (!request.byRid) return id
  const item = request.container.items.load(itemKeyIn(id))
  if (item === undefined) throw notFound(`The document ${id}`)
  return item.id
}

const write = (request: ContainerRequest, kind: OperationKind): Answer => {
  const { catalog, container, now } = request
  const operation: ItemOperation = {
    kind,
    partitionKey: fullKey(request),
    id: kind === 'Create' || kind === 'Upsert' ? undefined : itemId(request),
    document: kind === 'Patch' || kind === 'Delete' ? undefined : bodyObject(request),
    patch: kind === 'Patch' ? parsePatch(parseJson(request.body.toString('utf8'), 'The patch')) : undefined,
    ifMatch: header(request, 'if-match'),
  }
  requireNoOtherCondition(request, kind)
  const result = catalog.write(container, now, (next) => execute(container, operation, { now, lsn: next(), index: 0 }))
  return itemAnswer(isMinimal(request) ? { ...result, body: undefined } : result)
}

/** `Prefer: return=minimal`: the answer to a write leaves the document out. */
const isMinimal = (request: ContainerRequest): boolean => header(request, 'prefer')?.toLowerCase() === 'return=minimal'

/** If-None-Match is for reads; with `*` a create says what it does anyway. */
const requireNoOtherCondition = (request: ContainerRequest, kind: OperationKind): void => {
  const condition = header(request, 'if-none-match')
  if (condition === undefined || (condition === '*' && kind === 'Create')) return
  throw badRequest('If-None-Match is not supported on writes: a create already fails where the document exists.')
}

const itemAnswer = ({ status, etag, body, charge }: OperationResult): Answer => ({
  status,
  charge,
  ...(body !== undefined && { body }),
  ...(etag !== undefined && { headers: { etag } }),
})
