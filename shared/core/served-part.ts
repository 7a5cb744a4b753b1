/** A served window decoded, and what merging several of them gives: again something that can be merged. */
import type { ChunkDocument, HeadDocument } from '../contracts/serving-documents.ts'
import type { CompiledRollup } from './compiled-stream.ts'
import { decodeGroups } from './group-codec.ts'
import { emptyMetrics, RollupWindow, type Group } from './rollup.ts'

export interface ServedPart {
  /** Epoch ms. */
  readonly start: number
  readonly end: number
  readonly total: Group
  /** Empty where the rollup has no dimensions. */
  readonly groups: readonly Group[]
  readonly approximate: boolean
  readonly partial: boolean
  /** Of everything that was merged. */
  readonly final: boolean
  /** Length of the served windows in it: less than its own where some had no events, or were left out. */
  readonly coveredMs: number
  readonly vector: readonly number[]
  /** Epoch ms. */
  readonly clock: number
}

/** `keys` limits the groups to these; undefined means all. */
export const decodePart = (
  rollup: CompiledRollup,
  head: HeadDocument,
  chunks: readonly ChunkDocument[],
  keys?: ReadonlySet<string>,
): ServedPart => ({
  start: head.windowStart,
  end: head.windowEnd,
  total: decodeGroups(rollup, head.totals)[0]!,
  groups: chunks
    .flatMap(({ data }) => decodeGroups(rollup, data))
    .filter(({ key }) => keys === undefined || keys.has(key)),
  approximate: head.approximate,
  partial: head.partial === true,
  final: head.final,
  coveredMs: head.windowEnd - head.windowStart,
  vector: head.vector,
  clock: head.clock,
})

/**
 * Merges parts of `[start, end)`, which stay as they are. Beyond `maxGroups` groups are counted together, as in any window.
 * The same parts in the same order give the same result to the last digit.
 */
export const mergeParts = (
  rollup: CompiledRollup,
  { start, end }: { readonly start: number; readonly end: number },
  parts: readonly ServedPart[],
): ServedPart => {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return { ...only, start, end }
  const window = new RollupWindow(rollup, start)
  const totals = emptyMetrics(rollup)
  for (const { total, groups } of parts) {
    for (const [i, metric] of total.metrics.entries()) totals[i]!.merge(metric)
    for (const group of groups) window.merge(group)
  }
  return {
    start,
    end,
    total: { key: '', metrics: totals },
    groups: window.groups,
    approximate: window.approximate || parts.some(({ approximate }) => approximate),
    partial: parts.some(({ partial }) => partial),
    final: parts.every(({ final }) => final),
    coveredMs: parts.reduce((sum, { coveredMs }) => sum + coveredMs, 0),
    vector: parts.map(({ vector }) => vector).reduce(newest, []),
    clock: Math.max(0, ...parts.map(({ clock }) => clock)),
  }
}

const newest = (a: readonly number[], b: readonly number[]): number[] =>
  (a.length > b.length ? a : b).map((_, partition) => Math.max(a[partition] ?? -1, b[partition] ?? -1))
