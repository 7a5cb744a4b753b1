/** Reads the slabs of many windows, each shard's at once. */
import { shardId, type SlabDocument } from '../contracts/state-documents.ts'
import type { CompiledRollup } from '../core/compiled-stream.ts'
import { RetryableError } from '../errors.ts'
import type { ShardState, SlabsOfWindows, WindowToLoad } from '../ports/shard-state.ts'
import type { StreamSetting } from './load-shard.ts'
import { mapInOrder } from './map-in-order.ts'

interface SlabbedWindow {
  readonly rollup: CompiledRollup
  readonly windowStart: number
}

const mostAttempts = 20
const concurrency = 8

/**
 * For each window, in the order of `windows`, the slabs of every partition, in partition order. `vector`: how far each partition
 * is known to be.
 */
export const loadSlabs = async (
  state: ShardState,
  setting: StreamSetting,
  partitionIds: readonly string[],
  windows: readonly SlabbedWindow[],
  vector: readonly number[],
): Promise<{ readonly windows: readonly (readonly SlabDocument[])[][]; readonly ru: number }> => {
  const wanted = windows.map(({ rollup, windowStart }) => ({
    rollup: rollup.id,
    windowStart,
    groupsPerSlab: rollup.groupsPerSlab,
  }))
  const loaded = await mapInOrder(partitionIds, concurrency, (partition, i) =>
    loadAsOfOneCommit(state, shardId(setting.stream.name, setting.generation, partition), wanted, vector[i]!),
  )
  return {
    windows: windows.map((_, window) => loaded.map((ofPartition) => ofPartition.windows[window]!)),
    ru: loaded.reduce((sum, { ru }) => sum + ru, 0),
  }
}

/**
 * Slabs are read one after another while the shard goes on committing: one that is newer than `known`, a sequence that all
 * of them surely show, says that those of its window read before it may lack what it has. They are read again, as they then
 * show that much.
 */
const loadAsOfOneCommit = async (
  state: ShardState,
  shard: string,
  windows: readonly WindowToLoad[],
  known: number,
): Promise<SlabsOfWindows> => {
  const { windows: first, ru } = windows.length === 0 ? { windows: [], ru: 0 } : await state.loadWindows(shard, windows)
  let spent = ru
  const loaded = await mapInOrder(windows, concurrency, async (window, i) => {
    let slabs = first[i]!
    let shown = known
    for (let attempt = 1; attempt < mostAttempts; attempt += 1) {
      const newest = Math.max(-1, ...slabs.map(({ sequence }) => sequence))
      if (newest <= shown || slabs.length === 1) return slabs
      shown = newest
      const again = await state.loadWindow(shard, window.rollup, window.windowStart, window.groupsPerSlab)
      slabs = again.slabs
      spent += again.ru
    }
    throw new RetryableError(
      `Window ${window.windowStart} of ${window.rollup} in ${shard} kept changing while being read.`,
    )
  })
  return { windows: loaded, ru: spent }
}
