import type { Database } from './database.ts'
import type { Piece } from './records.ts'

export interface Append {
  readonly position: number
  readonly content: string
  readonly length: number
}

/** The tables that say which content belongs to what: committed, appended, staged. */
export class Pieces {
  readonly #committed
  readonly #commit
  readonly #count
  readonly #clear
  readonly #appends
  readonly #append
  readonly #dropAppends
  readonly #staged
  readonly #stage
  readonly #unstage
  readonly #unstageUnder
  readonly #expire
  readonly #released
  readonly #forgetReleased
  readonly #isUsed

  constructor(database: Database) {
    this.#committed = database.prepare('SELECT block, content, length FROM pieces WHERE path_id = ? ORDER BY ordinal')
    this.#commit = database.prepare('INSERT INTO pieces VALUES (?, ?, ?, ?, ?)')
    this.#count = database.prepare('SELECT count(*) AS count FROM pieces WHERE path_id = ?')
    this.#clear = database.prepare('DELETE FROM pieces WHERE path_id = ?')
    this.#appends = database.prepare(
      'SELECT position, content, length FROM appends WHERE path_id = ? ORDER BY position',
    )
    this.#append = database.prepare('INSERT INTO appends VALUES (?, ?, ?, ?)')
    this.#dropAppends = database.prepare('DELETE FROM appends WHERE path_id = ? AND position >= ? AND position < ?')
    this.#staged = database.prepare(
      'SELECT block, content, length FROM blocks WHERE file_system = ? AND path = ? ORDER BY staged_at, block',
    )
    this.#stage = database.prepare('INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?)')
    this.#unstage = database.prepare(
      'DELETE FROM blocks WHERE file_system = ? AND path = ? AND (block = ? OR ? IS NULL)',
    )
    this.#unstageUnder = database.prepare(
      `DELETE FROM blocks WHERE file_system = ? AND path >= ? || '/' AND path < ? || '0'`,
    )
    this.#expire = database.prepare('DELETE FROM blocks WHERE staged_at < ?')
    const isUsed = ['pieces', 'appends', 'blocks']
      .map((table) => `EXISTS (SELECT 1 FROM ${table} WHERE ${table}.content = given.content)`)
      .join(' OR ')
    this.#released = database.prepare(`SELECT DISTINCT content FROM released AS given WHERE NOT (${isUsed})`)
    this.#forgetReleased = database.prepare('DELETE FROM released')
    this.#isUsed = database.prepare(`SELECT (${isUsed}) AS used FROM (SELECT ? AS content) AS given`)
  }

  committed(pathId: number): readonly Piece[] {
    return this.#committed.all(pathId) as unknown as readonly Piece[]
  }

  /** In place of what was committed. */
  replace(pathId: number, pieces: readonly Piece[]): void {
    this.#clear.run(pathId)
    this.add(pathId, pieces)
  }

  /** After what is committed; returns how many there are then. */
  add(pathId: number, pieces: readonly Piece[]): number {
    const { count } = this.#count.get(pathId) as { count: number }
    for (const [index, { block, content, length }] of pieces.entries()) {
      this.#commit.run(pathId, count + index, block, content, length)
    }
    return count + pieces.length
  }

  appends(pathId: number): readonly Append[] {
    return this.#appends.all(pathId) as unknown as readonly Append[]
  }

  /** In place of what was appended at the same position. */
  append(pathId: number, { position, content, length }: Append): void {
    this.dropAppends(pathId, position, position + 1)
    this.#append.run(pathId, position, content, length)
  }

  /** Those that start at `from` or later and before `to`. */
  dropAppends(pathId: number, from = 0, to = Number.MAX_SAFE_INTEGER): void {
    this.#dropAppends.run(pathId, from, to)
  }

  staged(fileSystem: string, path: string): readonly Piece[] {
    return this.#staged.all(fileSystem, path) as unknown as readonly Piece[]
  }

  /** In place of a staged block of the same id. */
  stage(fileSystem: string, path: string, { block, content, length }: Piece, now: number): void {
    this.#unstage.run(fileSystem, path, block, block)
    this.#stage.run(fileSystem, path, block, content, length, now)
  }

  unstageAll(fileSystem: string, path: string): void {
    this.#unstage.run(fileSystem, path, null, null)
  }

  /** For everything in a directory, at any depth. */
  unstageUnder(fileSystem: string, directory: string): void {
    this.#unstageUnder.run(fileSystem, directory, directory)
  }

  unstageOlderThan(time: number): void {
    this.#expire.run(time)
  }

  /** Content that deleted rows mentioned and that no row mentions any more; told once. */
  takeUnused(): readonly string[] {
    const unused = (this.#released.all() as unknown as readonly { content: string }[]).map(({ content }) => content)
    this.#forgetReleased.run()
    return unused
  }

  isUsed(content: string): boolean {
    return (this.#isUsed.get(content) as { used: number }).used === 1
  }
}
