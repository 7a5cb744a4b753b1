/** What is kept of file systems and paths. */
import type { Lease } from '../leases.ts'
import type { Access } from '../access.ts'

export type Metadata = Readonly<Record<string, string>>

/** Headers that are kept with a file and given back with it. */
export interface ContentHeaders {
  readonly contentType?: string
  readonly contentEncoding?: string
  readonly contentLanguage?: string
  readonly contentDisposition?: string
  readonly cacheControl?: string
  /** Base64. */
  readonly contentMd5?: string
}

export interface FileSystemRecord {
  readonly name: string
  readonly etag: string
  /** Epoch milliseconds, as all times here. */
  readonly createdAt: number
  readonly modifiedAt: number
  readonly metadata: Metadata
  readonly lease: Lease | undefined
}

export interface PathRecord {
  readonly id: number
  readonly fileSystem: string
  /** Without a slash at either end. */
  readonly path: string
  readonly isDirectory: boolean
  /** Bytes that are committed; 0 for a directory. */
  readonly length: number
  readonly etag: string
  readonly createdAt: number
  readonly modifiedAt: number
  readonly metadata: Metadata
  readonly headers: ContentHeaders
  readonly access: Access
  readonly lease: Lease | undefined
}

/** A run of bytes in a content file of its own. */
export interface Piece {
  /** Base64 id of Put Block; '' for what came otherwise. */
  readonly block: string
  readonly content: string
  readonly length: number
}

/** Of a path; '' for one at the top. */
export const parentOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), 0))
