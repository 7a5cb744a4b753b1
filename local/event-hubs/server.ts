/** The local Event Hubs: an AMQP 1.0 server that the Azure SDKs use as they use the cloud's. */
import type { AddressInfo, Server, Socket } from 'node:net'
import { join } from 'node:path'
import rhea from 'rhea'
import type { Connection, EventContext, Receiver, Sender, Session } from 'rhea'
import { Access } from './connection.ts'
import { Consumer, Readers } from './consumers.ts'
import { Hub, type HubConfig } from './hub.ts'
import {
  epochOf,
  filterOf,
  isManagement,
  notFound,
  partitionNumber,
  unauthorized,
  wantsMetrics,
  type Refusal,
} from './links.ts'
import { startSequence } from './position.ts'
import { maxMessageBytes, storeMessage } from './producers.ts'
import { answerManagement, answerToken } from './requests.ts'
import { keyName } from './tokens.ts'

export type { HubConfig } from './hub.ts'

export interface EventHubsOptions {
  /** 0: any free one. */
  readonly port: number
  /** Where the hubs keep their events. */
  readonly directory: string
  readonly hubs: readonly HubConfig[]
  /** Of RootManageSharedAccessKey. Default: that of the official emulator. */
  readonly key?: string
}

export interface RunningEventHubs {
  readonly port: number
  /** Without EntityPath. */
  readonly connectionString: string
  close(): Promise<void>
}

const host = '127.0.0.1'
const emulatorKey = 'SAS_KEY_VALUE'

/** Starts the server. Rejects where the port is taken or a hub's data does not fit its configuration. */
export const startEventHubs = async (options: EventHubsOptions): Promise<RunningEventHubs> => {
  const key = options.key ?? emulatorKey
  const now = (): number => Date.now()
  const hubs = openHubs(options, now())
  const namespace = new Namespace(hubs, key, now)
  const container = rhea.create_container({ id: 'millrace-event-hubs' })
  container.sasl_server_mechanisms['enable_anonymous']?.()
  container.on('connection_open', ({ connection }: EventContext) => {
    namespace.opened(connection)
  })
  container.on('receiver_open', (context: EventContext) => {
    namespace.producerOpened(context.connection, context.receiver!)
  })
  container.on('sender_open', (context: EventContext) => {
    namespace.consumerOpened(context.connection, context.sender!)
  })
  container.on('sendable', ({ sender }: EventContext) => {
    if (sender !== undefined) namespace.sendable(sender)
  })
  container.on('message', (context: EventContext) => {
    namespace.received(context)
  })
  for (const event of ['sender_close', 'sender_detached'] as const) {
    container.on(event, ({ sender }: EventContext) => {
      if (sender !== undefined) namespace.consumerClosed(sender)
    })
  }
  container.on('session_close', ({ session }: EventContext) => {
    if (session !== undefined) namespace.sessionClosed(session)
  })
  for (const event of ['disconnected', 'connection_close'] as const) {
    container.on(event, ({ connection }: EventContext) => {
      namespace.disconnected(connection)
    })
  }
  // A client that goes away in the middle of something is its own affair.
  for (const event of [
    'connection_error',
    'session_error',
    'sender_error',
    'receiver_error',
    'protocol_error',
    'error',
  ]) {
    container.on(event, () => undefined)
  }
  const closeHubs = (): void => {
    for (const hub of hubs.values()) hub.close()
  }
  const server = await listen(container, options.port).catch((error: unknown) => {
    closeHubs()
    throw error
  })
  // Also those that only connect and never speak: they would hold up the end.
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    connectionString: `Endpoint=sb://${host}:${port};SharedAccessKeyName=${keyName};SharedAccessKey=${key};UseDevelopmentEmulator=true;`,
    close: async () => {
      namespace.closeAll()
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      closeHubs()
    },
  }
}

/** All or none. */
const openHubs = ({ directory, hubs }: EventHubsOptions, now: number): ReadonlyMap<string, Hub> => {
  const opened = new Map<string, Hub>()
  try {
    for (const config of hubs) opened.set(config.name.toLowerCase(), new Hub(join(directory, config.name), config, now))
    return opened
  } catch (error) {
    for (const hub of opened.values()) hub.close()
    throw error
  }
}

const listen = (container: rhea.Container, port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = container.listen({
      host,
      port,
      // The SDK settles on delivery; acknowledging each event would cost half as much again.
      sender_options: { snd_settle_mode: 1 },
      receiver_options: { autoaccept: false, max_message_size: maxMessageBytes, credit_window: 300 },
      max_frame_size: 65_536,
      channel_max: 1_000,
    } as rhea.ServerConnectionOptions)
    server.once('listening', () => resolve(server))
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === 'EADDRINUSE' ? 'the port is taken; choose another' : cause.message
      reject(new Error(`The local Event Hubs cannot listen on ${host}:${port}: ${reason}.`, { cause }))
    })
  })

type Producer =
  | { readonly kind: 'cbs' }
  | { readonly kind: 'management' }
  | { readonly kind: 'events'; readonly hub: Hub; readonly partition: number | undefined }

/** All hubs behind one endpoint, with the connections and links open to them. */
class Namespace {
  readonly #hubs: ReadonlyMap<string, Hub>
  readonly #key: string
  readonly #now: () => number
  readonly #access = new Map<Connection, Access>()
  readonly #producers = new WeakMap<Receiver, Producer>()
  readonly #consumers = new Map<Sender, { readonly consumer: Consumer; readonly readers: Readers }>()
  readonly #readers = new Map<string, Readers>()

  constructor(hubs: ReadonlyMap<string, Hub>, key: string, now: () => number) {
    this.#hubs = hubs
    this.#key = key
    this.#now = now
  }

  opened(connection: Connection): void {
    this.#access.set(connection, new Access(this.#key, this.#now))
  }

  producerOpened(connection: Connection, receiver: Receiver): void {
    const address = receiver.target?.address ?? ''
    receiver.set_target({ address })
    if (address === '$cbs') {
      this.#producers.set(receiver, { kind: 'cbs' })
      return
    }
    if (isManagement(address)) {
      this.#producers.set(receiver, { kind: 'management' })
      return
    }
    const [hubName = '', kind, partitionText] = address.split('/')
    const hub = this.#hubs.get(hubName.toLowerCase())
    if (hub === undefined) return refuse(receiver, notFound(address))
    if (!this.#covers(connection, address)) return refuse(receiver, unauthorized(address))
    const partition = partitionText === undefined ? undefined : partitionNumber(hub, partitionText)
    const fits = kind === undefined || (kind === 'Partitions' && partition !== undefined)
    if (!fits) return refuse(receiver, notFound(address))
    this.#producers.set(receiver, { kind: 'events', hub, partition })
  }

  consumerOpened(connection: Connection, sender: Sender): void {
    const address = sender.source?.address ?? ''
    sender.set_source({ address })
    if (address === '$cbs' || isManagement(address)) return
    const [hubName = '', kind, group = '', partitionsText, partitionText = ''] = address.split('/')
    const hub = this.#hubs.get(hubName.toLowerCase())
    if (hub === undefined) return refuse(sender, notFound(address))
    if (!this.#covers(connection, address)) return refuse(sender, unauthorized(address))
    const partition = partitionNumber(hub, partitionText)
    if (
      kind !== 'ConsumerGroups' ||
      partitionsText !== 'Partitions' ||
      partition === undefined ||
      !hub.hasConsumerGroup(group)
    ) {
      return refuse(sender, notFound(address))
    }
    const log = hub.partitions[partition]!
    const from = startSequence(filterOf(sender), log)
    if (from === undefined) {
      return refuse(sender, { condition: 'amqp:invalid-field', description: 'The selector filter is not understood.' })
    }
    const readers = this.#readersOf(`${hubName}/${group}/${partition}`.toLowerCase())
    const epoch = epochOf(sender)
    const refusal = readers.admit(epoch)
    if (refusal !== undefined) return refuse(sender, refusal)
    const consumer = new Consumer(sender, { log, from, epoch, metrics: wantsMetrics(sender), now: this.#now })
    readers.add(consumer)
    this.#consumers.set(sender, { consumer, readers })
    consumer.wake()
  }

  sendable(sender: Sender): void {
    this.#consumers.get(sender)?.consumer.wake()
  }

  received({ connection, receiver, message, delivery, ...rest }: EventContext): void {
    const producer = receiver === undefined ? undefined : this.#producers.get(receiver)
    if (producer === undefined || delivery === undefined || message === undefined) {
      delivery?.reject({ condition: 'amqp:not-allowed', description: 'The link is not open for messages.' })
      return
    }
    if (producer.kind === 'events') {
      const format = (rest as { readonly format?: number }).format
      storeMessage(producer.hub, producer.partition, { message, format, delivery }, this.#now())
      return
    }
    delivery.accept()
    if (producer.kind === 'cbs') answerToken(connection, message, this.#accessOf(connection))
    else answerManagement(connection, message, this.#hubs, this.#accessOf(connection))
  }

  consumerClosed(sender: Sender): void {
    const open = this.#consumers.get(sender)
    if (open === undefined) return
    this.#consumers.delete(sender)
    open.readers.remove(open.consumer)
    open.consumer.close()
  }

  sessionClosed(session: Session): void {
    for (const sender of [...this.#consumers.keys()]) if (sender.session === session) this.consumerClosed(sender)
  }

  disconnected(connection: Connection): void {
    this.#access.delete(connection)
    for (const sender of [...this.#consumers.keys()]) if (sender.connection === connection) this.consumerClosed(sender)
  }

  closeAll(): void {
    for (const connection of this.#access.keys()) connection.close()
    for (const sender of [...this.#consumers.keys()]) this.consumerClosed(sender)
  }

  #accessOf(connection: Connection): Access {
    const known = this.#access.get(connection) ?? new Access(this.#key, this.#now)
    this.#access.set(connection, known)
    return known
  }

  #covers(connection: Connection, address: string): boolean {
    return this.#accessOf(connection).covers(address)
  }

  #readersOf(key: string): Readers {
    const known = this.#readers.get(key) ?? new Readers()
    this.#readers.set(key, known)
    return known
  }
}

const refuse = (link: Sender | Receiver, error: Refusal): void => {
  link.close(error)
}
