/**
 * Throughput units: each lets 1 MB or 1,000 events a second into the namespace, whichever is reached first; what is more is
 * refused as server-busy. https://learn.microsoft.com/azure/event-hubs/event-hubs-scalability
 */

/** A second's worth of what one unit lets in. */
const unitBytes = 1_048_576
const unitEvents = 1_000

/**
 * Two token buckets that hold a second's worth. A batch is let in whole while neither is empty, so that a full one fits a single
 * unit, and takes what it needs: a bucket may go below empty and fills up from there. Over time no more comes in than was paid for.
 */
export class IngressLimit {
  readonly #units: number
  /** In seconds of the units' rate; 1: full. */
  #bytes = 1
  #events = 1
  #filledAt: number

  constructor(units: number, now: number) {
    this.#units = units
    this.#filledAt = now
  }

  /** Whether this much may come in now; then it counts. `now` is epoch ms. */
  take(amount: { readonly bytes: number; readonly events: number }, now: number): boolean {
    const seconds = Math.max(0, now - this.#filledAt) / 1_000
    this.#filledAt = now
    this.#bytes = Math.min(1, this.#bytes + seconds)
    this.#events = Math.min(1, this.#events + seconds)
    if (this.#bytes <= 0 || this.#events <= 0) return false
    this.#bytes -= amount.bytes / (unitBytes * this.#units)
    this.#events -= amount.events / (unitEvents * this.#units)
    return true
  }
}
