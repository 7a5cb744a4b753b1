import type { RollupAnswer } from '../../shared/contracts/api.ts'
import type { MetricDefinition, StreamDescription } from '../../shared/contracts/stream-definition.ts'

/** Metrics by group key (dimension values joined by ` | `); null where no window has a value. */
export type GroupValues = Readonly<Record<string, Readonly<Record<string, number | null>>>>

type Served = ReadonlyMap<string, readonly RollupAnswer[]>
type Combine = (before: number | null, served: number | null) => number | null

/** For each rollup its count metrics as served, summed over all windows. */
export const countsByGroup = (description: StreamDescription, served: Served): Record<string, GroupValues> =>
  overWindows(description, served, (kind) =>
    kind === 'count' ? (before, value) => (before ?? 0) + (value ?? 0) : undefined,
  )

/** For each rollup the least of its minima and the greatest of its maxima as served, over all windows. */
export const extremesByGroup = (description: StreamDescription, served: Served): Record<string, GroupValues> =>
  overWindows(description, served, (kind) =>
    kind === 'min' ? orNull(Math.min) : kind === 'max' ? orNull(Math.max) : undefined,
  )

const orNull =
  (choose: (a: number, b: number) => number): Combine =>
  (before, value) =>
    before === null ? value : value === null ? before : choose(before, value)

const overWindows = (
  description: StreamDescription,
  served: Served,
  combineOf: (kind: MetricDefinition['kind']) => Combine | undefined,
): Record<string, GroupValues> =>
  Object.fromEntries(
    Object.entries(description.rollups).map(([name, { by, metrics }]) => {
      const combined = Object.entries(metrics).flatMap(([metric, { kind }]) => {
        const combine = combineOf(kind)
        return combine === undefined ? [] : [{ metric, combine }]
      })
      const groups = new Map<string, Record<string, number | null>>()
      for (const window of (served.get(name) ?? []).flatMap((answer) => answer.windows)) {
        for (const group of window.groups ?? [{ key: {}, metrics: window.totals }]) {
          const key = by.map((field) => group.key[field] ?? '').join(' | ')
          const values = groups.get(key) ?? {}
          groups.set(key, values)
          for (const { metric, combine } of combined) {
            values[metric] = combine(values[metric] ?? null, group.metrics[metric] as number | null)
          }
        }
      }
      return [name, Object.fromEntries([...groups].sort(([a], [b]) => (a < b ? -1 : 1)))]
    }),
  )
