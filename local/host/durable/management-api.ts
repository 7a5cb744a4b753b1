/**
 * The management API of Durable Functions (azure-functions-durable-extension 3, HttpApiHandler): under the webhooks for
 * everybody with the key, and under a path of its own for the app's durable clients.
 */
import { managementUrls, type ClientBindingOptions } from './client-binding.ts'
import { BadRequest, type DurableClient } from './client.ts'
import { isFinished } from './episode.ts'
import { historyView } from './history-view.ts'
import { entityOf } from './protocol.ts'
import type { InstanceFilter, InstanceStatus } from './store/instances.ts'

export interface ManagementRequest {
  readonly method: string
  /** Below the API's own. */
  readonly path: string
  readonly query: URLSearchParams
  readonly contentType: string | undefined
  readonly continuationToken: string | undefined
  readonly body: string
  /** As it was asked. */
  readonly url: string
}

export interface ManagementAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** To be written as JSON; undefined: none. */
  readonly body?: unknown
}

export interface ManagementContext {
  readonly client: DurableClient
  readonly binding: ClientBindingOptions
  /** Waits; ends early where the host ends. */
  readonly pause: (milliseconds: number) => Promise<void>
  readonly isEnding: () => boolean
}

const defaultPageSize = 100

export const answerManagement = async (
  context: ManagementContext,
  request: ManagementRequest,
): Promise<ManagementAnswer> => {
  const segments = request.path.split('/').filter((segment) => segment !== '')
  try {
    const [area, ...rest] = segments.map((segment) => decodeURIComponent(segment))
    const hub = request.query.get('taskHub')
    if (hub !== null && hub.toLowerCase() !== context.binding.hubName.toLowerCase()) {
      throw new BadRequest(`taskHub: this host has only ${context.binding.hubName}.`)
    }
    if (area === 'orchestrators' && rest.length > 0 && rest.length < 3) return await start(context, request, rest)
    if (area === 'instances') return await answerInstances(context, request, rest)
    if (area === 'entities' && rest.length < 3) return answerEntities(context, request, rest)
    return notFound
  } catch (error) {
    if (error instanceof BadRequest) return { status: 400, body: { Message: error.message } }
    if (error instanceof URIError) return { status: 400, body: { Message: 'The path is not encoded as a URL.' } }
    throw error
  }
}

const notFound: ManagementAnswer = { status: 404 }

const start = async (
  context: ManagementContext,
  { method, query, body }: ManagementRequest,
  [name, instanceId]: readonly string[],
): Promise<ManagementAnswer> => {
  if (method !== 'POST') return notFound
  const version = query.get('version')
  const started = context.client.start(name!, {
    input: jsonText(body),
    ...(instanceId === undefined ? {} : { instanceId }),
    ...(version === null ? {} : { version }),
  })
  if (started !== 'running') return followUp(context, query, started.id)
  return { status: 409, body: { Message: `An orchestration with the instance id ${instanceId} is under way already.` } }
}

/** Where the caller wants to wait, the result; otherwise, and where it takes longer, how to ask for it. */
const followUp = async (context: ManagementContext, query: URLSearchParams, id: string): Promise<ManagementAnswer> => {
  const [timeout, interval] = [secondsOf(query, 'timeout'), secondsOf(query, 'pollingInterval')]
  if (timeout !== undefined && interval !== undefined) {
    const deadline = Date.now() + timeout * 1_000
    for (;;) {
      const status = context.client.read(id)
      if (status?.status === 'Completed') return { status: 200, body: valueOf(status.output) }
      if (status !== undefined && isFinished(status.status)) return { status: 200, body: statusBody(status, {}) }
      const left = deadline - Date.now()
      if (left <= 0 || context.isEnding()) break
      await context.pause(Math.min(left, interval * 1_000))
    }
  }
  const { rewindPostUri: _, ...links } = managementUrls(context.binding, id)
  return { status: 202, headers: { location: links['statusQueryGetUri']!, 'retry-after': '10' }, body: links }
}

const answerInstances = async (
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

const restart = async (context: ManagementContext, query: URLSearchParams, id: string): Promise<ManagementAnswer> => {
  const { client } = context
  const before = client.read(id)
  if (before === undefined) throw new BadRequest('InstanceId does not match a valid orchestration instance.')
  const { name, input, version } = before
  const isSame = query.get('restartWithNewInstanceId')?.toLowerCase() === 'false'
  const started = client.start(name, { input, version, ...(isSame ? { instanceId: id } : {}) })
  if (started !== 'running') return followUp(context, query, started.id)
  return { status: 409, body: { Message: 'A non-terminal instance with this instance ID already exists.' } }
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
  const after = readToken<{ created: number; id: string }>(continuationToken)
  const found = client.list(filterOf(query), { size, ...(after && { after }) })
  const last = found.at(-1)
  const showsInput = isTrue(query, 'showInput')
  return {
    status: 200,
    headers: tokenHeader(found.length === size && last && { created: last.created, id: last.id }),
    body: found.map((each) => statusBody(each, { showsInput })),
  }
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

const answerEntities = (
  { client }: ManagementContext,
  request: ManagementRequest,
  [name, key]: readonly string[],
): ManagementAnswer => {
  const { method, query, body, contentType } = request
  if (method === 'GET' && key === undefined) return listEntities(client, request, name)
  if (name === undefined || key === undefined) return notFound
  if (method === 'GET') {
    const found = client.readEntity(name, key)
    return found === undefined ? notFound : { status: 200, body: valueOf(found.state) }
  }
  if (method !== 'POST' && method !== 'DELETE') return notFound
  const operation = method === 'DELETE' ? 'delete' : (query.get('op') ?? '')
  const isJson = mediaTypeOf(contentType) === 'application/json'
  const input = body === '' ? undefined : isJson ? jsonText(body)! : JSON.stringify(body)
  client.signalEntity(name, key, operation, input)
  return { status: 202 }
}

const listEntities = (
  client: DurableClient,
  { query, continuationToken }: ManagementRequest,
  name: string | undefined,
): ManagementAnswer => {
  const size = pageSizeOf(query)
  const after = readToken<string>(continuationToken)
  const filter = {
    ...timeOf(query, 'lastOperationTimeFrom', 'updatedFrom'),
    ...timeOf(query, 'lastOperationTimeTo', 'updatedTo'),
    ...(name === undefined ? {} : { name }),
  }
  const found = client.listEntities(filter, { size, ...(after && { after }) })
  return {
    status: 200,
    headers: tokenHeader(found.length === size && found.at(-1)?.id),
    body: found.map(({ id, updated, state }) => ({
      entityId: entityOf(id),
      lastOperationTime: timeText(updated),
      ...(isTrue(query, 'fetchState') ? { state: valueOf(state) } : {}),
    })),
  }
}

const statusBody = (
  found: InstanceStatus,
  { showsInput = true, historyEvents }: { readonly showsInput?: boolean; readonly historyEvents?: unknown },
) => ({
  name: found.name,
  instanceId: found.id,
  runtimeStatus: found.status,
  input: showsInput ? valueOf(found.input) : null,
  customStatus: valueOf(found.customStatus),
  output: valueOf(found.output),
  createdTime: timeText(found.created),
  lastUpdatedTime: timeText(found.updated),
  ...(historyEvents === undefined ? {} : { historyEvents }),
})

/** To the second, as the extension writes it. */
const timeText = (epochMs: number): string => new Date(epochMs).toISOString().replace(/\.\d+Z$/, 'Z')

const valueOf = (json: string | null): unknown => JSON.parse(json ?? 'null')

/** Checked, and without the spaces between its parts. */
const jsonText = (body: string): string | null => {
  if (body === '') return null
  try {
    return JSON.stringify(JSON.parse(body))
  } catch {
    throw new BadRequest('Invalid JSON content')
  }
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

/** One that cannot be read counts as none, as in the extension. */
const timeOf = <Name extends string>(query: URLSearchParams, parameter: string, name: Name) => {
  const time = Date.parse(query.get(parameter) ?? '')
  return (Number.isNaN(time) ? {} : { [name]: time }) as { readonly [Key in Name]?: number }
}

const isTrue = (query: URLSearchParams, name: string): boolean => query.get(name)?.toLowerCase() === 'true'

const secondsOf = (query: URLSearchParams, name: string): number | undefined => {
  const seconds = Number(query.get(name) ?? NaN)
  return seconds >= 0 ? seconds : undefined
}

const pageSizeOf = (query: URLSearchParams): number => {
  const size = Number(query.get('top') ?? defaultPageSize)
  return Number.isInteger(size) && size > 0 ? size : defaultPageSize
}

const mediaTypeOf = (contentType: string | undefined): string | undefined =>
  contentType?.split(';')[0]!.trim().toLowerCase()

const tokenHeader = (position: unknown): Readonly<Record<string, string>> =>
  position === false || position === undefined
    ? {}
    : { 'x-ms-continuation-token': Buffer.from(JSON.stringify(position)).toString('base64url') }

const readToken = <T>(token: string | undefined): T | undefined => {
  if (token === undefined || token === '') return undefined
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString()) as T
  } catch {
    throw new BadRequest('x-ms-continuation-token: expected one that this API has given.')
  }
}
