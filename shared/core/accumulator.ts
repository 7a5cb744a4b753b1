import type { ServedMetric } from '../contracts/served-metric.ts'
import type { ByteWriter } from './bytes.ts'
import type { Position } from './position.ts'

/** What folds a metric's values, merges with its like, crosses to bytes, and says what is served. */
export interface Accumulator {
  /** Takes a field's value; what does not fit the metric is left out. */
  add(value: unknown, position: Position): void
  /** Afterwards this one holds what either held. */
  merge(other: Accumulator): void
  encode(writer: ByteWriter): void
  serve(): ServedMetric
}
