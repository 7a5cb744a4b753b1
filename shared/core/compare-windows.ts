/** How a window as a replay computes it differs from the one that is served. */
import type { ServedMetric } from '../contracts/served-metric.ts'
import type { Difference } from '../contracts/control-documents.ts'
import type { CompiledRollup } from './compiled-stream.ts'
import { splitKey } from './group-key.ts'
import type { Group } from './rollup.ts'
import type { ServedPart } from './served-part.ts'
import { formatInstant } from './time.ts'

/** Sums of the same values in another order differ by less. */
const tolerance = 1e-9

export interface RankedDifference extends Difference {
  /** How large it is: as a share of the larger of the two values, 0 to 1. */
  readonly share: number
  /** And in itself. */
  readonly size: number
}

/** The largest by share; of equal ones, such as groups that only one side has, the largest in itself. */
export const byLargest = (a: RankedDifference, b: RankedDifference): number => b.share - a.share || b.size - a.size

/** Every metric of every group that differs. `served` or `replayed` undefined: there is no such window. */
export const windowDifferences = (
  rollup: CompiledRollup,
  windowStart: number,
  served: ServedPart | undefined,
  replayed: ServedPart | undefined,
): RankedDifference[] => {
  const [before, after] = [groupsOf(rollup, served), groupsOf(rollup, replayed)]
  const keys = [...new Set([...before.keys(), ...after.keys()])]
  return keys.flatMap((key) =>
    rollup.metrics.flatMap(({ name }, i): RankedDifference[] => {
      const [a, b] = [before.get(key)?.metrics[i]?.serve(), after.get(key)?.metrics[i]?.serve()]
      if (isEqual(a, b)) return []
      return [
        {
          rollup: rollup.id,
          windowStart: formatInstant(windowStart),
          key: splitKey(key, rollup.by),
          metric: name,
          ...(a === undefined ? {} : { served: a }),
          ...(b === undefined ? {} : { replayed: b }),
          ...extentOf(a, b),
        },
      ]
    }),
  )
}

const groupsOf = (rollup: CompiledRollup, part: ServedPart | undefined): ReadonlyMap<string, Group> => {
  if (part === undefined) return new Map()
  return new Map((rollup.by.length === 0 ? [part.total] : part.groups).map((group) => [group.key, group]))
}

const isEqual = (a: unknown, b: unknown): boolean => {
  if (typeof a === 'number' && typeof b === 'number') {
    return a === b || Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b))
  }
  if (!isRecord(a) || !isRecord(b)) return a === b
  return Object.keys({ ...a, ...b }).every((name) => isEqual(a[name], b[name]))
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** A value that is not there counts as 0; one that is no number, as wholly another. */
const extentOf = (
  a: ServedMetric | undefined,
  b: ServedMetric | undefined,
): Pick<RankedDifference, 'share' | 'size'> => {
  const [x, y] = [sizeOf(a) ?? 0, sizeOf(b) ?? 0]
  const size = Math.abs(y - x)
  return { share: size === 0 ? 1 : size / Math.max(Math.abs(x), Math.abs(y), size), size }
}

/** One number that stands for a metric's value. */
const sizeOf = (value: ServedMetric | undefined): number | undefined => {
  if (typeof value === 'number') return value
  if (value === null || value === undefined) return undefined
  if ('estimate' in value) return value.estimate
  return 'p50' in value ? value.p50 : undefined
}
