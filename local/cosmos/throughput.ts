/**
 * A container's request units: a bucket that holds one second's worth. As in the cloud a request is let in while any
 * are left, and its charge may leave a debt that later requests wait for.
 */
export class Throughput {
  #perSecond = 0
  #left = 0
  #at: number

  constructor(now: number) {
    this.#at = now
  }

  /** Request units per second; a change fills the bucket. */
  setRate(perSecond: number): void {
    if (perSecond === this.#perSecond) return
    this.#perSecond = perSecond
    this.#left = perSecond
  }

  /** Milliseconds until a request may come; 0: it may come in. */
  waitMs(now: number): number {
    this.#left = Math.min(this.#perSecond, this.#left + ((now - this.#at) / 1000) * this.#perSecond)
    this.#at = now
    return this.#left > 0 ? 0 : Math.max(1, Math.ceil((-this.#left / this.#perSecond) * 1000))
  }

  charge(requestUnits: number): void {
    this.#left -= requestUnits
  }
}
