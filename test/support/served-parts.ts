/** What is served, read and merged the plain way: accumulator by accumulator, without the product's plans and views. */
import type { ServedMetric } from '../../shared/contracts/served-metric.ts'
import type { Accumulator } from '../../shared/core/accumulator.ts'
import { createAccumulator } from '../../shared/core/accumulators.ts'
import type { CompiledRollup } from '../../shared/core/compiled-stream.ts'
import { decodeGroups } from '../../shared/core/group-codec.ts'
import type { Group } from '../../shared/core/rollup.ts'
import type { Serving } from '../../shared/ports/serving.ts'

export interface PlainWindow {
  readonly start: number
  readonly totals: readonly Accumulator[]
  readonly groups: readonly Group[]
}

/** Of the rollup's own size, or of the tier named. */
export const plainWindows = async (
  serving: Serving,
  rollup: CompiledRollup,
  tier: { readonly name: string; readonly everyMs: number } | undefined,
  range: { readonly from: number; readonly to: number },
): Promise<PlainWindow[]> => {
  const name = `readings:live:${rollup.id}${tier === undefined ? '' : `:${tier.name}`}`
  const series = { name, everyMs: tier?.everyMs ?? rollup.everyMs }
  const { heads, chunks } = await serving.readRange(series, range.from, range.to, undefined)
  return heads.map((head) => ({
    start: head.windowStart,
    totals: decodeGroups(rollup, head.totals)[0]!.metrics,
    groups: chunks
      .filter(({ windowStart }) => windowStart === head.windowStart)
      .flatMap(({ data }) => decodeGroups(rollup, data)),
  }))
}

type Served = readonly (ServedMetric | undefined)[]

/** Totals and groups (by key, in its order) of several windows together. */
export const plainMerge = (
  rollup: CompiledRollup,
  windows: readonly PlainWindow[],
): { readonly totals: Served; readonly groups: readonly (readonly [key: string, metrics: Served])[] } => {
  const byKey = Map.groupBy(
    windows.flatMap(({ groups }) => groups),
    ({ key }) => key,
  )
  return {
    totals: mergeAll(
      rollup,
      windows.map(({ totals }) => totals),
    ),
    groups: [...byKey]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, groups]) => [
        key,
        mergeAll(
          rollup,
          groups.map(({ metrics }) => metrics),
        ),
      ]),
  }
}

const mergeAll = (rollup: CompiledRollup, parts: readonly (readonly Accumulator[])[]): Served =>
  rollup.metrics.map(({ definition }, i) => {
    const merged = createAccumulator(definition)
    for (const part of parts) merged.merge(part[i]!)
    return merged.serve()
  })
