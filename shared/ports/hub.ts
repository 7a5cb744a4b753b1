import type { RawEvent } from '../contracts/raw-event.ts'

export interface HubProperties {
  /** ISO 8601 instant at which the hub was created. */
  readonly createdOn: string
  /** All partitions of the hub, in numerical order. Their number is fixed for the hub's life. */
  readonly partitionIds: readonly string[]
}

export interface PartitionProperties {
  readonly isEmpty: boolean
  /** First sequence still retained; 0 in a partition that never had an event. */
  readonly beginningSequence: number
  /** Last sequence enqueued; -1 in a partition that never had an event. */
  readonly lastSequence: number
}

/**
 * One stream's Event Hub, beside the trigger that delivers its events.
 * Every method rejects with RetryableError where trying again may help and TerminalError where it cannot.
 */
export interface Hub {
  properties(): Promise<HubProperties>
  partition(partitionId: string): Promise<PartitionProperties>
  /**
   * Reads `from` to `to` (both inclusive) in sequence order, in pages of at most 500 events. What the hub no longer
   * holds is left out, so that a first sequence above `from` means that those before it are gone. Ends when `to` was
   * delivered; rejects with RetryableError when the hub falls silent for 20 s before.
   */
  read(partitionId: string, from: number, to: number): AsyncIterable<readonly RawEvent[]>
  /** Sends one heartbeat that means its own `enqueuedAt`. Sending two is harmless. */
  sendHeartbeat(partitionId: string): Promise<void>
}
