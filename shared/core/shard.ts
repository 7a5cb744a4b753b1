import type { HeartbeatSource } from '../contracts/heartbeat.ts'
import { emptyLedger, type Ledger } from '../contracts/ledger.ts'
import type { ReferenceVersions } from '../contracts/reference-documents.ts'
import {
  shardId,
  stateSchemaVersion,
  type Progress,
  type SeenDocument,
  type SlabDocument,
} from '../contracts/state-documents.ts'
import { InvariantError } from '../errors.ts'
import type { CompiledRollup, CompiledStream } from './compiled-stream.ts'
import { Draft } from './draft.ts'
import { decodeGroups } from './group-codec.ts'
import { RollupWindow } from './rollup.ts'
import { decodeSeen, SeenSet } from './seen.ts'
import { windowStart } from './time.ts'

/** What a shard is of: fixed for its life. */
export interface ShardPlace {
  readonly stream: CompiledStream
  readonly generation: string
  readonly partition: string
  readonly heartbeats: HeartbeatSource
  /** ISO 8601: the hub these sequences belong to. */
  readonly hubCreatedOn: string
}

/**
 * A shard's whole state in memory: what is committed plus the draft of what is not yet. Folding changes it in place; on
 * any failure it is thrown away and loaded again.
 */
export class Shard {
  readonly place: ShardPlace
  readonly firstSequence: number
  lastSequence: number
  clock = 0
  newestOccurredAt: number | null = null
  openUntil: number | null = null
  /** By which versions the next event is enriched; changes only between commits. */
  reference: ReferenceVersions
  readonly ledger: Ledger
  readonly warnings: Record<string, number>
  readonly seen = new SeenSet()
  draft = new Draft()
  /** By the rollup's place, then by start. */
  readonly #windows: readonly Map<number, RollupWindow>[]

  constructor(place: ShardPlace, firstSequence: number, reference: ReferenceVersions, progress?: Progress) {
    this.place = place
    this.#windows = place.stream.rollups.map(() => new Map<number, RollupWindow>())
    this.reference = reference
    this.firstSequence = firstSequence
    this.lastSequence = progress?.lastSequence ?? firstSequence - 1
    this.clock = progress?.clock ?? 0
    this.newestOccurredAt = progress?.newestOccurredAt ?? null
    this.openUntil = progress?.openUntil ?? null
    this.ledger = { ...(progress?.ledger ?? emptyLedger()) }
    this.warnings = { ...progress?.warnings }
  }

  get id(): string {
    return shardId(this.place.stream.name, this.place.generation, this.place.partition)
  }

  /** Everything that happened before is late; null before the first event that may move it. */
  get watermark(): number | null {
    return this.newestOccurredAt === null ? null : this.newestOccurredAt - this.place.stream.latenessMs
  }

  window(rollup: CompiledRollup, occurredAt: number): RollupWindow {
    const windows = this.#windows[rollup.place]!
    const start = windowStart(occurredAt, rollup.everyMs)
    const known = windows.get(start)
    if (known !== undefined) return known
    const window = new RollupWindow(rollup, start)
    windows.set(start, window)
    return window
  }

  warn(warning: string): void {
    this.warnings[warning] = (this.warnings[warning] ?? 0) + 1
  }

  openWindows(): readonly RollupWindow[] {
    return this.#windows.flatMap((windows) => [...windows.values()])
  }

  /** Ends the draft after its commit and forgets what no later event can touch. */
  settle(): void {
    this.draft = new Draft()
    this.seen.forget(this.clock, this.place.stream.horizonMs)
    const { watermark } = this
    if (watermark === null) return
    for (const windows of this.#windows) {
      for (const [start, window] of windows) if (window.end <= watermark) windows.delete(start)
    }
  }
}

/** What a shard's next events still depend on, beside `progress`: open windows and recent identities. */
export const neededDetails = (
  stream: CompiledStream,
  progress: Progress,
): { readonly openAfter: number; readonly seenFrom: number } => ({
  openAfter: progress.newestOccurredAt === null ? 0 : progress.newestOccurredAt - stream.latenessMs,
  seenFrom: progress.clock - stream.horizonMs,
})

export const restoreShard = (
  place: ShardPlace,
  progress: Progress,
  details: { readonly slabs: readonly SlabDocument[]; readonly seen: readonly SeenDocument[] },
): Shard => {
  const shard = new Shard(place, progress.firstSequence, progress.reference, progress)
  for (const slab of details.slabs.toSorted((a, b) => a.slab - b.slab)) {
    const rollup = place.stream.rollups.find(({ id }) => id === slab.rollup)
    if (rollup === undefined || slab.schemaVersion !== stateSchemaVersion) throw unreadable(slab)
    const window = shard.window(rollup, slab.windowStart)
    if (window.groups.length !== slab.slab * rollup.groupsPerSlab) throw unreadable(slab)
    window.restore(decodeGroups(rollup, slab.data), slab.approximate)
    window.recordStoredBytes(slab.slab, slab.data.length)
  }
  // Ids carry the sequence: this is the order in which the identities were added.
  for (const document of details.seen.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    for (const entry of decodeSeen(document.data)) shard.seen.add(entry)
  }
  return shard
}

const unreadable = (slab: SlabDocument): InvariantError =>
  new InvariantError(
    `State document ${slab.id} of shard ${slab.shard} does not fit the stream definition or has a gap before it; ` +
      'going on would count wrongly. Restore the state container, or reset the stream.',
  )
