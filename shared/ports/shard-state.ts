import type {
  DirtyHourDocument,
  MarkDocument,
  MarkPlace,
  OutboxDocument,
  Progress,
  SeenDocument,
  SlabDocument,
  StateDocument,
} from '../contracts/state-documents.ts'

/** What stood in the store when `progress` was read: a commit succeeds only if it still stands there. */
export interface Fenced<T> {
  readonly value: T
  readonly etag: string
}

export interface ShardDetails {
  readonly slabs: readonly SlabDocument[]
  readonly seen: readonly SeenDocument[]
  readonly dirty: readonly DirtyHourDocument[]
}

/**
 * What a commit came to.
 * `committed`: every document of the chunk is stored, and this is the new fence.
 * `fenced`: another owner has written `progress` since it was read (or our own earlier attempt had arrived): nothing of
 * this attempt is stored; load anew and go on after what is done.
 * `too-large`: the store refuses a chunk of this size; nothing is stored; fold fewer events.
 */
export type CommitResult =
  | { readonly kind: 'committed'; readonly etag: string; readonly ru: number }
  | { readonly kind: 'fenced'; readonly ru: number }
  | { readonly kind: 'too-large'; readonly ru: number }

export interface WindowSlabs {
  readonly slabs: readonly SlabDocument[]
  readonly ru: number
}

export interface WindowToLoad {
  /** `pages@1` */
  readonly rollup: string
  readonly windowStart: number
  /** Tells where its slabs can end: one that is not full is the last. */
  readonly groupsPerSlab: number
}

export interface SlabsOfWindows {
  /** For each window, in the order in which they were asked for, its slabs in slab order. */
  readonly windows: readonly (readonly SlabDocument[])[]
  readonly ru: number
}

/**
 * The `state` container. Reads of one instance never go back: what a read has shown, a later read shows or something
 * newer (session consistency). Every method rejects with RetryableError where trying again may help (408, 429, 449,
 * 503, a torn connection) and TerminalError where it cannot (400, 401, 403).
 */
export interface ShardState {
  /** undefined before the shard's first commit. */
  loadProgress(shard: string): Promise<Fenced<Progress> | undefined>
  /** Slabs of windows with `windowEnd > openAfter`, seen documents with `seenUntil >= seenFrom` (epoch ms), all dirty hours. Ordered by id. */
  loadDetails(shard: string, openAfter: number, seenFrom: number): Promise<ShardDetails>
  /**
   * Stores all documents in one atomic batch. `fence` is the etag that `progress` must still have, undefined for the
   * shard's first commit, which creates it. After a RetryableError the outcome is unknown: sending the same chunk again
   * is harmless, because an attempt that did arrive has moved the fence.
   */
  commit(shard: string, documents: readonly StateDocument[], fence: string | undefined): Promise<CommitResult>
  /** All slabs of one window in one shard, in slab order. `groupsPerSlab` tells where they can end: a slab that is not full is the last. */
  loadWindow(shard: string, rollup: string, windowStart: number, groupsPerSlab: number): Promise<WindowSlabs>
  /** All slabs of several windows in one shard. They are not read at one instant, neither those of different windows nor of one. */
  loadWindows(shard: string, windows: readonly WindowToLoad[]): Promise<SlabsOfWindows>
  /** Rollup and start of the windows with `after < windowEnd <= upTo` that have slabs in the shard, with the highest slab sequence of each. */
  windowsEnding(shard: string, after: number, upTo: number): Promise<readonly EndedWindow[]>
  /** The last mark at which `by` is at most this; undefined where there is none. */
  lastMark(shard: string, by: keyof MarkPlace, atMost: number): Promise<MarkDocument | undefined>
  /** The first mark at which `by` is at least this; undefined where there is none. */
  firstMark(shard: string, by: keyof MarkPlace, atLeast: number): Promise<MarkDocument | undefined>
  /** The marks with `from <= sequence <= to`, in order. */
  marks(shard: string, from: number, to: number): Promise<readonly MarkDocument[]>
  /** Those that begin in `[from, to)`, epoch ms, in order. */
  dirtyHours(shard: string, from: number, to: number): Promise<readonly DirtyHourDocument[]>
  /** Outbox documents left in the shard, oldest first. */
  outbox(shard: string): Promise<readonly OutboxDocument[]>
  /** Deletes one outbox document; one that is gone already is fine. */
  deleteOutbox(shard: string, id: string): Promise<void>
}

export interface EndedWindow {
  readonly rollup: string
  readonly windowStart: number
  readonly windowEnd: number
  readonly sequence: number
  /** How many slabs the window has in this shard. */
  readonly slabs: number
}
