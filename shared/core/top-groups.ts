/** The largest groups of a window by one of its numbers. */
import type { ServedMetric } from '../contracts/served-metric.ts'
import type { MetricDefinition } from '../contracts/stream-definition.ts'
import type { CompiledRollup } from './compiled-stream.ts'
import { otherKey } from './group-key.ts'
import type { Group } from './rollup.ts'

/** What groups can be ordered by. */
export type Ranking = (group: Group) => number | null

const quantileParts = ['count', 'min', 'max', 'p50', 'p90', 'p95', 'p99'] as const

/** By name: `views`, `visitors` (the estimate), `loadMs.p95`. */
export const rankings = (rollup: CompiledRollup): ReadonlyMap<string, Ranking> =>
  new Map(
    rollup.metrics.flatMap(({ name, definition }, i) =>
      numbersOf(name, definition).map(([of, read]): [string, Ranking] => [
        of,
        (group) => read(group.metrics[i]!.serve()),
      ]),
    ),
  )

/**
 * The `most` largest, equal ones by key; groups without a value stand last. `__other__` is many groups and no contender.
 */
export const topGroups = (
  rollup: CompiledRollup,
  groups: readonly Group[],
  { most, by }: { readonly most: number; readonly by: Ranking },
): Group[] => {
  const other = otherKey(rollup.by)
  return groups
    .filter(({ key }) => key !== other)
    .map((group) => ({ group, value: by(group) ?? -Infinity }))
    .sort((a, b) => compare(b.value, a.value) || (a.group.key < b.group.key ? -1 : 1))
    .slice(0, most)
    .map(({ group }) => group)
}

const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1)

type Read = (served: ServedMetric) => number | null

const numbersOf = (name: string, { kind }: MetricDefinition): (readonly [name: string, read: Read])[] => {
  switch (kind) {
    case 'count':
    case 'sum':
    case 'min':
    case 'max':
    case 'mean':
      return [[name, (served) => (typeof served === 'number' ? served : null)]]
    case 'distinct':
      return [[name, (served) => field(served, 'estimate')]]
    case 'quantiles':
      return quantileParts.map((part) => [`${name}.${part}`, (served) => field(served, part)])
    case 'last':
      return []
  }
}

const field = (served: ServedMetric, name: string): number | null =>
  typeof served === 'object' && served !== null && name in served
    ? (served as unknown as Record<string, number>)[name]!
    : null
