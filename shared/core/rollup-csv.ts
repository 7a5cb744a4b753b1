/**
 * An answer as CSV (RFC 4180): a header, then one record a window, or one a window and group where the rollup has
 * dimensions. Columns are named by the paths of the JSON answer.
 */
import type { RollupAnswer, ServedGroup, ServedWindow } from '../contracts/api.ts'
import type { ServedMetric } from '../contracts/served-metric.ts'
import type { MetricDefinition } from '../contracts/stream-definition.ts'
import type { CompiledRollup } from './compiled-stream.ts'
import type { RollupQuery } from './rollup-query.ts'

export const rollupCsv = (rollup: CompiledRollup, answer: RollupAnswer, wanted: RollupQuery['metrics']): string => {
  const metrics = rollup.metrics.filter(({ name }) => wanted === undefined || wanted.has(name))
  const columns = metrics.flatMap(({ name, definition }) =>
    partsOf(definition).map((part) => ({ title: part === '' ? name : `${name}.${part}`, name, part })),
  )
  const header = ['start', 'end', 'final', 'approximate', 'asOf', ...rollup.by, ...columns.map(({ title }) => title)]
  const record = (window: ServedWindow, group: ServedGroup): Cell[] => [
    window.start,
    window.end,
    window.final,
    window.approximate,
    window.asOf,
    ...rollup.by.map((field) => harmless(group.key[field]!)),
    ...columns.map(({ name, part }) => cellOf(group.metrics[name]!, part)),
  ]
  const records = answer.windows.flatMap((window) =>
    (window.groups ?? [{ key: {}, metrics: window.totals }]).map((group) => record(window, group)),
  )
  return [header, ...records].map((cells) => `${cells.map(written).join(',')}\r\n`).join('')
}

type Cell = string | number | boolean | null

/** Paths of the served value; the empty one is the value itself. */
const partsOf = ({ kind }: MetricDefinition): readonly string[] => {
  switch (kind) {
    case 'distinct':
      return ['estimate', 'standardError']
    case 'quantiles':
      return ['count', 'min', 'max', 'p50', 'p90', 'p95', 'p99', 'relativeError']
    case 'last':
      return ['value', 'at']
    case 'count':
    case 'sum':
    case 'min':
    case 'max':
    case 'mean':
      return ['']
  }
}

const cellOf = (served: ServedMetric, part: string): Cell => {
  if (typeof served !== 'object' || served === null) return served
  const value = (served as unknown as Readonly<Record<string, Cell>>)[part] ?? null
  return typeof value === 'string' ? harmless(value) : value
}

/**
 * Texts come from whoever sends events, and spreadsheets run what begins like a formula: such a text gets an apostrophe
 * before it, which they take for "this is text" (https://owasp.org/www-community/attacks/CSV_Injection). JSON is exact.
 */
const harmless = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text)

const written = (cell: Cell): string => {
  const text = cell === null ? '' : String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
