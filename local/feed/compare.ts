/** Compares what is served with what the oracle expects, value by value. */
import type { RollupAnswer, ServedGroup, ServedWindow } from '../../shared/contracts/api.ts'
import type { ServedDistinct, ServedLast, ServedMetric, ServedQuantiles } from '../../shared/contracts/served-metric.ts'
import type { StreamDescription } from '../../shared/contracts/stream-definition.ts'
import type { ExpectedGroup, ExpectedMetric, ExpectedRun, ExpectedWindow } from './oracle.ts'

export interface Comparison {
  readonly windowsCompared: number
  /** How many of them have a mismatch. */
  readonly windowsDiffering: number
  readonly mismatches: readonly string[]
  /** Root-mean-square of the estimates' errors, in standard errors; null where nothing was estimated. */
  readonly distinctRms: number | null
}

/** Sums depend on the order of their terms in the last digits. */
const sumTolerance = 1e-9
/** Chance alone puts one window in two million beyond this. */
const mostStandardErrors = 5
const mostRms = 1.1
/** With fewer estimates the root-mean-square itself is too much a matter of chance. */
const leastEstimates = 30
/** Rounding in the sketch's logarithms. */
const quantileSlack = 1e-9

export const compareWindows = (
  description: StreamDescription,
  expected: ExpectedRun,
  served: ReadonlyMap<string, readonly RollupAnswer[]>,
): Comparison => {
  const notes = new Notes()
  let windowsCompared = 0
  let windowsDiffering = 0
  for (const [rollup, windows] of expected.windows) {
    const { by } = description.rollups[rollup]!
    const answers = (served.get(rollup) ?? []).flatMap((answer) => answer.windows)
    const found = new Map(answers.map((window) => [Date.parse(window.start), window]))
    for (const [start, window] of windows) {
      const where = `${rollup} ${new Date(start).toISOString()}`
      const answer = found.get(start)
      const before = notes.mismatches.length
      if (answer === undefined) notes.add(`${where}: expected a window, none is served`)
      else compareWindow(where, by, window, answer, notes)
      windowsCompared += 1
      if (notes.mismatches.length > before) windowsDiffering += 1
    }
    if (found.size < answers.length) notes.add(`${rollup}: ${answers.length - found.size} windows are served twice`)
    for (const start of found.keys()) {
      if (!windows.has(start))
        notes.add(`${rollup} ${new Date(start).toISOString()}: a window is served that nothing belongs to`)
    }
  }
  const distinctRms = notes.rms()
  if (distinctRms !== null && notes.errors.length >= leastEstimates && distinctRms > mostRms) {
    notes.add(
      `distinct: root-mean-square error of ${distinctRms.toFixed(3)} standard errors, expected at most ${mostRms}`,
    )
  }
  return { windowsCompared, windowsDiffering, mismatches: notes.mismatches, distinctRms }
}

class Notes {
  readonly mismatches: string[] = []
  /** Errors of estimates, in standard errors. */
  readonly errors: number[] = []

  add(mismatch: string): void {
    this.mismatches.push(mismatch)
  }

  same(where: string, served: unknown, expected: unknown): void {
    if (served !== expected)
      this.add(`${where}: served ${JSON.stringify(served)}, expected ${JSON.stringify(expected)}`)
  }

  rms(): number | null {
    if (this.errors.length === 0) return null
    return Math.sqrt(this.errors.reduce((sum, error) => sum + error ** 2, 0) / this.errors.length)
  }
}

const compareWindow = (
  where: string,
  by: readonly string[],
  expected: ExpectedWindow,
  served: ServedWindow,
  notes: Notes,
): void => {
  if (!served.final) notes.add(`${where}: expected it to be final`)
  compareGroup(`${where} totals`, expected.totals, served.totals, notes)
  if (by.length === 0) return
  const groups = new Map((served.groups ?? []).map((group) => [keyOf(by, group), group]))
  for (const [key, group] of expected.groups) {
    const answer = groups.get(key)
    if (answer === undefined) notes.add(`${where} ${key}: expected a group, none is served`)
    else compareGroup(`${where} ${key}`, group, answer.metrics, notes)
  }
  if (groups.size < (served.groups ?? []).length) notes.add(`${where}: a group is served twice`)
  for (const key of groups.keys()) {
    if (!expected.groups.has(key)) notes.add(`${where} ${key}: a group is served that nothing belongs to`)
  }
}

const keyOf = (by: readonly string[], group: ServedGroup): string => JSON.stringify(by.map((field) => group.key[field]))

const compareGroup = (
  where: string,
  expected: ExpectedGroup,
  served: Readonly<Record<string, ServedMetric>>,
  notes: Notes,
): void => {
  for (const [name, metric] of expected) compareMetric(`${where} ${name}`, metric, served[name], notes)
}

const compareMetric = (
  where: string,
  expected: ExpectedMetric,
  served: ServedMetric | undefined,
  notes: Notes,
): void => {
  const { values } = expected
  const sum = values.reduce((total, value) => total + value, 0)
  switch (expected.definition.kind) {
    case 'count':
      return notes.same(where, served, expected.count)
    case 'sum':
      return close(where, served, sum, notes)
    case 'mean':
      return values.length === 0 ? notes.same(where, served, null) : close(where, served, sum / values.length, notes)
    case 'min':
      return notes.same(where, served, values.length === 0 ? null : extreme(values, Math.min))
    case 'max':
      return notes.same(where, served, values.length === 0 ? null : extreme(values, Math.max))
    case 'last': {
      const last = served as ServedLast | null | undefined
      notes.same(`${where} value`, last?.value, expected.last?.value)
      return notes.same(
        `${where} at`,
        last?.at,
        expected.last === undefined ? undefined : new Date(expected.last.at).toISOString(),
      )
    }
    case 'distinct':
      return compareDistinct(where, served as ServedDistinct | null | undefined, expected.distinct.size, notes)
    case 'quantiles':
      return compareQuantiles(where, served as ServedQuantiles | null | undefined, values, notes)
  }
}

const extreme = (values: readonly number[], choose: (a: number, b: number) => number): number =>
  values.reduce((a, b) => choose(a, b))

const close = (where: string, served: ServedMetric | undefined, expected: number, notes: Notes): void => {
  if (typeof served !== 'number' || Math.abs(served - expected) > sumTolerance * Math.max(1, Math.abs(expected))) {
    notes.same(where, served, expected)
  }
}

const compareDistinct = (
  where: string,
  served: ServedDistinct | null | undefined,
  expected: number,
  notes: Notes,
): void => {
  if (served === null || served === undefined || served.standardError === 0)
    return notes.same(where, served?.estimate, expected)
  const error = (served.estimate - expected) / expected / served.standardError
  notes.errors.push(error)
  if (!(Math.abs(error) <= mostStandardErrors))
    notes.add(`${where}: served ${served.estimate}, expected ${expected}: ${error.toFixed(1)} standard errors off`)
}

const compareQuantiles = (
  where: string,
  served: ServedQuantiles | null | undefined,
  values: readonly number[],
  notes: Notes,
): void => {
  if (values.length === 0) return notes.same(where, served, null)
  if (served === null || served === undefined)
    return notes.add(`${where}: expected quantiles of ${values.length} values, none are served`)
  const sorted = [...values].sort((a, b) => a - b)
  notes.same(`${where} count`, served.count, sorted.length)
  notes.same(`${where} min`, served.min, sorted[0])
  notes.same(`${where} max`, served.max, sorted.at(-1))
  for (const [name, q] of [
    ['p50', 0.5],
    ['p90', 0.9],
    ['p95', 0.95],
    ['p99', 0.99],
  ] as const) {
    const truth = sorted[Math.floor(q * (sorted.length - 1))]!
    if (!(Math.abs(served[name] - truth) <= (served.relativeError + quantileSlack) * Math.abs(truth))) {
      notes.add(`${where} ${name}: served ${served[name]}, expected ${truth} within ${served.relativeError * 100} %`)
    }
  }
}
