import type { RawEvent } from '../contracts/raw-event.ts'

export interface CaptureRange {
  /** First sequence that is wanted. */
  readonly from: number
  /** Last sequence that is wanted. Default: the last that is captured. */
  readonly to?: number
  /**
   * When `from` was enqueued, epoch ms, as exactly as it is known: where to look for it. It decides how much is read, never what
   * is answered. Default: unknown; then `from` is looked for backwards from the newest file, hour by hour.
   */
  readonly enqueuedAt?: number
}

/**
 * One stream's events in the lake, where Event Hubs Capture puts them minutes after they came; they stay when the hub holds them
 * no longer. Names of files say when they begin, not which sequences they hold. A hub that is made again counts anew: move the
 * files of its earlier life away before, for they would be taken for its own.
 * Every method rejects with RetryableError where trying again may help and TerminalError where it cannot; a file that cannot be
 * read is named, and nothing that comes after it is delivered.
 */
export interface Capture {
  /**
   * The partition's events in sequence order, each sequence once, in pages of at most 500. Ends after `to`, or with what was
   * captured by then. What no file holds is left out: a sequence above the one that had to follow means that those between are
   * not, or not yet, captured. `enqueuedAt` is rounded down to the second, for Capture keeps no more.
   */
  read(partitionId: string, range: CaptureRange): AsyncIterable<readonly RawEvent[]>
  /**
   * Last sequence that is captured; -1 before the first. Costs the listing of a few folders and one read of the newest file that
   * holds events, from end to end.
   */
  capturedTo(partitionId: string): Promise<number>
}
