import type { ChunkDocument, FrontierDocument, HeadDocument, WindowSeries } from '../contracts/serving-documents.ts'
import type { Fenced } from './shard-state.ts'

export interface ServedWindowDocuments {
  readonly head: Fenced<HeadDocument> | undefined
  /** By chunk number; a chunk that was never written is undefined. */
  readonly chunks: readonly (Fenced<ChunkDocument> | undefined)[]
  readonly ru: number
}

/** `conflict`: somebody else has written the document since it was read; nothing was stored. */
export type WriteResult =
  | { readonly kind: 'written'; readonly etag: string; readonly ru: number }
  | { readonly kind: 'conflict'; readonly ru: number }

/**
 * The `serving` container. Reads of one instance never go back (session consistency). Every method rejects with
 * RetryableError where trying again may help and TerminalError where it cannot.
 */
export interface Serving {
  readWindow(series: WindowSeries, windowStart: number, chunks: number): Promise<ServedWindowDocuments>
  /** `etag` undefined: the document must not exist yet. */
  writeChunk(chunk: ChunkDocument, etag: string | undefined): Promise<WriteResult>
  writeHead(head: HeadDocument, etag: string | undefined): Promise<WriteResult>
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
  writeFrontier(frontier: FrontierDocument, etag: string | undefined): Promise<WriteResult>
}
