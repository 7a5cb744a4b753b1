/** A partition while this host owns it: batches are cut, handed over one at a time, and checkpointed. */
import type { PartitionContext, ReceivedEventData } from '@azure/event-hubs'
import type { EventHubsSettings } from '../host-json.ts'
import type { Ending } from './ending.ts'

export interface PartitionWorld {
  readonly limits: EventHubsSettings
  /** One invocation an event instead of one a batch. */
  readonly isOneByOne: boolean
  /** Hands events over, with retries; whether that ended for good, well or not. */
  readonly deliver: (
    events: readonly ReceivedEventData[],
    partition: PartitionContext,
    signal: AbortSignal,
  ) => Promise<boolean>
  readonly ending: Ending
}

export class OwnedPartition {
  readonly #world: PartitionWorld
  readonly #partition: PartitionContext
  readonly #lost = new AbortController()
  readonly #signal: AbortSignal
  #waiting: ReceivedEventData[] = []
  #waitingSince = 0
  #batches = 0
  #running: Promise<void> = Promise.resolve()
  /** The last event that was delivered since the last checkpoint. */
  #uncheckpointed: ReceivedEventData | undefined

  constructor(partition: PartitionContext, world: PartitionWorld) {
    this.#world = world
    this.#partition = partition
    this.#signal = AbortSignal.any([world.ending.stopped, this.#lost.signal])
  }

  get id(): string {
    return this.#partition.partitionId
  }

  /** Somebody else owns it now. */
  lose(): void {
    this.#lost.abort()
  }

  /** Takes what was read, and delivers as long as a batch is due. Rejects where the reader has to start anew. */
  async take(events: readonly ReceivedEventData[]): Promise<void> {
    // Should the partition come back, it is read anew from its checkpoint.
    if (this.#lost.signal.aborted) throw new Error('another host has taken the partition over.')
    if (this.#world.ending.begun.aborted) return
    if (this.#waiting.length === 0) this.#waitingSince = Date.now()
    this.#waiting.push(...events)
    while (this.#isDue() && !this.#world.ending.begun.aborted && !this.#lost.signal.aborted) {
      const batch = this.#waiting.splice(0, this.#world.limits.maxEventBatchSize)
      this.#running = this.#handle(batch)
      await this.#running
      this.#waitingSince = Date.now()
    }
  }

  /** Resolves when what was running when nothing new was taken any more has ended. */
  async settle(): Promise<void> {
    await this.#running.catch(() => undefined)
  }

  /** Also what waited for the checkpoint of a later batch. */
  async checkpoint(): Promise<void> {
    if (this.#uncheckpointed === undefined || this.#signal.aborted) return
    await this.#partition.updateCheckpoint(this.#uncheckpointed)
    this.#uncheckpointed = undefined
  }

  #isDue(): boolean {
    const { minEventBatchSize, maxWaitMs } = this.#world.limits
    const { length } = this.#waiting
    return length > 0 && (length >= minEventBatchSize || Date.now() - this.#waitingSince >= maxWaitMs)
  }

  async #handle(batch: readonly ReceivedEventData[]): Promise<void> {
    const deliveries = this.#world.isOneByOne ? batch.map((event) => [event]) : [batch]
    for (const events of deliveries) {
      const isOver = await this.#world.deliver(events, this.#partition, this.#signal)
      if (!isOver || this.#signal.aborted) return
    }
    // After success and after failure alike: that is what the extension does.
    this.#uncheckpointed = batch.at(-1)
    this.#batches += 1
    if (this.#batches % this.#world.limits.batchCheckpointFrequency === 0) await this.checkpoint()
  }
}
