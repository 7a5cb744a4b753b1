import type { SlabDocument } from '../contracts/state-documents.ts'
import type { EndedWindow } from '../ports/shard-state.ts'

/** Slabs of one shard gathered by window. */
export const endedWindows = (
  slabs: readonly Pick<SlabDocument, 'rollup' | 'windowStart' | 'windowEnd' | 'sequence'>[],
): EndedWindow[] => {
  const windows = Map.groupBy(slabs, ({ rollup, windowStart }) => `${rollup}:${windowStart}`)
  return [...windows.values()].map((ofWindow) => ({
    rollup: ofWindow[0]!.rollup,
    windowStart: ofWindow[0]!.windowStart,
    windowEnd: ofWindow[0]!.windowEnd,
    sequence: Math.max(...ofWindow.map(({ sequence }) => sequence)),
    slabs: ofWindow.length,
  }))
}
