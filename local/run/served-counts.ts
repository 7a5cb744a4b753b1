import type { RollupAnswer } from '../../shared/contracts/api.ts'
import type { StreamDescription } from '../../shared/contracts/stream-definition.ts'

/** Count metrics by group key (dimension values joined by ` | `). */
export type GroupCounts = Readonly<Record<string, Readonly<Record<string, number>>>>

/** For each rollup its count metrics as served, summed over all windows. */
export const countsByGroup = (
  description: StreamDescription,
  served: ReadonlyMap<string, readonly RollupAnswer[]>,
): Record<string, GroupCounts> =>
  Object.fromEntries(
    Object.entries(description.rollups).map(([name, { by, metrics }]) => {
      const counted = Object.keys(metrics).filter((metric) => metrics[metric]!.kind === 'count')
      const sums = new Map<string, Record<string, number>>()
      for (const window of (served.get(name) ?? []).flatMap((answer) => answer.windows)) {
        for (const group of window.groups ?? [{ key: {}, metrics: window.totals }]) {
          const key = by.map((field) => group.key[field] ?? '').join(' | ')
          const sum = sums.get(key) ?? {}
          sums.set(key, sum)
          for (const metric of counted) sum[metric] = (sum[metric] ?? 0) + Number(group.metrics[metric])
        }
      }
      return [name, Object.fromEntries([...sums].sort(([a], [b]) => (a < b ? -1 : 1)))]
    }),
  )
