import type { CompiledRollup } from './compiled-stream.ts'
import { joinKey } from './group-key.ts'
import { parseInstant, windowStart } from './time.ts'

/** The most documents that one answer is made of, heads and chunks: a full chunk is up to 1 MB. */
const maxDocuments = 500
/** The most windows in one answer. */
const maxWindows = 1_500

export interface RollupQuery {
  /** Windows that start in `[from, to)`, epoch ms. */
  readonly from: number
  readonly to: number
  /** One group only. */
  readonly key: string | undefined
  /** Where the range goes on that does not fit into one answer, epoch ms: the next request's `from`. */
  readonly next: number | undefined
}

export interface QueryProblem {
  readonly parameter: string
  readonly detail: string
}

export interface QueryParameters {
  readonly from: string | undefined
  readonly to: string | undefined
  /** One value a dimension, in the order of `by`; empty: all groups. */
  readonly key: readonly string[]
}

/** Checks a request for served windows; the first problem names its parameter and what was expected. */
export const parseRollupQuery = (
  rollup: CompiledRollup,
  parameters: QueryParameters,
): { readonly query: RollupQuery } | { readonly problem: QueryProblem } => {
  const from = instantOf(parameters.from)
  if (from === undefined) return problem('from', `expected an RFC 3339 instant such as ${example}`)
  const to = instantOf(parameters.to)
  if (to === undefined) return problem('to', `expected an RFC 3339 instant such as ${example}`)
  if (to <= from) return problem('to', 'expected an instant after from')
  if (parameters.key.length === 0) return { query: { key: undefined, ...firstPage(rollup, from, to, rollup.chunks) } }
  if (rollup.by.length === 0) return problem('key', `expected none: ${rollup.name} has no groups`)
  if (parameters.key.length !== rollup.by.length) {
    return problem('key', `expected it ${rollup.by.length} times, for ${rollup.by.join(', ')} in this order`)
  }
  return { query: { key: joinKey(parameters.key), ...firstPage(rollup, from, to, 1) } }
}

const firstPage = (
  rollup: CompiledRollup,
  from: number,
  to: number,
  chunks: number,
): Pick<RollupQuery, 'from' | 'to' | 'next'> => {
  const windows = Math.max(1, Math.min(maxWindows, Math.floor(maxDocuments / (1 + chunks))))
  const end = windowStart(from + rollup.everyMs - 1, rollup.everyMs) + windows * rollup.everyMs
  return end < to ? { from, to: end, next: end } : { from, to, next: undefined }
}

const example = '2026-11-24T12:00:00Z'

/** A `+` in a query string means a space: a zone written without %2B is still understood. */
const instantOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : parseInstant(text.replace(/ (\d\d:?\d\d)$/, '+$1'))

const problem = (parameter: string, detail: string): { readonly problem: QueryProblem } => ({
  problem: { parameter, detail },
})
