/**
 * Which served windows an answer is made of. Below the frontier the coarsest that fits into a step, beyond it the rollup's
 * own.
 *
 *   step 2h   ├───────────┼───────────┼───────────┤
 *   1h        ├─────┼─────┼─────┼─────┼─────┤     ┊
 *   1m        ┊                             ├┼┼┼┤ ┊
 *   10s       ┊                                 ├╵┤
 *            from                              frontier
 */
import type { CompiledRollup } from './compiled-stream.ts'
import { mostAnsweredGroups, mostGroups, type RollupQuery } from './rollup-query.ts'
import { chunkOf } from './served-window.ts'
import { sizesOf, type WindowSize } from './tiers.ts'

/** The most documents that one answer is made of, heads and chunks: a full chunk is up to 1 MB. */
const maxDocuments = 500

/** Windows of one size that start in `[from, to)`. */
export interface Span {
  readonly size: WindowSize
  readonly from: number
  readonly to: number
}

/** Sizes that an answer with this step may be made of, coarsest first. */
export const fittingSizes = (rollup: CompiledRollup, stepMs: number): WindowSize[] =>
  sizesOf(rollup)
    .filter(({ everyMs }) => stepMs % everyMs === 0)
    .reverse()

/**
 * Covers `[from, to)`, both aligned to the last of the sizes, with the coarsest windows that lie in it whole. `frontier`
 * undefined: none of the tiers is there.
 */
export const spansOf = (
  sizes: readonly WindowSize[],
  from: number,
  to: number,
  frontier: number | undefined,
): Span[] => {
  const [size, ...finer] = sizes
  if (size === undefined || to <= from) return []
  if (size.tier === undefined) return [{ size, from, to }]
  const start = Math.ceil(from / size.everyMs) * size.everyMs
  const end = Math.floor(Math.min(to, frontier ?? 0) / size.everyMs) * size.everyMs
  if (end <= start) return spansOf(finer, from, to, frontier)
  return [
    ...spansOf(finer, from, start, frontier),
    { size, from: start, to: end },
    ...spansOf(finer, end, to, frontier),
  ]
}

/** Chunk numbers that hold the groups asked for; undefined means all. */
export const wantedChunks = (rollup: CompiledRollup, { keys }: RollupQuery): number[] | undefined => {
  if (rollup.chunks === 0) return []
  return keys === undefined ? undefined : [...new Set([...keys].map((key) => chunkOf(rollup, key)))]
}

/** How many windows of an answer one read may hold, and with it the memory of the reader. */
export const windowsPerRead = (rollup: CompiledRollup, query: RollupQuery): number =>
  Math.max(1, Math.floor(maxDocuments / documentsPerWindow(rollup, query)))

/** Where the answer ends, aligned to the step: at the latest where the query does, and after at least one step. */
export const pageEnd = (rollup: CompiledRollup, query: RollupQuery, frontier: number | undefined): number => {
  const { from, to, stepMs, windowMs } = query
  const sizes = fittingSizes(rollup, stepMs)
  const perWindow = documentsPerWindow(rollup, query)
  const documents = (start: number, end: number): number =>
    spansOf(sizes, start, end, frontier).reduce(
      (sum, span) => sum + ((span.to - span.from) / span.size.everyMs) * perWindow,
      0,
    )
  const groupsPerPoint = mostGroups(rollup, query.keys) * (windowMs / stepMs)
  const mostPoints = Math.max(1, Math.floor(mostAnsweredGroups / groupsPerPoint))
  let end = from + stepMs
  let planned = documents(from - (windowMs - stepMs), end)
  while (end < to && end - from < mostPoints * stepMs) {
    planned += documents(end, end + stepMs)
    if (planned > maxDocuments) break
    end += stepMs
  }
  return end
}

const documentsPerWindow = (rollup: CompiledRollup, query: RollupQuery): number =>
  1 + (wantedChunks(rollup, query)?.length ?? rollup.chunks)
