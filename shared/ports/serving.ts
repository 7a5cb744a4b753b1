import type { ChunkDocument, FrontierDocument, HeadDocument, WindowSeries } from '../contracts/serving-documents.ts'
import type { Fenced } from './shard-state.ts'

export interface ServedWindowDocuments {
  readonly head: Fenced<HeadDocument> | undefined
  /** By chunk number; a chunk that was never written is undefined. */
  readonly chunks: readonly (Fenced<ChunkDocument> | undefined)[]
}

export interface ServedWindows {
  /** In the order in which they were asked for. */
  readonly windows: readonly ServedWindowDocuments[]
  readonly ru: number
}

export interface ServingWrite {
  readonly document: HeadDocument | ChunkDocument
  /** What the document must still have; undefined: it must not exist yet. */
  readonly etag: string | undefined
}

/** How many documents one `write` takes: the operations of a transactional batch. */
export const mostWrites = 100

/** `conflict`: somebody else has written one of the documents since they were read; nothing was stored. */
export interface WriteResult {
  readonly kind: 'written' | 'conflict'
  readonly ru: number
}

export type FrontierResult =
  | { readonly kind: 'written'; readonly etag: string; readonly ru: number }
  | { readonly kind: 'conflict'; readonly ru: number }

/**
 * The `serving` container. Reads of one instance never go back (session consistency). Every method rejects with
 * RetryableError where trying again may help and TerminalError where it cannot.
 */
export interface Serving {
  /** The windows that start at these instants, whole: each has `chunks` chunks. */
  readWindows(series: WindowSeries, windowStarts: readonly number[], chunks: number): Promise<ServedWindows>
  /**
   * Stores all of these documents or none. They are of one series and one of its days, 1 to `mostWrites` of them. Rejects with
   * InvariantError where they are too large to be stored together.
   */
  write(writes: readonly ServingWrite[]): Promise<WriteResult>
  /**
   * Heads and chunks of the windows that start in `[from, to)`, ordered by start, then id. `chunks` limits the chunks
   * to these numbers; undefined means all.
   */
  readRange(
    series: WindowSeries,
    from: number,
    to: number,
    chunks: readonly number[] | undefined,
  ): Promise<{
    readonly heads: readonly HeadDocument[]
    readonly chunks: readonly ChunkDocument[]
    readonly ru: number
  }>
  readFrontier(series: string): Promise<Fenced<FrontierDocument> | undefined>
  /** `etag` undefined: there must be none yet. */
  writeFrontier(frontier: FrontierDocument, etag: string | undefined): Promise<FrontierResult>
}
