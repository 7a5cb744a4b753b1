import type { Clock } from '../../ports/clock.ts'

export interface ManualClock extends Clock {
  advance(milliseconds: number): void
}

/** Time moves only when told to, or when somebody sleeps: then it jumps to the end of the sleep. */
export const manualClock = (start = Date.UTC(2026, 0, 1)): ManualClock => {
  let now = start
  const advance = (milliseconds: number): void => {
    now += milliseconds
  }
  return {
    now: () => now,
    sleep: (milliseconds) => {
      advance(milliseconds)
      return Promise.resolve()
    },
    advance,
  }
}
