/** Requests on items: by address, and what is posted to a container. */
import { runBatch } from './batch.ts'
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
import { requireFullKey } from './partition-key.ts'
import { parsePatch } from './patch.ts'
import { queryItems, queryPlan } from './query.ts'
import { bodyObject, header, isTrue, partitionKeyHeader, step, type Answer, type ContainerRequest } from './request.ts'
import { readCharge } from './ru.ts'

/** POST to /docs: a batch, a query, its plan, an upsert or a create, as the headers say. */
export const postItems = (request: ContainerRequest): Answer => {
  if (isTrue(request, 'x-ms-cosmos-is-batch-request')) return runBatch(request)
  if (isTrue(request, 'x-ms-cosmos-is-query-plan-request')) return queryPlan(request)
  if (isQuery(request)) return queryItems(request)
  return write(request, isTrue(request, 'x-ms-documentdb-is-upsert') ? 'Upsert' : 'Create')
}

/** 304 without a body where the item still has the etag of If-None-Match. */
export const getItem = (request: ContainerRequest): Answer => {
  const { container, now } = request
  const id = step(request, 5)
  const key = requireFullKey(partitionKeyHeader(request), container.definition.partitionKey.paths)
  const item = findItem(container, key, id, now)
  if (item === undefined) throw notFound(`The document ${id}`)
  if (header(request, 'if-none-match') !== item.etag) return itemAnswer(readItem(item))
  return { status: 304, headers: { etag: item.etag }, charge: readCharge(0) }
}

export const replaceItem = (request: ContainerRequest): Answer => write(request, 'Replace')

export const patchItem = (request: ContainerRequest): Answer => write(request, 'Patch')

export const deleteItem = (request: ContainerRequest): Answer => write(request, 'Delete')

const write = (request: ContainerRequest, kind: OperationKind): Answer => {
  const { catalog, container, now } = request
  const operation: ItemOperation = {
    kind,
    partitionKey: requireFullKey(partitionKeyHeader(request), container.definition.partitionKey.paths),
    id: kind === 'Create' || kind === 'Upsert' ? undefined : step(request, 5),
    document: kind === 'Patch' || kind === 'Delete' ? undefined : bodyObject(request),
    patch: kind === 'Patch' ? parsePatch(parseJson(request.body.toString('utf8'), 'The patch')) : undefined,
    ifMatch: header(request, 'if-match'),
  }
  if (kind === 'Create' && header(request, 'if-none-match') !== undefined) {
    throw badRequest('If-None-Match is not supported on writes: a create already fails where the document exists.')
  }
  return itemAnswer(
    catalog.write(container, now, (next) => execute(container, operation, { now, lsn: next(), index: 0 })),
  )
}

const itemAnswer = ({ status, etag, body, charge }: OperationResult): Answer => ({
  status,
  charge,
  ...(body !== undefined && { body }),
  ...(etag !== undefined && { headers: { etag } }),
})
