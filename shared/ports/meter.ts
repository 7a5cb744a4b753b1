import type { Outcome } from '../contracts/ledger.ts'
import type { RawEvent } from '../contracts/raw-event.ts'
import type { DeadLetter } from '../contracts/state-documents.ts'

/** What the hot path reports of itself: counters and latencies, no payloads. Never rejects, never waits. Instants are epoch ms. */
export interface Meter {
  /** One delivery of the trigger has ended: all of it is committed, or it has failed and comes again. */
  batchEnded(batch: {
    readonly stream: string
    readonly partition: string
    readonly startedAt: number
    readonly failed: boolean
    /** Only for the trace contexts in their properties. */
    readonly events: readonly RawEvent[]
    /** W3C traceparent of the invocation, where the host has one. */
    readonly traceParent: string | undefined
  }): void
  /** A chunk was acknowledged. */
  committed(commit: {
    readonly stream: string
    readonly partition: string
    readonly lastSequence: number
    /** Of each of its events. */
    readonly enqueuedAt: readonly number[]
    readonly outcomes: Readonly<Record<Outcome, number>>
    /** Why the dead ones died. */
    readonly dead: readonly Pick<DeadLetter, 'step' | 'reason'>[]
    /** Sequences that no source holds any more; they are none of its events. */
    readonly lost: number
    /** Those that it changed. */
    readonly windows: readonly string[]
    readonly ru: number
  }): void
  /** The change feed has shown a window with everything up to `sequence` in it, committed at `committedAt` (floored to the second). */
  changed(change: {
    readonly stream: string
    readonly window: string
    readonly partition: string
    readonly sequence: number
    readonly committedAt: number
  }): void
  /** A window was served with everything up to `vector` (sequence by partition, in partition order). `window` as in `committed`. */
  published(publication: {
    readonly stream: string
    readonly window: string
    readonly vector: readonly number[]
    readonly ru: number
  }): void
  /** Where a stream stands now. `lag`: events in the hub that are not yet committed. */
  stands(standing: {
    readonly stream: string
    readonly shards: readonly { readonly partition: string; readonly lag: number }[]
    /** How far the frontier is behind the clock; 0 while everything committed is final. Undefined before the first. */
    readonly frontierAgeMs: number | undefined
  }): void
}
