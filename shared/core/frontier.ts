import type { Progress } from '../contracts/state-documents.ts'

/** Event time up to which a shard takes no event any more; null before the first that moves it. */
export const watermarkOf = (progress: Progress | undefined, latenessMs: number): number | null =>
  progress === undefined || progress.newestOccurredAt === null ? null : progress.newestOccurredAt - latenessMs

/** The minimum watermark over all partitions of the hub; null while one of them has none. */
export const frontierOf = (shards: readonly (Progress | undefined)[], latenessMs: number): number | null => {
  let frontier = Infinity
  for (const progress of shards) {
    const watermark = watermarkOf(progress, latenessMs)
    if (watermark === null) return null
    frontier = Math.min(frontier, watermark)
  }
  return Number.isFinite(frontier) ? frontier : null
}

/** Whether every window that holds an accepted event lies before the frontier. */
export const allFinal = (shards: readonly (Progress | undefined)[], frontier: number | null): boolean =>
  shards.every(
    (progress) => (progress?.openUntil ?? null) === null || (frontier !== null && progress!.openUntil! <= frontier),
  )
