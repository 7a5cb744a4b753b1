/** All hubs behind one endpoint, with the connections and links open to them. */
import type { Connection, EventContext, Receiver, Sender, Session } from 'rhea'
import { pathOf, sourceAt, targetAt, type Node } from './addresses.ts'
import type { Access } from './connection.ts'
import { Consumer, Readers } from './consumers.ts'
import type { Hub } from './hub.ts'
import type { IngressLimit } from './ingress-limit.ts'
import {
  accept,
  epochOf,
  filterOf,
  notFound,
  partitionNumber,
  unauthorized,
  wantsMetrics,
  type Refusal,
} from './links.ts'
import { startOf } from './position.ts'
import { settle, storeMessage, type Destination } from './producers.ts'
import { answerManagement, answerToken, readRequest } from './requests.ts'

export interface NamespaceOptions {
  /** By name, lower case. */
  readonly hubs: ReadonlyMap<string, Hub>
  /** undefined: none. */
  readonly limit: IngressLimit | undefined
  readonly now: () => number
}

type Incoming = { readonly kind: 'cbs' | 'management' } | { readonly kind: 'events'; readonly to: Destination }

export class Namespace {
  readonly #options: NamespaceOptions
  readonly #access = new Map<Connection, Access>()
  readonly #incoming = new WeakMap<Receiver, Incoming>()
  readonly #consumers = new Map<Sender, { readonly consumer: Consumer; readonly readers: Readers }>()
  readonly #readers = new Map<string, Readers>()

  constructor(options: NamespaceOptions) {
    this.#options = options
  }

  connected(connection: Connection, access: Access): void {
    this.#access.set(connection, access)
  }

  producerOpened(connection: Connection, receiver: Receiver): void {
    const path = pathOf(receiver.target?.address ?? '')
    const incoming = this.#incomingAt(connection, path, targetAt(path))
    if ('condition' in incoming) return refuse(receiver, incoming)
    this.#incoming.set(receiver, incoming)
    accept(receiver)
  }

  consumerOpened(connection: Connection, sender: Sender): void {
    const path = pathOf(sender.source?.address ?? '')
    const node = sourceAt(path)
    if (node?.kind === 'cbs' || node?.kind === 'management') return accept(sender)
    const refusal = node?.kind === 'consumer' ? this.#read(connection, sender, { ...node, path }) : notFound(path)
    if (refusal === undefined) accept(sender)
    else refuse(sender, refusal)
  }

  creditGiven(sender: Sender): void {
    this.#consumers.get(sender)?.consumer.wake()
  }

  windowOpened(session: Session): void {
    for (const { consumer } of this.#consumers.values()) if (consumer.session === session) consumer.wake()
  }

  received({ connection, receiver, message, delivery, ...rest }: EventContext): void {
    const incoming = receiver === undefined ? undefined : this.#incoming.get(receiver)
    const access = this.#access.get(connection)
    if (receiver === undefined || incoming === undefined || delivery === undefined || access === undefined) {
      delivery?.reject({ condition: 'amqp:not-allowed', description: 'The link is not open for messages.' })
      return
    }
    // Undecoded: session-rules.ts sees to it.
    const bytes = (message as unknown as Buffer | undefined) ?? nothing
    const { limit, hubs, now } = this.#options
    if (incoming.kind === 'events') {
      const { format } = rest as { readonly format?: number | null }
      settle(delivery, storeMessage(incoming.to, { bytes, format }, { limit, now: now() }))
      return
    }
    const request = readRequest(receiver, bytes)
    settle(delivery, request === undefined ? unreadable : undefined)
    if (request === undefined) return
    if (incoming.kind === 'cbs') answerToken(request, access)
    else answerManagement(request, hubs, access)
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
    for (const sender of [...this.#consumers.keys()]) this.consumerClosed(sender)
  }

  #incomingAt(connection: Connection, path: string, node: Node | undefined): Incoming | Refusal {
    if (node?.kind === 'cbs' || node?.kind === 'management') return { kind: node.kind }
    const hub = node?.kind === 'producer' ? this.#hub(node.hub) : undefined
    if (node?.kind !== 'producer' || hub === undefined) return notFound(path)
    if (!this.#covers(connection, path)) return unauthorized(path)
    const partition = node.partition === undefined ? undefined : partitionNumber(hub, node.partition)
    if (partition === undefined && node.partition !== undefined) return notFound(path)
    return { kind: 'events', to: { hub, partition, publisher: node.publisher } }
  }

  /** Begins to send the partition's events; or why not. */
  #read(
    connection: Connection,
    sender: Sender,
    { hub: name, group, partition: text, path }: Extract<Node, { kind: 'consumer' }> & { readonly path: string },
  ): Refusal | undefined {
    const hub = this.#hub(name)
    if (hub === undefined) return notFound(path)
    if (!this.#covers(connection, path)) return unauthorized(path)
    const partition = partitionNumber(hub, text)
    if (partition === undefined || !hub.hasConsumerGroup(group)) return notFound(path)
    const log = hub.partitions[partition]!
    const start = startOf(filterOf(sender), log)
    if (start.kind === 'refused') return start.refusal
    const readers = this.#readersOf(path.toLowerCase())
    const epoch = epochOf(sender)
    const refusal = readers.admit(epoch)
    if (refusal !== undefined) return refusal
    const { now } = this.#options
    const consumer = new Consumer(sender, { log, from: start.sequence, epoch, metrics: wantsMetrics(sender), now })
    readers.add(consumer)
    this.#consumers.set(sender, { consumer, readers })
    consumer.wake()
    return undefined
  }

  #hub(name: string): Hub | undefined {
    return this.#options.hubs.get(name.toLowerCase())
  }

  #covers(connection: Connection, path: string): boolean {
    return this.#access.get(connection)?.covers(path) === true
  }

  #readersOf(key: string): Readers {
    const known = this.#readers.get(key) ?? new Readers()
    this.#readers.set(key, known)
    return known
  }
}

const nothing = Buffer.alloc(0)

/** As part 2, section 2.6.3 has it: opened with neither end, then closed with the reason. */
const refuse = (link: Sender | Receiver, refusal: Refusal): void => {
  link.close(refusal)
}

const unreadable: Refusal = { condition: 'amqp:decode-error', description: 'The request is no AMQP message.' }
