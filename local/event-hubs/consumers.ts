/** Links on which events go out, and who may read a partition. */
import type { Sender } from 'rhea'
import { runtimeMetrics } from './amqp-sections.ts'
import type { Refusal } from './links.ts'
import type { PartitionLog } from './partition-log.ts'

/** Readers without an owner level that one consumer group allows on a partition. */
const mostReaders = 5
const messagesAtOnce = 200

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
  #next: number
  #scheduled = false
  #closed = false
  readonly #unsubscribe: () => void

  constructor(sender: Sender, options: ConsumerOptions) {
    this.#sender = sender
    this.#options = options
    this.#next = options.from
    this.epoch = options.epoch
    this.#unsubscribe = options.log.onAppend(() => {
      this.wake()
    })
  }

  /** Sends what there is, soon: the session may have to write out first. */
  wake(): void {
    if (this.#scheduled || this.#closed) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#pump()
    })
  }

  close(error?: Refusal): void {
    if (this.#closed) return
    this.#closed = true
    this.#unsubscribe()
    if (error !== undefined) this.#sender.close(error)
  }

  #pump(): void {
    if (this.#closed) return
    const { log, metrics, now } = this.#options
    let sent = 0
    while (this.#sender.sendable() && this.#next <= log.last.sequence && sent < messagesAtOnce) {
      for (const message of log.read(this.#next, messagesAtOnce - sent)) {
        if (!this.#sender.sendable()) break
        this.#sender.send(metrics ? Buffer.concat([runtimeMetrics(log.last, now()), message]) : message, undefined, 0)
        this.#next += 1
        sent += 1
      }
    }
    if (this.#sender.sendable() && this.#next <= log.last.sequence) this.wake()
    // Credit is there but the session's buffer is full: it empties with the next writes.
    else if ((this.#sender as unknown as { readonly credit: number }).credit > 0 && this.#next <= log.last.sequence)
      setTimeout(() => this.wake(), 1)
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
