/** What the hot path reports of itself: counters and latencies, no payloads. Never rejects, never waits. */
export interface Meter {
  batchReceived(stream: string): void
  /** A chunk was acknowledged. `enqueuedAt` (epoch ms) of each of its events; `windows` are those that it changed. */
  committed(commit: {
    readonly stream: string
    readonly partition: string
    readonly lastSequence: number
    readonly enqueuedAt: readonly number[]
    readonly windows: readonly string[]
    readonly ru: number
  }): void
  /** A window was served with everything up to `vector` (sequence by partition, in partition order). `window` as in `committed`. */
  published(publication: {
    readonly stream: string
    readonly window: string
    readonly vector: readonly number[]
    readonly ru: number
  }): void
}
