/** Links on which events go out, and who may read a partition. */
import type { Sender, Session } from 'rhea'
import { withRuntimeMetrics } from './amqp-sections.ts'
import type { Refusal } from './links.ts'
import type { PartitionLog } from './partition-log.ts'
import { connectionOf, senderOf, sessionOf } from './rhea-internals.ts'

/** Readers without an owner level that one consumer group allows on a partition. */
const mostReaders = 5
/** A consumer lets others have their turn after this many events or bytes. */
const messagesAtOnce = 200
const bytesAtOnce = 1_048_576
/** Bytes that may wait for a peer that does not read. */
const mostUnread = 4_194_304

export interface ConsumerOptions {
  readonly log: PartitionLog
  readonly from: number
  /** The reader's owner level (epoch); undefined: it claims none. */
  readonly epoch: number | undefined
  readonly metrics: boolean
  readonly now: () => number
}

/** Sends a partition's events over one link as far as its credit goes. */
export class Consumer {
  readonly epoch: number | undefined
  readonly #sender: Sender
  readonly #options: ConsumerOptions
  readonly #unsubscribe: () => void
  #next: number
  /** Of the delivery handed to the session last; -1 before the first. */
  #lastDelivery = -1
  #scheduled = false
  /** For the socket to be written out. */
  #waits = false
  #closed = false

  constructor(sender: Sender, options: ConsumerOptions) {
    this.#sender = sender
    this.#options = options
    this.#next = options.from
    this.epoch = options.epoch
    this.#unsubscribe = options.log.onAppend(() => {
      this.wake()
    })
  }

  get session(): Session {
    return this.#sender.session
  }

  /** Sends what there is, soon: the session may have to write out first. */
  wake(): void {
    if (this.#scheduled || this.#closed) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      if (!this.#closed) this.#pump()
    })
  }

  close(error?: Refusal): void {
    if (this.#closed) return
    this.#closed = true
    this.#unsubscribe()
    if (error !== undefined) this.#sender.close(error)
  }

  #pump(): void {
    const link = senderOf(this.#sender)
    const { outgoing } = sessionOf(this.#sender.session)
    // Until then the link's credit does not tell what it is worth; the peer's next flow opens the session's window.
    if (this.#lastDelivery >= outgoing.next_pending_delivery || this.#isUnread()) return
    const count = Math.min(link.credit, outgoing.available(), messagesAtOnce)
    this.#send(count)
    if (this.#next <= this.#options.log.last.sequence) {
      // Without credit or room there is nothing to do until the peer gives some.
      if (count > 0) this.wake()
    } else if (link._draining) {
      // The rest of the credit goes back: part 2, section 2.6.7. Written after the events that are on their way.
      this.#sender.set_drained(true)
      connectionOf(this.#sender.connection)._register()
    }
  }

  /** Whether the peer grants credit but does not read, so that what is written would wait in memory; looks again when it does. */
  #isUnread(): boolean {
    const { socket } = connectionOf(this.#sender.connection)
    if (socket.writableLength <= mostUnread) return false
    if (this.#waits) return true
    this.#waits = true
    socket.once('drain', () => {
      this.#waits = false
      this.wake()
    })
    return true
  }

  #send(count: number): void {
    const { log, metrics, now } = this.#options
    let bytes = 0
    let left = count
    while (left > 0 && bytes < bytesAtOnce && this.#next <= log.last.sequence) {
      for (const stored of log.read(this.#next, left)) {
        const message = metrics ? withRuntimeMetrics(stored, log.last, now()) : stored
        this.#lastDelivery = this.#sender.send(message, undefined, 0).id
        this.#next += 1
        left -= 1
        bytes += message.length
        if (bytes >= bytesAtOnce) break
      }
    }
  }
}

/** The readers of one partition in one consumer group. */
export class Readers {
  readonly #readers = new Set<Consumer>()

  /** Why a reader with this owner level may not come in; undefined where it may. Then it pushes out those below it. */
  admit(epoch: number | undefined): Refusal | undefined {
    const highest = Math.max(-1, ...[...this.#readers].map((reader) => reader.epoch ?? -1))
    if (epoch === undefined && highest >= 0) {
      return stolen(
        `Receiver with higher epoch of '${highest}' already exists: a new one needs an epoch at least as high.`,
      )
    }
    if (epoch !== undefined && epoch < highest) {
      return stolen(
        `Receiver with a higher epoch '${highest}' already exists. Receiver with epoch ${epoch} cannot be created.`,
      )
    }
    if (epoch === undefined && this.#readers.size >= mostReaders) {
      return {
        condition: 'amqp:resource-limit-exceeded',
        description: `Exceeded the maximum number of allowed receivers per partition in a consumer group, which is ${mostReaders}.`,
      }
    }
    if (epoch === undefined) return undefined
    for (const reader of this.#readers) {
      reader.close(
        stolen(
          `New receiver with higher epoch of '${epoch}' is created hence current receiver is getting disconnected.`,
        ),
      )
    }
    this.#readers.clear()
    return undefined
  }

  add(consumer: Consumer): void {
    this.#readers.add(consumer)
  }

  remove(consumer: Consumer): void {
    this.#readers.delete(consumer)
  }
}

const stolen = (description: string): Refusal => ({ condition: 'amqp:link:stolen', description })
