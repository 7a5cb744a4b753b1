import type { Progress, StateDocument } from '../../shared/contracts/state-documents.ts'
import { decodeGroups } from '../../shared/core/group-codec.ts'
import type { CompiledStream } from '../../shared/core/compiled-stream.ts'
import { decodeSeen, SeenSet } from '../../shared/core/seen.ts'

/**
 * What a shard's documents say, whatever the commits that wrote them: decoded windows, ledger, watermark, marks, dirty hours,
 * and the identities that could still make a duplicate. Two histories of the same events must agree on all of it.
 */
export const shardContents = (stream: CompiledStream, documents: readonly StateDocument[]) => {
  const progress = documents.find((document): document is Progress => document.kind === 'progress')
  const slabs = documents.filter((document) => document.kind === 'slab').sort((a, b) => a.slab - b.slab)
  const windows = [...Map.groupBy(slabs, ({ rollup, windowStart }) => `${rollup}:${windowStart}`)].map(
    ([window, ofWindow]) => ({
      window,
      // A window is approximate when one of its slabs says so: which one depends on how commits were cut.
      approximate: ofWindow.some((slab) => slab.approximate),
      groups: ofWindow.flatMap((slab) => {
        const rollup = stream.rollups.find(({ id }) => id === slab.rollup)!
        return decodeGroups(rollup, slab.data).map(({ key, metrics }) => ({
          key,
          metrics: metrics.map((metric) => metric.serve()),
        }))
      }),
    }),
  )
  const seen = new SeenSet()
  for (const document of documents) {
    if (document.kind === 'seen') for (const entry of decodeSeen(document.data)) seen.add(entry)
  }
  if (progress !== undefined) seen.forget(progress.clock, stream.horizonMs)
  const letters = documents.flatMap((document) => (document.kind === 'outbox' ? document.letters : []))
  return {
    progress,
    windows,
    seen: seen.entries(),
    letters,
    marks: documents.filter((document) => document.kind === 'mark'),
    // As they are known: which of them have a document of their own by now depends on how commits were cut.
    dirtyHours: Object.fromEntries([
      ...documents.flatMap((document) =>
        document.kind === 'dirty'
          ? [[document.dirtyHour, [document.late, document.firstSequence, document.lastSequence]] as const]
          : [],
      ),
      ...Object.entries(progress?.dirtyHours ?? {}).map(
        ([hour, { late, firstSequence, lastSequence }]) => [hour, [late, firstSequence, lastSequence]] as const,
      ),
    ]),
  }
}
