import type { CompiledRollup } from '../../shared/core/compiled-stream.ts'
import { parseRollupQuery, type RollupQuery } from '../../shared/core/rollup-query.ts'
import { formatInstant } from '../../shared/core/time.ts'

/** A query that is valid, as its text would be read; instants in epoch ms. */
export const rollupQuery = (
  rollup: CompiledRollup,
  range: { readonly from: number; readonly to: number },
  more: Readonly<Record<string, string | readonly string[]>> = {},
): RollupQuery => {
  const text = new URLSearchParams({ from: formatInstant(range.from), to: formatInstant(range.to) })
  for (const [name, values] of Object.entries(more)) for (const value of [values].flat()) text.append(name, value)
  const parsed = parseRollupQuery(rollup, text)
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems))
  return parsed.query
}
