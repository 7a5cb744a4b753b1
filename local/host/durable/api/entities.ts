/** Entities: read, listed and told something. */
import type { DurableClient } from '../client.ts'
import { entityOf } from '../protocol.ts'
import {
  isTrue,
  jsonText,
  mediaTypeOf,
  notFound,
  pageSizeOf,
  readToken,
  timeOf,
  timeText,
  tokenHeader,
  valueOf,
  type ManagementAnswer,
  type ManagementRequest,
} from './call.ts'
import type { ManagementContext } from './starting.ts'

export const answerEntities = (
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
  const after = readToken(continuationToken, (value) => typeof value === 'string')
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
