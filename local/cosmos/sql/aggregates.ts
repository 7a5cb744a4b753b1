/** COUNT, COUNTIF, SUM, MIN, MAX and AVG. Values that are undefined are passed over. */
import { compareValues, type Value } from './values.ts'

export const aggregateNames: ReadonlySet<string> = new Set(['COUNT', 'COUNTIF', 'SUM', 'MIN', 'MAX', 'AVG'])

export interface Accumulator {
  add(value: Value): void
  result(): Value
}

export const newAccumulator = (name: string): Accumulator => {
  if (name === 'COUNT') return counter((value) => value !== undefined)
  if (name === 'COUNTIF') return counter((value) => value === true)
  if (name === 'MIN') return extreme(-1)
  return name === 'MAX' ? extreme(1) : summer(name === 'AVG')
}

const counter = (counts: (value: Value) => boolean): Accumulator => {
  let count = 0
  return {
    add: (value) => {
      if (counts(value)) count += 1
    },
    result: () => count,
  }
}

/** A value that is not a number makes the sum and the average undefined; the average of nothing is undefined too. */
const summer = (average: boolean): Accumulator => {
  let sum = 0
  let count = 0
  let valid = true
  return {
    add: (value) => {
      if (value === undefined) return
      if (typeof value === 'number') sum += value
      else valid = false
      count += 1
    },
    result: () => (!valid || (average && count === 0) ? undefined : average ? sum / count : sum),
  }
}

const extreme = (sign: 1 | -1): Accumulator => {
  let best: Value
  return {
    add: (value) => {
      if (value !== undefined && (best === undefined || compareValues(value, best) * sign > 0)) best = value
    },
    result: () => best,
  }
}
