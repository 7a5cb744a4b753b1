/** The SQLite file of a task hub, shared by all hosts that are given its directory. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { inTransaction } from '../../../sqlite-transaction.ts'

/** Of the tables below: a file of another version is refused. */
const schemaVersion = 1
/** How long a statement waits for another host's transaction: each takes milliseconds. */
const lockTimeoutMs = 20_000

/**
 * An `owner` is the host that works on the row, null where nobody does. `execution` says for which execution of an instance
 * something is; what comes for an earlier one is void. Times are epoch ms.
 */
const schema = `
  CREATE TABLE IF NOT EXISTS hosts (
    id TEXT PRIMARY KEY, process TEXT NOT NULL, alive_until INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS instances (
    id TEXT PRIMARY KEY, execution TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, status TEXT NOT NULL,
    input TEXT, output TEXT, custom_status TEXT, parent TEXT, created INTEGER NOT NULL, updated INTEGER NOT NULL, owner TEXT
  );
  CREATE INDEX IF NOT EXISTS instances_created ON instances (created, id);
  CREATE TABLE IF NOT EXISTS history (
    instance TEXT NOT NULL, position INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (instance, position)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS inbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT, instance TEXT NOT NULL, execution TEXT, kind TEXT NOT NULL, timer INTEGER,
    due INTEGER NOT NULL, happening TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS inbox_due ON inbox (due);
  CREATE INDEX IF NOT EXISTS inbox_instance ON inbox (instance, due);
  CREATE TABLE IF NOT EXISTS activities (
    number INTEGER PRIMARY KEY AUTOINCREMENT, instance TEXT NOT NULL, execution TEXT NOT NULL, id INTEGER NOT NULL,
    name TEXT NOT NULL, input TEXT, owner TEXT
  );
  CREATE INDEX IF NOT EXISTS activities_owner ON activities (owner, number);
  CREATE TABLE IF NOT EXISTS entities (
    id TEXT PRIMARY KEY, has_state INTEGER NOT NULL, state TEXT, locked_by TEXT, updated INTEGER NOT NULL, owner TEXT
  );
  CREATE TABLE IF NOT EXISTS entity_queue (
    number INTEGER PRIMARY KEY AUTOINCREMENT, entity TEXT NOT NULL, sender TEXT, message TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS entity_queue_entity ON entity_queue (entity, number);
`

export type Row = Readonly<Record<string, unknown>>

/** What is committed survives a killed process (write-ahead log, synchronous = NORMAL); a power cut may lose the last of it. */
export class Database {
  readonly #sqlite: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(directory: string, hubName: string) {
    mkdirSync(directory, { recursive: true })
    const file = join(directory, `${hubName.toLowerCase()}.sqlite`)
    this.#sqlite = new DatabaseSync(file, { timeout: lockTimeoutMs })
    try {
      this.#sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
      this.transaction(() => {
        const { user_version: version } = this.#sqlite.prepare('PRAGMA user_version').get() as { user_version: number }
        if (version !== 0 && version !== schemaVersion) {
          throw new Error(`it is of version ${version}, and this host writes version ${schemaVersion}`)
        }
        this.#sqlite.exec(schema)
        this.#sqlite.exec(`PRAGMA user_version = ${schemaVersion}`)
      })
    } catch (cause) {
      this.#sqlite.close()
      throw new Error(
        `The task hub in ${file} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}. ` +
          'Nothing was changed. Choose another directory or another hubName, or remove the file and what it holds.',
        { cause },
      )
    }
  }

  all<T = Row>(sql: string, ...values: readonly SQLInputValue[]): T[] {
    return this.#prepare(sql).all(...values) as T[]
  }

  get<T = Row>(sql: string, ...values: readonly SQLInputValue[]): T | undefined {
    return this.#prepare(sql).get(...values) as T | undefined
  }

  /** How many rows it changed. */
  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes)
  }

  /** All or nothing: whatever `work` throws undoes everything it did. */
  transaction<T>(work: () => T): T {
    return inTransaction(this.#sqlite, work)
  }

  close(): void {
    this.#statements.clear()
    this.#sqlite.close()
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#sqlite.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}
