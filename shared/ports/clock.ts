/** Wall-clock time for waiting and measuring. No decision about an event depends on it. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  sleep(milliseconds: number): Promise<void>
}
