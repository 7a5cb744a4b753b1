/** One metric's value as it is answered, by its kind. */
export interface ServedDistinct {
  readonly estimate: number
  /** Relative standard error of the estimate; 0 while the set is counted exactly. */
  readonly standardError: number
}

export interface ServedQuantiles {
  readonly count: number
  readonly min: number
  readonly max: number
  readonly p50: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  /** Each quantile is within this share of the true value at rank floor(q * (count - 1)). */
  readonly relativeError: number
}

export interface ServedLast {
  readonly value: number | string | boolean
  readonly at: string
}

/** count and sum are 0 without a value; the others are null. */
export type ServedMetric = number | null | ServedDistinct | ServedQuantiles | ServedLast
