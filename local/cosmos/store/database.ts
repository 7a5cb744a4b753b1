import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { inTransaction } from '../../sqlite-transaction.ts'

export type SqlValue = SQLInputValue

const statementsKept = 500

const schema = `
  CREATE TABLE IF NOT EXISTS databases (id TEXT PRIMARY KEY, rid TEXT NOT NULL, etag TEXT NOT NULL, ts INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS containers (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    database TEXT NOT NULL, id TEXT NOT NULL, rid TEXT NOT NULL, etag TEXT NOT NULL, ts INTEGER NOT NULL,
    lsn INTEGER NOT NULL, definition TEXT NOT NULL,
    UNIQUE (database, id)
  );
  CREATE TABLE IF NOT EXISTS offers (rid TEXT PRIMARY KEY, content TEXT NOT NULL);
`

/**
 * The SQLite file. A committed transaction survives the end of the process (write-ahead log, synchronous = NORMAL);
 * a power cut may lose the last ones. The file is locked: one process at a time.
 */
export class Database {
  readonly #sqlite: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true })
    const file = join(directory, 'cosmos.sqlite')
    this.#sqlite = new DatabaseSync(file)
    try {
      this.#sqlite.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
      this.#sqlite.exec(schema)
    } catch (cause) {
      this.#sqlite.close()
      throw new Error(
        `The local Cosmos DB cannot open ${file}: another process uses it, or it is damaged. ` +
          'Stop the other process or choose another directory.',
        { cause },
      )
    }
  }

  /** Prepares once; later calls with the same text get the same statement. */
  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      if (this.#statements.size >= statementsKept) this.#statements.clear()
      statement = this.#sqlite.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  /** Changes the schema; statements prepared before are forgotten. */
  define(sql: string): void {
    this.#statements.clear()
    this.#sqlite.exec(sql)
  }

  /** All or nothing: whatever `work` throws undoes everything it did. */
  transaction<T>(work: () => T): T {
    return inTransaction(this.#sqlite, work)
  }

  close(): void {
    this.#statements.clear()
    this.#sqlite.close()
  }
}
