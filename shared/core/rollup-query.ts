import type { CompiledRollup } from './compiled-stream.ts'
import { joinKey } from './group-key.ts'
import { formatInstant, parseInstant } from './time.ts'

/** The most windows that one request may span. */
export const maxWindows = 1_500

export interface RollupQuery {
  /** Windows that start in `[from, to)`, epoch ms. */
  readonly from: number
  readonly to: number
  /** One group only. */
  readonly key: string | undefined
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
  const windows = Math.ceil((to - from) / rollup.everyMs)
  if (windows > maxWindows) {
    const widest = formatInstant(from + maxWindows * rollup.everyMs)
    return problem(
      'to',
      `expected at most ${maxWindows} windows of ${rollup.definition.every}, that is to=${widest} or earlier`,
    )
  }
  if (parameters.key.length === 0) return { query: { from, to, key: undefined } }
  if (rollup.by.length === 0) return problem('key', `expected none: ${rollup.name} has no groups`)
  if (parameters.key.length !== rollup.by.length) {
    return problem('key', `expected it ${rollup.by.length} times, for ${rollup.by.join(', ')} in this order`)
  }
  return { query: { from, to, key: joinKey(parameters.key) } }
}

const example = '2026-11-24T12:00:00Z'

/** A `+` in a query string means a space: a zone written without %2B is still understood. */
const instantOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : parseInstant(text.replace(/ (\d\d:?\d\d)$/, '+$1'))

const problem = (parameter: string, detail: string): { readonly problem: QueryProblem } => ({
  problem: { parameter, detail },
})
