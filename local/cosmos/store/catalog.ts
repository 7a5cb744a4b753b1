/** Databases and containers. */
import { randomBytes } from 'node:crypto'
import { conflict, notFound } from '../errors.ts'
import { compileIndexingPolicy, indexedNumbers, type IndexingPolicy } from '../indexing.ts'
import { parseObject, type JsonObject } from '../json.ts'
import { newContainerRid, newDatabaseRid } from '../resource-id.ts'
import { uniqueEntries } from '../unique-keys.ts'
import type { ContainerDefinition } from './container-definition.ts'
import type { Database } from './database.ts'
import { ItemTable, type EntriesOf } from './item-table.ts'

export interface DatabaseRecord {
  readonly id: string
  readonly rid: string
  readonly etag: string
  /** Epoch seconds. */
  readonly ts: number
}

export interface ContainerRecord extends DatabaseRecord {
  readonly database: DatabaseRecord
  readonly number: number
  readonly definition: ContainerDefinition
  readonly policy: IndexingPolicy
  readonly items: ItemTable
  readonly entriesOf: EntriesOf
}

interface ContainerRow extends DatabaseRecord {
  readonly number: number
  readonly definition: string
}

/** `subStatus` of a 404 for an owner that does not exist. */
const ownerMissing = 1003
/** Purged with every write, so that expired items go as fast as new ones come and no request waits long for it. */
const purgedPerWrite = 20

export class Catalog {
  readonly #database: Database
  /** By database and id; emptied by every change of a definition. */
  readonly #containers = new Map<string, ContainerRecord>()

  constructor(database: Database) {
    this.#database = database
  }

  databases(): readonly DatabaseRecord[] {
    return this.#database.prepare('SELECT * FROM databases ORDER BY id').all() as unknown as DatabaseRecord[]
  }

  /** By its id or its `_rid`. */
  database(id: string, subStatus = 0): DatabaseRecord {
    const found =
      this.#database.prepare('SELECT * FROM databases WHERE id = ?').get(id) ??
      this.#database.prepare('SELECT * FROM databases WHERE rid = ?').get(id)
    if (found === undefined) throw notFound(`The database ${id}`, subStatus)
    return found as unknown as DatabaseRecord
  }

  createDatabase(id: string, now: number): DatabaseRecord {
    if (this.databases().some((database) => database.id === id)) throw conflict(`The database ${id}`)
    const created = { id, rid: newDatabaseRid(), etag: newEtag(), ts: now }
    this.#database.prepare('INSERT INTO databases VALUES (?, ?, ?, ?)').run(id, created.rid, created.etag, now)
    return created
  }

  deleteDatabase(database: DatabaseRecord): void {
    const { id } = database
    const containers = this.containers(id)
    this.#database.transaction(() => {
      for (const container of containers) this.#remove(container)
      this.#database.prepare('DELETE FROM offers WHERE rid = ?').run(database.rid)
      this.#database.prepare('DELETE FROM databases WHERE id = ?').run(id)
    })
    this.#containers.clear()
  }

  containers(databaseId: string): readonly ContainerRecord[] {
    const database = this.database(databaseId, ownerMissing)
    const rows = this.#database.prepare('SELECT * FROM containers WHERE database = ? ORDER BY id').all(database.id)
    return (rows as unknown as ContainerRow[]).map((row) => this.#record(database, row))
  }

  /** By its id or its `_rid`. */
  container(databaseId: string, id: string, subStatus = 0): ContainerRecord {
    const name = `${databaseId}/${id}`
    const known = this.#containers.get(name)
    if (known !== undefined) return known
    const database = this.database(databaseId, ownerMissing)
    const row =
      this.#database.prepare('SELECT * FROM containers WHERE database = ? AND id = ?').get(database.id, id) ??
      this.#database.prepare('SELECT * FROM containers WHERE database = ? AND rid = ?').get(database.id, id)
    if (row === undefined) throw notFound(`The container ${id} of the database ${databaseId}`, subStatus)
    const container = this.#record(database, row as unknown as ContainerRow)
    this.#containers.set(name, container)
    return container
  }

  createContainer(databaseId: string, definition: ContainerDefinition, now: number): ContainerRecord {
    const database = this.database(databaseId, ownerMissing)
    const { id } = definition
    if (this.containers(databaseId).some((container) => container.id === id)) throw conflict(`The container ${id}`)
    const made = {
      id,
      rid: newContainerRid(database.rid),
      etag: newEtag(),
      ts: now,
      definition: JSON.stringify(definition),
    }
    return this.#database.transaction(() => {
      const { lastInsertRowid } = this.#database
        .prepare('INSERT INTO containers (database, id, rid, etag, ts, lsn, definition) VALUES (?, ?, ?, ?, ?, 0, ?)')
        .run(database.id, id, made.rid, made.etag, now, made.definition)
      const container = this.#record(database, { ...made, number: Number(lastInsertRowid) })
      container.items.create()
      return container
    })
  }

  replaceContainer(container: ContainerRecord, definition: ContainerDefinition, now: number): ContainerRecord {
    const row = { ...container, etag: newEtag(), ts: now, definition: JSON.stringify(definition) }
    const replaced = this.#record(container.database, row)
    this.#database.transaction(() => {
      this.#database
        .prepare('UPDATE containers SET etag = ?, ts = ?, definition = ? WHERE number = ?')
        .run(row.etag, now, row.definition, container.number)
      replaced.items.rebuild(replaced.entriesOf, definition.defaultTtl)
    })
    this.#containers.clear()
    return replaced
  }

  deleteContainer(container: ContainerRecord): void {
    this.#database.transaction(() => this.#remove(container))
    this.#containers.clear()
  }

  /** What was said about the throughput of a database or container, by its `_rid`. */
  offer(rid: string): JsonObject | undefined {
    const row = this.#database.prepare('SELECT content FROM offers WHERE rid = ?').get(rid)
    return row && parseObject(String(row['content']), 'A stored offer')
  }

  putOffer(rid: string, content: JsonObject): void {
    this.#database.prepare('INSERT OR REPLACE INTO offers VALUES (?, ?)').run(rid, JSON.stringify(content))
  }

  /** The number of the container's last transaction. */
  lsn(container: ContainerRecord): number {
    const row = this.#database.prepare('SELECT lsn FROM containers WHERE number = ?').get(container.number)
    return Number(row?.['lsn'] ?? 0)
  }

  /** One transaction on a container's items; `next` gives it a number, again for each part that counts by itself. */
  write<T>(container: ContainerRecord, now: number, work: (next: () => number) => T): T {
    return this.#database.transaction(() => {
      container.items.purge(now, purgedPerWrite, container.entriesOf)
      return work(() => {
        const row = this.#database
          .prepare('UPDATE containers SET lsn = lsn + 1 WHERE number = ? RETURNING lsn')
          .get(container.number)
        return Number(row?.['lsn'])
      })
    })
  }

  #record(database: DatabaseRecord, row: ContainerRow): ContainerRecord {
    // Files written before there were unique keys do not mention them.
    const stored = { uniqueKeys: [], ...parseObject(row.definition, 'A stored container') }
    const definition = stored as unknown as ContainerDefinition
    const policy = compileIndexingPolicy(definition.indexingPolicy)
    return {
      ...{ id: row.id, rid: row.rid, etag: row.etag, ts: row.ts, number: row.number },
      database,
      definition,
      policy,
      items: new ItemTable(this.#database, row.number),
      entriesOf: (document, pk) => ({
        numbers: indexedNumbers(document, policy),
        unique: uniqueEntries(document, pk, definition.uniqueKeys),
      }),
    }
  }

  #remove(container: ContainerRecord): void {
    this.#database.prepare('DELETE FROM containers WHERE number = ?').run(container.number)
    this.#database.prepare('DELETE FROM offers WHERE rid = ?').run(container.rid)
    container.items.drop()
  }
}

const newEtag = (): string => `"${randomBytes(8).toString('hex')}"`
