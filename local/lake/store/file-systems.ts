import type { Lease } from '../leases.ts'
import type { Database } from './database.ts'
import type { FileSystemRecord, Metadata } from './records.ts'

interface Row {
  readonly name: string
  readonly etag: string
  readonly created_at: number
  readonly modified_at: number
  readonly metadata: string
  readonly lease: string | null
}

/** The table of file systems, which the blob interface calls containers. */
export class FileSystems {
  readonly #find
  readonly #page
  readonly #save
  readonly #delete

  constructor(database: Database) {
    this.#find = database.prepare('SELECT * FROM file_systems WHERE name = ?')
    this.#page = database.prepare(
      'SELECT * FROM file_systems WHERE name > ? AND name >= ? AND name < ? ORDER BY name LIMIT ?',
    )
    this.#save = database.prepare(
      `INSERT INTO file_systems VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET
       etag = excluded.etag, modified_at = excluded.modified_at, metadata = excluded.metadata, lease = excluded.lease`,
    )
    this.#delete = database.prepare('DELETE FROM file_systems WHERE name = ?')
  }

  find(name: string): FileSystemRecord | undefined {
    const row = this.#find.get(name) as Row | undefined
    return row && toRecord(row)
  }

  /** By name: those that start with `prefix` and come after `after`. */
  page(prefix: string, after: string, count: number): readonly FileSystemRecord[] {
    return (this.#page.all(after, prefix, `${prefix}\u{10FFFF}`, count) as unknown as readonly Row[]).map(toRecord)
  }

  save({ name, etag, createdAt, modifiedAt, metadata, lease }: FileSystemRecord): void {
    this.#save.run(name, etag, createdAt, modifiedAt, JSON.stringify(metadata), lease ? JSON.stringify(lease) : null)
  }

  /** With everything in it. */
  delete(name: string): void {
    this.#delete.run(name)
  }
}

const toRecord = (row: Row): FileSystemRecord => ({
  name: row.name,
  etag: row.etag,
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
  metadata: JSON.parse(row.metadata) as Metadata,
  lease: row.lease === null ? undefined : (JSON.parse(row.lease) as Lease),
})
