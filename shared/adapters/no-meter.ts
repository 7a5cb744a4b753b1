import type { Meter } from '../ports/meter.ts'

/** For work that is not the hot path's: it must not stand in the hot path's numbers. */
export const noMeter: Meter = {
  batchEnded: () => undefined,
  committed: () => undefined,
  changed: () => undefined,
  published: () => undefined,
  stands: () => undefined,
}
