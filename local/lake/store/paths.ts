import type { Access } from '../access.ts'
import type { Lease } from '../leases.ts'
import type { Database } from './database.ts'
import { parentOf, type ContentHeaders, type Metadata, type PathRecord } from './records.ts'

interface Row {
  readonly id: number
  readonly file_system: string
  readonly path: string
  readonly is_directory: number
  readonly length: number
  readonly etag: string
  readonly created_at: number
  readonly modified_at: number
  readonly metadata: string
  readonly headers: string
  readonly access: string
  readonly lease: string | null
}

export interface PageOf {
  readonly fileSystem: string
  /** Only paths that start with it. */
  readonly prefix: string
  /** Only paths that come after it. */
  readonly after: string
  readonly count: number
}

/** The table of files and directories, in the order of their paths' UTF-8 bytes. */
export class Paths {
  readonly #find
  readonly #insert
  readonly #update
  readonly #page
  readonly #childrenPage
  readonly #under
  readonly #move
  readonly #moveUnder
  readonly #deleteUnder
  readonly #delete

  constructor(database: Database) {
    const inRange = 'file_system = ? AND path > ? AND path >= ? AND path < ?'
    // '0' is the character after '/': from `dir/` to `dir0` is everything under `dir`.
    const isUnder = `file_system = ? AND path >= ? || '/' AND path < ? || '0'`
    this.#find = database.prepare('SELECT * FROM paths WHERE file_system = ? AND path = ?')
    this.#insert = database.prepare(
      `INSERT INTO paths (file_system, path, parent, is_directory, length, etag, created_at, modified_at, metadata, headers, access, lease)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#update = database.prepare(
      `UPDATE paths SET length = ?, etag = ?, created_at = ?, modified_at = ?, metadata = ?, headers = ?, access = ?, lease = ?
       WHERE id = ?`,
    )
    this.#page = database.prepare(`SELECT * FROM paths WHERE ${inRange} ORDER BY path LIMIT ?`)
    this.#childrenPage = database.prepare(`SELECT * FROM paths WHERE ${inRange} AND parent = ? ORDER BY path LIMIT ?`)
    this.#under = database.prepare(`SELECT * FROM paths WHERE ${isUnder} ORDER BY path`)
    this.#move = database.prepare('UPDATE paths SET file_system = ?, path = ?, parent = ? WHERE id = ?')
    this.#moveUnder = database.prepare(
      `UPDATE paths SET file_system = ?, path = ? || substr(path, ?), parent = ? || substr(parent, ?) WHERE ${isUnder}`,
    )
    this.#deleteUnder = database.prepare(`DELETE FROM paths WHERE ${isUnder}`)
    this.#delete = database.prepare('DELETE FROM paths WHERE id = ?')
  }

  find(fileSystem: string, path: string): PathRecord | undefined {
    const row = this.#find.get(fileSystem, path) as Row | undefined
    return row && toRecord(row)
  }

  insert(record: Omit<PathRecord, 'id'>): PathRecord {
    const { fileSystem, path, isDirectory, length, etag, createdAt, modifiedAt } = record
    const { lastInsertRowid } = this.#insert.run(
      fileSystem,
      path,
      parentOf(path),
      isDirectory ? 1 : 0,
      length,
      etag,
      createdAt,
      modifiedAt,
      ...documentsOf(record),
    )
    return { ...record, id: Number(lastInsertRowid) }
  }

  /** Everything but its place. */
  update(record: PathRecord): void {
    const { length, etag, createdAt, modifiedAt, id } = record
    this.#update.run(length, etag, createdAt, modifiedAt, ...documentsOf(record), id)
  }

  page({ fileSystem, prefix, after, count }: PageOf): readonly PathRecord[] {
    return toRecords(this.#page.all(fileSystem, after, prefix, `${prefix}\u{10FFFF}`, count))
  }

  /** Of those right in one directory. */
  childrenPage({ fileSystem, prefix, after, count }: PageOf, parent: string): readonly PathRecord[] {
    return toRecords(this.#childrenPage.all(fileSystem, after, prefix, `${prefix}\u{10FFFF}`, parent, count))
  }

  /** Everything in a directory, at any depth. */
  under(directory: PathRecord): readonly PathRecord[] {
    return toRecords(this.#under.all(directory.fileSystem, directory.path, directory.path))
  }

  /** With everything under it. Nothing may be in the new place. */
  move({ id, fileSystem, path }: PathRecord, newFileSystem: string, newPath: string): void {
    const rest = [...path].length + 1
    this.#moveUnder.run(newFileSystem, newPath, rest, newPath, rest, fileSystem, path, path)
    this.#move.run(newFileSystem, newPath, parentOf(newPath), id)
  }

  /** With everything under it. */
  delete({ id, fileSystem, path }: PathRecord): void {
    this.#deleteUnder.run(fileSystem, path, path)
    this.#delete.run(id)
  }
}

const documentsOf = ({ metadata, headers, access, lease }: Omit<PathRecord, 'id'>) =>
  [
    JSON.stringify(metadata),
    JSON.stringify(headers),
    JSON.stringify(access),
    lease ? JSON.stringify(lease) : null,
  ] as const

const toRecords = (rows: readonly unknown[]): readonly PathRecord[] => (rows as readonly Row[]).map(toRecord)

const toRecord = (row: Row): PathRecord => ({
  id: row.id,
  fileSystem: row.file_system,
  path: row.path,
  isDirectory: row.is_directory === 1,
  length: row.length,
  etag: row.etag,
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
  metadata: JSON.parse(row.metadata) as Metadata,
  headers: JSON.parse(row.headers) as ContentHeaders,
  access: JSON.parse(row.access) as Access,
  lease: row.lease === null ? undefined : (JSON.parse(row.lease) as Lease),
})
