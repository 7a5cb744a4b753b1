/**
 * What the lake knows of its files, in SQLite: names, properties and which pieces of content make up which file.
 *
 * Content lies beside it in files that never change once written (content.ts), and a change here is one transaction. So
 * a reader never sees half a write; a directory of any size is renamed at once; and after a crash there is either the old
 * state or the new one, with pieces that no row mentions as all that can be left over.
 */
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { inTransaction } from '../../sqlite-transaction.ts'
import { makeDirectory } from './directories.ts'

/**
 * `pieces`: committed content, in order. `appends`: appended and not flushed yet, by position. `blocks`: staged by Put
 * Block, for a blob that may not exist yet, hence by name. Copies share content, so that what a deleted row mentioned may
 * be in use elsewhere: the triggers remember it until that is known.
 */
const schema = `
  CREATE TABLE IF NOT EXISTS file_systems (
    name TEXT PRIMARY KEY, etag TEXT NOT NULL, created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL,
    metadata TEXT NOT NULL, lease TEXT
  );
  CREATE TABLE IF NOT EXISTS paths (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    file_system TEXT NOT NULL REFERENCES file_systems (name) ON DELETE CASCADE,
    path TEXT NOT NULL, parent TEXT NOT NULL, is_directory INTEGER NOT NULL, length INTEGER NOT NULL,
    etag TEXT NOT NULL, created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL,
    metadata TEXT NOT NULL, headers TEXT NOT NULL, access TEXT NOT NULL, lease TEXT,
    UNIQUE (file_system, path)
  );
  CREATE INDEX IF NOT EXISTS paths_of_parent ON paths (file_system, parent, path);
  CREATE TABLE IF NOT EXISTS pieces (
    path_id INTEGER NOT NULL REFERENCES paths (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL, block TEXT NOT NULL, content TEXT NOT NULL, length INTEGER NOT NULL,
    PRIMARY KEY (path_id, ordinal)
  );
  CREATE TABLE IF NOT EXISTS appends (
    path_id INTEGER NOT NULL REFERENCES paths (id) ON DELETE CASCADE,
    position INTEGER NOT NULL, content TEXT NOT NULL, length INTEGER NOT NULL,
    PRIMARY KEY (path_id, position)
  );
  CREATE TABLE IF NOT EXISTS blocks (
    file_system TEXT NOT NULL REFERENCES file_systems (name) ON DELETE CASCADE,
    path TEXT NOT NULL, block TEXT NOT NULL, content TEXT NOT NULL, length INTEGER NOT NULL, staged_at INTEGER NOT NULL,
    PRIMARY KEY (file_system, path, block)
  );
  CREATE TEMP TABLE released (content TEXT NOT NULL);
  ${['pieces', 'appends', 'blocks']
    .map(
      (table) => `
  CREATE INDEX IF NOT EXISTS ${table}_of_content ON ${table} (content);
  CREATE TEMP TRIGGER release_${table} AFTER DELETE ON ${table} BEGIN INSERT INTO released VALUES (OLD.content); END;`,
    )
    .join('')}
`

export class Database {
  readonly #sqlite: DatabaseSync

  constructor(directory: string) {
    makeDirectory(directory)
    const file = join(directory, 'lake.sqlite')
    this.#sqlite = new DatabaseSync(file)
    try {
      // FULL: the log is on the disk before a change is acknowledged. EXCLUSIVE: one process at a time.
      this.#sqlite.exec(`
        PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
      `)
      this.transaction(() => this.#sqlite.exec(schema))
    } catch (cause) {
      this.#sqlite.close()
      throw new Error(
        `The local lake cannot open ${file}: another process uses it, or it is damaged. ` +
          'Stop the other process or choose another directory.',
        { cause },
      )
    }
  }

  prepare(sql: string): StatementSync {
    return this.#sqlite.prepare(sql)
  }

  /** All or nothing, and on the disk when it returns: whatever `work` throws undoes everything it did. */
  transaction<T>(work: () => T): T {
    return inTransaction(this.#sqlite, work)
  }

  close(): void {
    this.#sqlite.close()
  }
}
