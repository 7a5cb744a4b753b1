/** The request and response nodes: `$cbs` takes tokens, `<hub>/$management` tells about the hub. */
import rhea from 'rhea'
import type { Connection, Message } from 'rhea'
import type { Access } from './connection.ts'
import type { Hub } from './hub.ts'

const { types } = rhea

/** Answers a message that came to `$cbs`. */
export const answerToken = (connection: Connection, request: Message, access: Access): void => {
  const refusal = access.show(textOf(request.body))
  reply(connection, request, {
    'status-code': refusal === undefined ? 202 : 401,
    'status-description': refusal ?? 'Accepted',
  })
}

/** Answers a READ of the hub that the request names, or of one of its partitions. */
export const answerManagement = (
  connection: Connection,
  request: Message,
  hubs: ReadonlyMap<string, Hub>,
  access: Access,
): void => {
  const properties = (request.application_properties ?? {}) as Readonly<Record<string, unknown>>
  const { type, operation, name, partition } = properties
  if (operation !== 'READ') return refuse(connection, request, 501, 'amqp:not-implemented', 'Expected operation READ.')
  const hub = typeof name === 'string' ? hubs.get(name.toLowerCase()) : undefined
  if (hub === undefined) {
    return refuse(
      connection,
      request,
      404,
      'amqp:not-found',
      `The messaging entity '${String(name)}' could not be found.`,
    )
  }
  if (!access.covers(hub.config.name) && !access.covers(`${hub.config.name}/$management`)) {
    return refuse(connection, request, 401, 'amqp:unauthorized-access', `No valid token covers '${hub.config.name}'.`)
  }
  if (type === 'com.microsoft:eventhub') return reply(connection, request, ok, hubProperties(hub))
  const log = hub.partitions[Number(partition)]
  if (
    type !== 'com.microsoft:partition' ||
    typeof partition !== 'string' ||
    log === undefined ||
    partition !== String(Number(partition))
  ) {
    return refuse(
      connection,
      request,
      404,
      'amqp:not-found',
      `The messaging entity ${hub.config.name}|${String(partition)} could not be found.`,
    )
  }
  const { last } = log
  return reply(connection, request, ok, {
    name: hub.config.name,
    type: 'com.microsoft:partition',
    partition,
    begin_sequence_number: types.wrap_long(0),
    last_enqueued_sequence_number: types.wrap_long(last.sequence),
    last_enqueued_offset: last.offset,
    last_enqueued_time_utc: types.wrap_timestamp(last.enqueuedAt),
    is_partition_empty: last.sequence < 0,
  })
}

const ok = { 'status-code': 200, 'status-description': 'OK' }

const hubProperties = ({ config, createdAt, partitions }: Hub) => ({
  name: config.name,
  type: 'com.microsoft:eventhub',
  created_at: types.wrap_timestamp(createdAt),
  partition_count: types.wrap_int(partitions.length),
  partition_ids: types.wrap_array(
    partitions.map((_, i) => String(i)),
    0xa1,
    undefined,
  ),
})

const refuse = (
  connection: Connection,
  request: Message,
  status: number,
  condition: string,
  description: string,
): void =>
  reply(connection, request, {
    'status-code': status,
    'status-description': description,
    'error-condition': condition,
  })

/** To the link whose address or name the request names in `reply_to`. */
const reply = (
  connection: Connection,
  request: Message,
  status: Readonly<Record<string, unknown>>,
  body: unknown = undefined,
): void => {
  const link = connection.find_sender(
    (sender: { name: string; target?: { address?: string } }) =>
      sender.name === request.reply_to || sender.target?.address === request.reply_to,
  )
  link?.send({
    correlation_id: request.message_id ?? '',
    application_properties: { ...status },
    body,
  })
}

const textOf = (body: unknown): string => (typeof body === 'string' ? body : '')
