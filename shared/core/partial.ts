import type { Progress } from '../contracts/state-documents.ts'
import type { CompiledRollup } from './compiled-stream.ts'

/**
 * Whether a window, or a tier's, that starts at this instant may lack events that one of the shards has counted by another
 * version of its rollup: before this one began there, or since it ended.
 */
export const isPartial = (
  shards: readonly (Progress | undefined)[],
  { name, version }: CompiledRollup,
  start: number,
): boolean =>
  shards.some((shard) => {
    if (shard === undefined) return false
    return shard.versions.rollups[name]?.version !== version || start < (shard.partialUntil[name] ?? 0)
  })
