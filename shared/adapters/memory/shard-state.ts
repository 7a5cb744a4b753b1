import type {
  DirtyHourDocument,
  MarkDocument,
  OutboxDocument,
  Progress,
  SeenDocument,
  SlabDocument,
  StateDocument,
} from '../../contracts/state-documents.ts'
import { TerminalError } from '../../errors.ts'
import type { CommitResult, EndedWindow, ShardState, WindowToLoad } from '../../ports/shard-state.ts'
import { endedWindows } from '../ended-windows.ts'
import { noFaults, underFault, type Faults } from './faults.ts'

export interface MemoryShardState extends ShardState {
  /** Everything stored in a shard, parsed anew, ordered by id. */
  documents(shard: string): StateDocument[]
}

/** Limits of a transactional batch: Azure Cosmos DB service quotas. */
const maxOperations = 100
const maxBatchBytes = 2 * 1_024 * 1_024

/** `maxBytes` lowers the size at which a batch is refused as too large. */
export const memoryShardState = (
  options: { readonly faults?: Faults; readonly maxBytes?: number } = {},
): MemoryShardState => {
  const { faults = noFaults, maxBytes = maxBatchBytes } = options
  // As text, so that nothing is shared between what was stored and what was read.
  const shards = new Map<string, Map<string, { json: string; etag: string }>>()
  let writes = 0
  const shardOf = (shard: string) => {
    const documents = shards.get(shard) ?? new Map<string, { json: string; etag: string }>()
    shards.set(shard, documents)
    return documents
  }
  const documents = (shard: string): StateDocument[] =>
    [...shardOf(shard)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { json }]) => JSON.parse(json) as StateDocument)
  const ofKind = <K extends StateDocument['kind']>(shard: string, kind: K) =>
    documents(shard).filter((document): document is Extract<StateDocument, { kind: K }> => document.kind === kind)

  const commit = (shard: string, batch: readonly StateDocument[], fence: string | undefined): CommitResult => {
    if (batch.length > maxOperations)
      throw new TerminalError(`A batch holds at most ${maxOperations} operations, got ${batch.length}.`)
    if (batch.some((document) => document.shard !== shard))
      throw new TerminalError(`A batch for ${shard} holds a document of another shard.`)
    const size = batch.reduce((sum, document) => sum + Buffer.byteLength(JSON.stringify(document)), 0)
    if (size > maxBytes) return { kind: 'too-large', ru: 1 }
    const stored = shardOf(shard)
    if (stored.get('progress')?.etag !== fence) return { kind: 'fenced', ru: 1 }
    writes += 1
    for (const document of batch) stored.set(document.id, { json: JSON.stringify(document), etag: String(writes) })
    return { kind: 'committed', etag: String(writes), ru: batch.length }
  }

  const slabsOf = (shard: string, { rollup, windowStart }: Pick<WindowToLoad, 'rollup' | 'windowStart'>) =>
    ofKind(shard, 'slab')
      .filter((slab) => slab.rollup === rollup && slab.windowStart === windowStart)
      .sort((a, b) => a.slab - b.slab)

  return {
    documents,
    loadProgress: (shard) =>
      underFault(faults, 'state.loadProgress', () => {
        const stored = shardOf(shard).get('progress')
        return stored === undefined ? undefined : { value: JSON.parse(stored.json) as Progress, etag: stored.etag }
      }),
    loadDetails: (shard, openAfter, seenFrom) =>
      underFault(faults, 'state.loadDetails', () => ({
        slabs: ofKind(shard, 'slab').filter((slab: SlabDocument) => slab.windowEnd > openAfter),
        seen: ofKind(shard, 'seen').filter((seen: SeenDocument) => seen.seenUntil >= seenFrom),
        dirty: ofKind(shard, 'dirty'),
      })),
    commit: (shard, batch, fence) => underFault(faults, 'state.commit', () => commit(shard, batch, fence)),
    loadWindow: (shard, rollup, windowStart) =>
      underFault(faults, 'state.loadWindow', () => {
        const slabs = slabsOf(shard, { rollup, windowStart })
        return { slabs, ru: slabs.length + 1 }
      }),
    loadWindows: (shard, windows) =>
      underFault(faults, 'state.loadWindows', () => {
        const loaded = windows.map((window) => slabsOf(shard, window))
        return { windows: loaded, ru: loaded.flat().length + 1 }
      }),
    windowsEnding: (shard, after, upTo): Promise<readonly EndedWindow[]> =>
      underFault(faults, 'state.windowsEnding', () =>
        endedWindows(ofKind(shard, 'slab').filter(({ windowEnd }) => windowEnd > after && windowEnd <= upTo)),
      ),
    lastMark: (shard, by, atMost): Promise<MarkDocument | undefined> =>
      underFault(faults, 'state.lastMark', () => ofKind(shard, 'mark').findLast(({ at }) => at[by] <= atMost)),
    firstMark: (shard, by, atLeast): Promise<MarkDocument | undefined> =>
      underFault(faults, 'state.firstMark', () => ofKind(shard, 'mark').find(({ at }) => at[by] >= atLeast)),
    marks: (shard, from, to): Promise<readonly MarkDocument[]> =>
      underFault(faults, 'state.marks', () =>
        ofKind(shard, 'mark').filter(({ at }) => at.sequence >= from && at.sequence <= to),
      ),
    dirtyHours: (shard, from, to): Promise<readonly DirtyHourDocument[]> =>
      underFault(faults, 'state.dirtyHours', () =>
        ofKind(shard, 'dirty')
          .filter(({ dirtyHour }) => dirtyHour >= from && dirtyHour < to)
          .sort((a, b) => a.dirtyHour - b.dirtyHour),
      ),
    outbox: (shard): Promise<readonly OutboxDocument[]> =>
      underFault(faults, 'state.outbox', () => ofKind(shard, 'outbox')),
    deleteOutbox: (shard, id) =>
      underFault(faults, 'state.deleteOutbox', () => {
        shardOf(shard).delete(id)
      }),
  }
}
