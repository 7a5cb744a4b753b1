/** The request and response nodes: `$cbs` takes tokens, `$management` tells about hubs. */
import rhea from 'rhea'
import type { Message, Receiver, Sender } from 'rhea'
import { encodedMessageId } from './amqp-sections.ts'
import type { Access } from './connection.ts'
import type { Hub } from './hub.ts'
import { partitionNumber } from './links.ts'
import { linkOf } from './rhea-internals.ts'

const { types } = rhea
const tokenType = 'servicebus.windows.net:sastoken'

export interface Request {
  /** The link that it came over. */
  readonly receiver: Receiver
  readonly message: Message
  /** Of the message, as it came; undefined: it has none. */
  readonly id: Buffer | undefined
}

interface Answer {
  readonly status: number
  readonly description: string
  /** Symbolic name of the error. */
  readonly condition?: string
  readonly properties?: Readonly<Record<string, unknown>>
}

/** Reads what came to one of the two nodes; undefined where it cannot be read. */
export const readRequest = (receiver: Receiver, bytes: Buffer): Request | undefined => {
  try {
    return { receiver, message: rhea.message.decode(bytes) as unknown as Message, id: encodedMessageId(bytes) }
  } catch {
    return undefined
  }
}

/** Answers a message that came to `$cbs`. */
export const answerToken = (request: Request, access: Access): void => {
  const { operation, type } = propertiesOf(request)
  if (operation !== 'put-token') return reply(request, notImplemented('put-token'))
  if (type !== tokenType) {
    return reply(request, unauthorized(`Expected a token of type ${tokenType}: there are no identities here.`))
  }
  const { body } = request.message as { readonly body: unknown }
  const refusal = access.show(typeof body === 'string' ? body : '')
  reply(request, refusal === undefined ? { status: 202, description: 'Accepted' } : unauthorized(refusal))
}

/** Answers a READ of the hub that the request names, or of one of its partitions. */
export const answerManagement = (request: Request, hubs: ReadonlyMap<string, Hub>, access: Access): void =>
  reply(request, managementAnswer(propertiesOf(request), hubs, access))

const managementAnswer = (
  { type, operation, name, partition }: Readonly<Record<string, unknown>>,
  hubs: ReadonlyMap<string, Hub>,
  access: Access,
): Answer => {
  if (operation !== 'READ') return notImplemented('READ')
  const hub = typeof name === 'string' ? hubs.get(name.toLowerCase()) : undefined
  if (hub === undefined) return notFound(`'${String(name)}'`)
  if (!access.covers(hub.config.name) && !access.covers(`${hub.config.name}/$management`)) {
    return unauthorized(`No valid token covers '${hub.config.name}'.`)
  }
  if (type === 'com.microsoft:eventhub') return { ...ok, properties: hubProperties(hub) }
  const number = typeof partition === 'string' ? partitionNumber(hub, partition) : undefined
  if (type !== 'com.microsoft:partition' || number === undefined) {
    return notFound(`${hub.config.name}|${String(partition)}`)
  }
  return { ...ok, properties: partitionProperties(hub, number) }
}

const ok: Answer = { status: 200, description: 'OK' }

const unauthorized = (description: string): Answer => ({
  status: 401,
  description,
  condition: 'amqp:unauthorized-access',
})

const notFound = (what: string): Answer => ({
  status: 404,
  description: `The messaging entity ${what} could not be found.`,
  condition: 'amqp:not-found',
})

const notImplemented = (expected: string): Answer => ({
  status: 501,
  description: `Expected operation ${expected}.`,
  condition: 'amqp:not-implemented',
})

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

const partitionProperties = ({ config, partitions }: Hub, number: number) => {
  const { last } = partitions[number]!
  return {
    name: config.name,
    type: 'com.microsoft:partition',
    partition: String(number),
    begin_sequence_number: types.wrap_long(0),
    last_enqueued_sequence_number: types.wrap_long(last.sequence),
    last_enqueued_offset: last.offset,
    last_enqueued_time_utc: types.wrap_timestamp(last.enqueuedAt),
    is_partition_empty: last.sequence < 0,
  }
}

const propertiesOf = ({ message }: Request) =>
  (message.application_properties ?? {}) as Readonly<Record<string, unknown>>

/** Without a link to answer on the answer is lost, as in Event Hubs. */
const reply = ({ receiver, message, id }: Request, { status, description, condition, properties }: Answer): void => {
  const link = answerLink(receiver, message.reply_to)
  if (link === undefined) return
  sendWithCredit(link, {
    ...correlationOf(id),
    application_properties: {
      // An int: clients of typed languages take nothing else.
      'status-code': types.wrap_int(status),
      'status-description': description,
      ...(condition === undefined ? {} : { 'error-condition': types.wrap_symbol(condition) }),
    },
    body: properties,
  })
}

/** A message for which there is no credit would hold up the other links of its session. */
const sendWithCredit = (link: Sender, message: Message): void => {
  if (link.sendable()) link.send(message)
  else link.once('sendable', () => sendWithCredit(link, message))
}

/** The message id as it came: clients look their requests up by it, be it a string, a UUID, a number or binary. */
const correlationOf = (id: Buffer | undefined): { readonly correlation_id?: string } => {
  if (id === undefined) return {}
  const { Reader } = types as unknown as { readonly Reader: new (from: Buffer) => { read(): string } }
  return { correlation_id: new Reader(id).read() }
}

/** The link whose address or name the request gives in `reply-to`; without one, the link that receives from the same node. */
const answerLink = (receiver: Receiver, replyTo: string | undefined): Sender | undefined => {
  const { connection } = receiver
  const find = (fits: (sender: Sender) => boolean): Sender | undefined =>
    connection.find_sender((sender: Sender) => sender.is_open() && fits(sender))
  return replyTo === undefined || replyTo === null
    ? find((sender) => sender.source?.address === receiver.target?.address)
    : find((sender) => sender.target?.address === replyTo || linkOf(sender).remote.attach?.name === replyTo)
}
