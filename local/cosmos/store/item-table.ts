/** The items of one container: a table of documents, one of their indexed numbers and one of their unique keys. */
import { parseObject, type JsonObject } from '../json.ts'
import { expiryOf } from '../ttl.ts'
import type { Database } from './database.ts'

export interface StoredItem {
  /** Unique in the container for ever. */
  readonly key: number
  /** Encoded partition key. */
  readonly pk: string
  readonly id: string
  readonly etag: string
  /** Epoch seconds of the last write. */
  readonly ts: number
  /** Number of the transaction that wrote it last. */
  readonly lsn: number
  /** The item's own time to live in seconds. */
  readonly ttl: number | null
  /** Epoch seconds from which it is gone. */
  readonly expires: number | null
  /** Size of the document without system properties. */
  readonly bytes: number
  /** The document with its system properties, as JSON. */
  readonly body: string
}

/** What a document is found by apart from its id. */
export interface IndexEntries {
  /** By property. */
  readonly numbers: ReadonlyMap<string, number>
  /** One text for each unique key of the container. */
  readonly unique: readonly string[]
}

/** The entries of a stored document. */
export type EntriesOf = (document: JsonObject, pk: string) => IndexEntries

export class ItemTable {
  readonly #database: Database
  readonly items: string
  readonly numbers: string
  readonly #unique: string

  constructor(database: Database, containerNumber: number) {
    this.#database = database
    this.items = `items_${containerNumber}`
    this.numbers = `numbers_${containerNumber}`
    this.#unique = `unique_${containerNumber}`
  }

  create(): void {
    this.#database.define(`
      CREATE TABLE ${this.items} (
        key INTEGER PRIMARY KEY, pk TEXT NOT NULL, id TEXT NOT NULL, etag TEXT NOT NULL, ts INTEGER NOT NULL,
        lsn INTEGER NOT NULL, ttl INTEGER, expires INTEGER, bytes INTEGER NOT NULL, body TEXT NOT NULL
      );
      CREATE UNIQUE INDEX ${this.items}_id ON ${this.items} (pk, id);
      CREATE INDEX ${this.items}_lsn ON ${this.items} (lsn);
      CREATE INDEX ${this.items}_expires ON ${this.items} (expires) WHERE expires IS NOT NULL;
      CREATE TABLE ${this.numbers} (
        path TEXT NOT NULL, pk TEXT NOT NULL, value REAL NOT NULL, key INTEGER NOT NULL,
        PRIMARY KEY (path, pk, value, key)
      ) WITHOUT ROWID;
      CREATE TABLE ${this.#unique} (entry TEXT PRIMARY KEY, key INTEGER NOT NULL) WITHOUT ROWID;
    `)
  }

  drop(): void {
    this.#database.define(`DROP TABLE ${this.items}; DROP TABLE ${this.numbers}; DROP TABLE IF EXISTS ${this.#unique}`)
  }

  /** Expired items are found too: callers that must not see them compare `expires`. */
  find(pk: string, id: string): StoredItem | undefined {
    return this.#database.prepare(`SELECT * FROM ${this.items} WHERE pk = ? AND id = ?`).get(pk, id) as
      StoredItem | undefined
  }

  load(key: number): StoredItem | undefined {
    return this.#database.prepare(`SELECT * FROM ${this.items} WHERE key = ?`).get(key) as StoredItem | undefined
  }

  /** The key of the item that has this unique entry. */
  ownerOf(entry: string): number | undefined {
    const row = this.#database.prepare(`SELECT key FROM ${this.#unique} WHERE entry = ?`).get(entry)
    return row && Number(row['key'])
  }

  insert(item: StoredItem, { numbers, unique }: IndexEntries): void {
    const { key, pk, id, etag, ts, lsn, ttl, expires, bytes, body } = item
    this.#database
      .prepare(`INSERT INTO ${this.items} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
      .run(key, pk, id, etag, ts, lsn, ttl, expires, bytes, body)
    for (const [path, value] of numbers) this.#addNumber(item, path, value)
    for (const entry of unique) this.#addUnique(item, entry)
  }

  /** Stores a new version under the same key. */
  update(item: StoredItem, before: IndexEntries, after: IndexEntries): void {
    const { key, etag, ts, lsn, ttl, expires, bytes, body } = item
    this.#database
      .prepare(
        `UPDATE ${this.items} SET etag = ?, ts = ?, lsn = ?, ttl = ?, expires = ?, bytes = ?, body = ? WHERE key = ?`,
      )
      .run(etag, ts, lsn, ttl, expires, bytes, body, key)
    for (const [path, value] of before.numbers) {
      if (after.numbers.get(path) !== value) this.#removeNumber(item, path, value)
    }
    for (const [path, value] of after.numbers) {
      if (before.numbers.get(path) !== value) this.#addNumber(item, path, value)
    }
    for (const entry of before.unique) if (!after.unique.includes(entry)) this.#removeUnique(entry)
    for (const entry of after.unique) if (!before.unique.includes(entry)) this.#addUnique(item, entry)
  }

  remove(item: StoredItem, { numbers, unique }: IndexEntries): void {
    this.#database.prepare(`DELETE FROM ${this.items} WHERE key = ?`).run(item.key)
    for (const [path, value] of numbers) this.#removeNumber(item, path, value)
    for (const entry of unique) this.#removeUnique(entry)
  }

  /** Removes all items of one partition key. */
  removePartition(pk: string, entriesOf: EntriesOf): void {
    const keys = this.#database.prepare(`SELECT key FROM ${this.items} WHERE pk = ?`).all(pk)
    for (const { key } of keys) {
      const item = this.load(Number(key))
      if (item !== undefined) this.remove(item, entriesOf(parseObject(item.body, 'A stored item'), pk))
    }
  }

  /** Removes up to `limit` items that are gone by `now` (epoch seconds). */
  purge(now: number, limit: number, entriesOf: EntriesOf): void {
    const gone = this.#database
      .prepare(`SELECT * FROM ${this.items} WHERE expires IS NOT NULL AND expires <= ? ORDER BY expires LIMIT ?`)
      .all(now, limit) as unknown as readonly StoredItem[]
    for (const item of gone) this.remove(item, entriesOf(parseObject(item.body, 'A stored item'), item.pk))
  }

  /** The items changed after transaction `lsn`, at `since` (epoch seconds) or later, oldest change first. */
  changes(lsn: number, since: number, pk: string | undefined, now: number): Iterable<StoredItem> {
    // The unary plus keeps SQLite from walking the partition's index: changes come in the order of the lsn index.
    const inPartition = pk === undefined ? '' : 'AND +pk = ?'
    return this.#database
      .prepare(
        `SELECT * FROM ${this.items} WHERE lsn > ? AND ts >= ? AND (expires IS NULL OR expires > ?) ${inPartition}
         ORDER BY lsn, key`,
      )
      .iterate(lsn, since, now, ...(pk === undefined ? [] : [pk])) as unknown as Iterable<StoredItem>
  }

  /** After a change of the container: when items expire and which numbers are indexed. */
  rebuild(entriesOf: EntriesOf, defaultTtl: number | null): void {
    this.#database.prepare(`DELETE FROM ${this.numbers}`).run()
    const expire = this.#database.prepare(`UPDATE ${this.items} SET expires = ? WHERE key = ?`)
    const keys = this.#database.prepare(`SELECT key FROM ${this.items}`).all() as unknown as { key: number }[]
    for (const { key } of keys) {
      const item = this.load(key)
      if (item === undefined) continue
      expire.run(expiryOf(item.ts, item.ttl, defaultTtl), key)
      const { numbers } = entriesOf(parseObject(item.body, 'A stored item'), item.pk)
      for (const [path, value] of numbers) this.#addNumber(item, path, value)
    }
  }

  #addUnique(item: StoredItem, entry: string): void {
    this.#database.prepare(`INSERT INTO ${this.#unique} VALUES (?, ?)`).run(entry, item.key)
  }

  #removeUnique(entry: string): void {
    this.#database.prepare(`DELETE FROM ${this.#unique} WHERE entry = ?`).run(entry)
  }

  #addNumber(item: StoredItem, path: string, value: number): void {
    this.#database.prepare(`INSERT INTO ${this.numbers} VALUES (?, ?, ?, ?)`).run(path, item.pk, value, item.key)
  }

  #removeNumber(item: StoredItem, path: string, value: number): void {
    this.#database
      .prepare(`DELETE FROM ${this.numbers} WHERE path = ? AND pk = ? AND value = ? AND key = ?`)
      .run(path, item.pk, value, item.key)
  }
}
