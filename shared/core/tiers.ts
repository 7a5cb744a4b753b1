/**
 * The sizes in which a rollup's windows are served: its own, and below the frontier coarser tiers, merged once from
 * windows that are final.
 *
 *   10s  ┊╵╵╵╵╵┊╵╵╵╵╵┊ … ┊╵╵╵╵╵┊╵╵╵╵╵┊╵╵╵          each tier's window is merged
 *   1m   ├─────┼─────┼ … ┼─────┼─────┤             from those of the next finer size
 *   1h   ├───────────────┤           ┊
 *                                 frontier
 */
import type { OpenTierWindow, WindowSeries } from '../contracts/serving-documents.ts'
import type { CompiledRollup } from './compiled-stream.ts'
import { windowStart } from './time.ts'

export interface WindowSize {
  /** undefined for the rollup's own windows. */
  readonly tier: '1m' | '1h' | '1d' | undefined
  readonly everyMs: number
  readonly keepSeconds: number
}

/** Coarser windows are fewer, hence kept longer: `keeps` times the `keep` of the rollup. */
const tiers = [
  { tier: '1m', everyMs: 60_000, keeps: 2 },
  { tier: '1h', everyMs: 3_600_000, keeps: 6 },
  { tier: '1d', everyMs: 86_400_000, keeps: 24 },
] as const

/** The largest `ttl` that Cosmos DB takes. */
const mostSeconds = 2_147_483_647

/** Finest first, the rollup's own size before all. Each is a multiple of those before it. */
export const sizesOf = (rollup: CompiledRollup): WindowSize[] => [
  { tier: undefined, everyMs: rollup.everyMs, keepSeconds: rollup.keepSeconds },
  ...tiers
    .filter(({ everyMs }) => everyMs > rollup.everyMs && everyMs % rollup.everyMs === 0)
    .map(({ tier, everyMs, keeps }) => ({
      tier,
      everyMs,
      keepSeconds: Math.min(mostSeconds, keeps * rollup.keepSeconds),
    })),
]

/** `pages@1:1h` */
export const tierId = (rollup: CompiledRollup, { tier }: WindowSize): string =>
  tier === undefined ? rollup.id : `${rollup.id}:${tier}`

export const seriesOf = (
  stream: string,
  generation: string,
  rollup: CompiledRollup,
  size: WindowSize,
): WindowSeries => ({ name: `${stream}:${generation}:${tierId(rollup, size)}`, everyMs: size.everyMs })

/**
 * A tier's windows that windows of the next finer size have become parts of, in order: those before the frontier are
 * complete, and at most one, in which the frontier stands, is not yet.
 */
export const tierWindows = (
  { everyMs }: WindowSize,
  frontier: number,
  open: OpenTierWindow | undefined,
  newParts: readonly number[],
): { readonly complete: readonly OpenTierWindow[]; readonly open: OpenTierWindow | undefined } => {
  const parts = new Map<number, number>(open === undefined ? [] : [[open.start, open.parts]])
  for (const part of newParts) {
    const start = windowStart(part, everyMs)
    parts.set(start, (parts.get(start) ?? 0) + 1)
  }
  const windows = [...parts].map(([start, count]) => ({ start, parts: count })).sort((a, b) => a.start - b.start)
  const isComplete = ({ start }: OpenTierWindow): boolean => start + everyMs <= frontier
  return { complete: windows.filter(isComplete), open: windows.find((window) => !isComplete(window)) }
}
