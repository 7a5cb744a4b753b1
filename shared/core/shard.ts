import type { HeartbeatSource } from '../contracts/heartbeat.ts'
import { emptyLedger, type Ledger } from '../contracts/ledger.ts'
import type { ReferenceVersions } from '../contracts/reference-documents.ts'
import {
  shardId,
  stateSchemaVersion,
  type DirtyHour,
  type DirtyHourDocument,
  type MarkPlace,
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

const hourMs = 3_600_000

/** How a replay counts, where it may leave the law of live. */
export interface ReplayRules {
  /** `count`: no event is late, and an identity within the range is unique for good, not for the horizon. */
  readonly late: 'as-live' | 'count'
  /** Only windows in `[from, to)` are counted, epoch ms, aligned to the windows of every rollup. */
  readonly from: number
  readonly to: number
}

/** A window of one rollup. */
export interface WindowPlace {
  readonly rollup: CompiledRollup
  readonly windowStart: number
}

/** What a shard is of: fixed for its life. */
export interface ShardPlace {
  readonly stream: CompiledStream
  readonly generation: string
  readonly partition: string
  readonly heartbeats: HeartbeatSource
  /** ISO 8601: the hub these sequences belong to. */
  readonly hubCreatedOn: string
  /** undefined for live. */
  readonly replay?: ReplayRules
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
  newest = -1
  openUntil: number | null = null
  /** By which versions the next event is enriched; changes only between commits. */
  reference: ReferenceVersions
  readonly ledger: Ledger
  readonly warnings: Record<string, number>
  /** As in `progress`. */
  partialUntil: Readonly<Record<string, number>>
  readonly seen = new SeenSet()
  /** By hour, epoch ms. */
  readonly dirtyHours = new Map<number, DirtyHour>()
  /** Those whose documents are behind. */
  readonly unwrittenHours = new Set<number>()
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
    this.newest = progress?.newest ?? -1
    this.openUntil = progress?.openUntil ?? null
    this.ledger = { ...(progress?.ledger ?? emptyLedger()) }
    this.warnings = { ...progress?.warnings }
    this.partialUntil = { ...progress?.partialUntil }
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

  /** Whether the window that holds the instant is sealed and not in memory: what is stored of it must be restored first. */
  lacks(rollup: CompiledRollup, occurredAt: number): boolean {
    const start = windowStart(occurredAt, rollup.everyMs)
    const { watermark } = this
    return watermark !== null && start + rollup.everyMs <= watermark && !this.#windows[rollup.place]!.has(start)
  }

  /** Takes a sealed window back into memory until the next commit. */
  restoreWindow({ rollup, windowStart }: WindowPlace, slabs: readonly SlabDocument[]): void {
    this.window(rollup, windowStart)
    for (const slab of slabs) this.restoreSlab(slab)
  }

  restoreSlab(slab: SlabDocument): void {
    const rollup = this.place.stream.rollups.find(({ id }) => id === slab.rollup)
    // Of a version that the definition has left behind: nothing is counted in it any more.
    if (rollup === undefined) return
    if (slab.schemaVersion !== stateSchemaVersion) throw unreadable(slab)
    const window = this.window(rollup, slab.windowStart)
    if (window.groups.length !== slab.slab * rollup.groupsPerSlab) throw unreadable(slab)
    window.restore(decodeGroups(rollup, slab.data), slab.approximate)
    window.recordStoredBytes(slab.slab, slab.data.length)
  }

  /** From here on another definition counts, in which these rollups have begun: what is open now is partial in them. */
  changeDefinition(began: readonly string[]): void {
    const names = new Set(this.place.stream.rollups.map(({ name }) => name))
    const kept = Object.entries(this.partialUntil).filter(([name]) => names.has(name))
    this.partialUntil = Object.fromEntries([...kept, ...began.map((name) => [name, this.newest + 1] as const)])
  }

  noteLate(occurredAt: number, sequence: number): void {
    const hour = windowStart(occurredAt, hourMs)
    const known = this.dirtyHours.get(hour)
    this.dirtyHours.set(hour, {
      late: (known?.late ?? 0) + 1,
      firstSequence: known?.firstSequence ?? sequence,
      lastSequence: sequence,
    })
    this.unwrittenHours.add(hour)
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
    if (this.place.replay?.late !== 'count') this.seen.forget(this.clock, this.place.stream.horizonMs)
    const { watermark } = this
    if (watermark === null) return
    for (const windows of this.#windows) {
      for (const [start, window] of windows) if (window.end <= watermark) windows.delete(start)
    }
  }
}

/** A replay's shard before its first event: it knows where live stood, and no identity yet. */
export const shardAtMark = (place: ShardPlace, mark: MarkPlace, reference: ReferenceVersions): Shard => {
  const shard = new Shard(place, mark.sequence + 1, reference)
  shard.clock = mark.clock
  shard.newest = mark.newest
  shard.newestOccurredAt = mark.advancedTo < 0 ? null : mark.advancedTo
  return shard
}

/** What a shard's next events still depend on, beside `progress`: open windows and identities that may come again. */
export const neededDetails = (
  { stream, replay }: Pick<ShardPlace, 'stream' | 'replay'>,
  progress: Progress,
): { readonly openAfter: number; readonly seenFrom: number } => ({
  openAfter: progress.newestOccurredAt === null ? 0 : progress.newestOccurredAt - stream.latenessMs,
  seenFrom: replay?.late === 'count' ? 0 : progress.clock - stream.horizonMs,
})

export const restoreShard = (
  place: ShardPlace,
  progress: Progress,
  details: {
    readonly slabs: readonly SlabDocument[]
    readonly seen: readonly SeenDocument[]
    readonly dirty: readonly DirtyHourDocument[]
  },
): Shard => {
  const shard = new Shard(place, progress.firstSequence, progress.reference, progress)
  for (const slab of details.slabs.toSorted((a, b) => a.slab - b.slab)) shard.restoreSlab(slab)
  // Ids carry the sequence: this is the order in which the identities were added.
  for (const document of details.seen.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    for (const entry of decodeSeen(document.data)) shard.seen.add(entry)
  }
  for (const { dirtyHour, late, firstSequence, lastSequence } of details.dirty) {
    shard.dirtyHours.set(dirtyHour, { late, firstSequence, lastSequence })
  }
  for (const [hour, newer] of Object.entries(progress.dirtyHours)) {
    shard.dirtyHours.set(Number(hour), newer)
    shard.unwrittenHours.add(Number(hour))
  }
  return shard
}

const unreadable = (slab: SlabDocument): InvariantError =>
  new InvariantError(
    `State document ${slab.id} of shard ${slab.shard} does not fit the stream definition or has a gap before it; ` +
      'going on would count wrongly. Restore the state container, or reset the stream.',
  )
