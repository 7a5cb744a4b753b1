/** Which parts of a rollup have to be read to see all expected windows, and that nothing is served around them. */

/** Window starts in `[from, to)`, epoch ms. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** Around expected windows nothing else may be served: so many windows before the first and behind the last. */
const marginWindows = 60
/** A hole of more windows than this is not read: recordings of different years would have months of nothing between them. */
const holeWindows = 1_000

/** `starts` are those of the expected windows, epoch ms. */
export const rangesOf = (starts: Iterable<number>, everyMs: number): Range[] => {
  const margin = marginWindows * everyMs
  const sorted = [...starts].sort((a, b) => a - b)
  const firsts = sorted.filter((start, i) => i === 0 || start - sorted[i - 1]! > holeWindows * everyMs)
  const lasts = sorted.filter((start, i) => i === sorted.length - 1 || sorted[i + 1]! - start > holeWindows * everyMs)
  if (sorted.length === 0) return [{ from: 0, to: margin }]
  return firsts.map((first, i) => ({ from: Math.max(0, first - margin), to: lasts[i]! + margin }))
}
