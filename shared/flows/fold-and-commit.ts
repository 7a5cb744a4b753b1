/** Folds as many of the shard's next events as fit into one chunk, and commits it behind the fence. */
import type { RawEvent } from '../contracts/raw-event.ts'
import type { ReferenceVersions } from '../contracts/reference-documents.ts'
import type { Draft } from '../core/draft.ts'
import { foldEvent, foldLost } from '../core/fold.ts'
import { setMark } from '../core/mark.ts'
import type { Shard, WindowPlace } from '../core/shard.ts'
import { InvariantError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { FactsSource } from '../ports/facts.ts'
import type { ShardState } from '../ports/shard-state.ts'
import { commitChunk } from './commit-chunk.ts'
import type { HeldShard } from './shard-cache.ts'

export interface FoldPorts {
  readonly state: ShardState
  readonly clock: Clock
  readonly facts: FactsSource
  /** By which versions of the reference data the event that comes next, and those after it, are enriched; undefined: as before. */
  readonly nextReference: (shard: Shard, raw: RawEvent) => ReferenceVersions | undefined
  /** Whether a mark stands before the shard's next event, though no minute begins with it. */
  readonly hasMark: (shard: Shard) => boolean
  /** Told of each acknowledged commit. */
  readonly committed: (shard: Shard, draft: Draft, ru: number) => void
}

/** `committed`: go on with this. Otherwise what stands in memory is ahead of the store: throw it away and load it again. */
export type Advance =
  | { readonly kind: 'committed'; readonly held: HeldShard }
  | { readonly kind: 'fenced' }
  | { readonly kind: 'too-large'; readonly events: number }

/** Takes the events that follow the shard's last one without a gap, at most `mostEvents` of them. */
export const foldAndCommit = async (
  ports: FoldPorts,
  held: HeldShard,
  events: readonly RawEvent[],
  mostEvents: number,
): Promise<Advance> => {
  const { shard } = held
  let facts = await ports.facts.at(shard.reference)
  for (const raw of events) {
    if (raw.sequence <= shard.lastSequence) continue
    if (raw.sequence > shard.lastSequence + 1) break
    if (shard.draft.enqueuedAt.length >= mostEvents) break
    if (!shard.draft.hasRoomFor(shard.place.stream, raw.body.byteLength)) break
    const newer = ports.nextReference(shard, raw)
    if (newer !== undefined) {
      // A commit names one version for all its events.
      if (!shard.draft.isEmpty) break
      facts = await ports.facts.at(newer)
      shard.reference = newer
    }
    if (ports.hasMark(shard)) setMark(shard)
    const lacking = foldEvent(shard, raw, facts)
    if (typeof lacking === 'string') continue
    await restore(ports.state, shard, lacking)
    foldEvent(shard, raw, facts)
  }
  return commit(ports, held)
}

/** Records that nobody holds the events up to `to` any more. */
export const commitLost = (ports: FoldPorts, held: HeldShard, to: number): Promise<Advance> => {
  foldLost(held.shard, to - held.shard.lastSequence)
  return commit(ports, held)
}

/** What to try with after a chunk of so many events was too large. */
export const halve = (shard: string, events: number): number => {
  if (events <= 1) {
    throw new InvariantError(
      `Shard ${shard}: the store refuses the commit of a single event as too large. Nothing was stored and the partition ` +
        'stands still. Lower maxGroups or the metrics of the stream, or maxEventBytes.',
    )
  }
  return Math.floor(events / 2)
}

const restore = async (state: ShardState, shard: Shard, lacking: readonly WindowPlace[]): Promise<void> => {
  const wanted = lacking.map(({ rollup, windowStart }) => ({
    rollup: rollup.id,
    windowStart,
    groupsPerSlab: rollup.groupsPerSlab,
  }))
  const { windows } = await state.loadWindows(shard.id, wanted)
  for (const [i, window] of lacking.entries()) shard.restoreWindow(window, windows[i]!)
}

const commit = async (ports: FoldPorts, held: HeldShard): Promise<Advance> => {
  const { shard } = held
  const { draft } = shard
  const result = await commitChunk(ports, shard, held.fence)
  if (result.kind === 'fenced') return { kind: 'fenced' }
  if (result.kind === 'too-large') return { kind: 'too-large', events: draft.enqueuedAt.length }
  ports.committed(shard, draft, result.ru)
  shard.settle()
  return { kind: 'committed', held: { ...held, fence: result.etag } }
}
