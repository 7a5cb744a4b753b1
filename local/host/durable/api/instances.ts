/** Instances: looked at, told something, rewound and cleared away. */
import { BadRequest, type DurableClient } from '../client.ts'
import { isFinished } from '../episode.ts'
import type { InstanceFilter } from '../store/instances.ts'
import {
  isTrue,
  jsonText,
  mediaTypeOf,
  notFound,
  pageSizeOf,
  readToken,
  timeOf,
  tokenHeader,
  type ManagementAnswer,
  type ManagementRequest,
} from './call.ts'
import { historyView } from './history-view.ts'
import { restart, type ManagementContext } from './starting.ts'
import { statusBody } from './status-body.ts'

export const answerInstances = async (
  context: ManagementContext,
  request: ManagementRequest,
  [id, operation, eventName, ...more]: readonly string[],
): Promise<ManagementAnswer> => {
  const { client } = context
  const { method, query } = request
  const reason = query.get('reason') ?? ''
  if (more.length > 0) return notFound
  if (id === undefined) {
    if (method === 'GET') return list(client, request)
    return method === 'DELETE' ? purgeAll(client, query) : notFound
  }
  if (operation === undefined) {
    if (method === 'GET') return status(client, request, id)
    return method === 'DELETE' ? purge(client, id) : notFound
  }
  if (method !== 'POST') return notFound
  switch (`${operation.toLowerCase()}${eventName === undefined ? '' : '/'}`) {
    case 'raiseevent/':
      return raiseEvent(client, request, id, eventName!)
    case 'terminate':
      return told(client.terminate(id, reason))
    case 'suspend':
      return told(client.suspend(id, reason))
    case 'resume':
      return told(client.resume(id, reason))
    case 'rewind':
      return rewind(client, id, reason)
    case 'restart':
      return restart(context, query, id)
    default:
      return notFound
  }
}

const told = (outcome: ReturnType<DurableClient['terminate']>): ManagementAnswer => ({
  status: { told: 202, missing: 404, finished: 410 }[outcome],
})

const raiseEvent = (
  client: DurableClient,
  { contentType, body }: ManagementRequest,
  id: string,
  name: string,
): ManagementAnswer => {
  const found = client.read(id)
  if (found === undefined) return notFound
  if (isFinished(found.status)) return { status: 410 }
  if (mediaTypeOf(contentType) !== 'application/json') {
    throw new BadRequest('Only application/json request content is supported')
  }
  return told(client.raiseEvent(id, name, jsonText(body)))
}

const rewind = (client: DurableClient, id: string, reason: string): ManagementAnswer => {
  const outcome = client.rewind(id, reason)
  if (outcome === 'rewound') return { status: 202 }
  if (outcome === 'missing') return notFound
  const Message =
    outcome === 'locked'
      ? `${id} held locks of entities, which have been released since: it cannot be rewound.`
      : `${id} has status ${outcome}, but only orchestrations that have failed can be rewound.`
  // A text, where other refusals are objects: the SDK takes it for its error.
  return { status: 412, body: Message }
}

const status = (client: DurableClient, { query, url }: ManagementRequest, id: string): ManagementAnswer => {
  const found = client.read(id)
  if (found === undefined) return notFound
  const showsInput = query.get('showInput')?.toLowerCase() !== 'false'
  const view = { showsInput, showsOutput: isTrue(query, 'showHistoryOutput') }
  const historyEvents = isTrue(query, 'showHistory') ? historyView(client.history(id), view) : undefined
  const body = statusBody(found, { showsInput, ...(historyEvents && { historyEvents }) })
  if (!isFinished(found.status)) return { status: 202, headers: { location: url, 'retry-after': '5' }, body }
  const isError = found.status === 'Failed' && isTrue(query, 'returnInternalServerErrorOnFailure')
  return { status: isError ? 500 : 200, body }
}

const list = (client: DurableClient, { query, continuationToken }: ManagementRequest): ManagementAnswer => {
  const size = pageSizeOf(query)
  const after = readToken(continuationToken, isPosition)
  const found = client.list(filterOf(query), { size, ...(after && { after }) })
  const last = found.at(-1)
  const showsInput = isTrue(query, 'showInput')
  return {
    status: 200,
    headers: tokenHeader(found.length === size && last && { created: last.created, id: last.id }),
    body: found.map((each) => statusBody(each, { showsInput })),
  }
}

const isPosition = (value: unknown): value is { readonly created: number; readonly id: string } => {
  const { created, id } = (value ?? {}) as { readonly created?: unknown; readonly id?: unknown }
  return typeof created === 'number' && typeof id === 'string'
}

const purge = (client: DurableClient, id: string): ManagementAnswer => {
  const outcome = client.purge(id)
  if (outcome === 'missing') return notFound
  if (outcome === 'purged') return { status: 200, body: { instancesDeleted: 1 } }
  const Message = `Only orchestrations in a terminal state can be purged, but ${id} has status ${outcome}`
  return { status: 412, body: { Message } }
}

const purgeAll = (client: DurableClient, query: URLSearchParams): ManagementAnswer => {
  const filter = filterOf(query)
  if (filter.createdFrom === undefined) throw new BadRequest("Please provide value for 'createdTimeFrom' parameter.")
  const instancesDeleted = client.purgeAll(filter)
  return instancesDeleted === 0 ? notFound : { status: 200, body: { instancesDeleted } }
}

const filterOf = (query: URLSearchParams): InstanceFilter => {
  const idPrefix = query.get('instanceIdPrefix')
  return {
    ...timeOf(query, 'createdTimeFrom', 'createdFrom'),
    ...timeOf(query, 'createdTimeTo', 'createdTo'),
    statuses: query.getAll('runtimeStatus').flatMap((names) => names.split(',').map((name) => name.trim())),
    ...(idPrefix === null ? {} : { idPrefix }),
  }
}
