/** File systems, paths and their content on disk. */
import { randomBytes } from 'node:crypto'
import { ContentFiles } from './content.ts'
import { Database } from './database.ts'
import { FileSystems } from './file-systems.ts'
import { Paths } from './paths.ts'
import { Pieces } from './pieces.ts'

/** Blocks that nobody committed within a week are forgotten, as in Azure. */
const stagedForMs = 7 * 24 * 3_600_000

export class Store {
  readonly fileSystems: FileSystems
  readonly paths: Paths
  readonly pieces: Pieces
  readonly content: ContentFiles
  readonly #database: Database

  /** `now`: epoch milliseconds. */
  constructor(directory: string, now: number) {
    this.#database = new Database(directory)
    this.fileSystems = new FileSystems(this.#database)
    this.paths = new Paths(this.#database)
    this.pieces = new Pieces(this.#database)
    this.content = new ContentFiles(directory)
    this.change(() => this.pieces.unstageOlderThan(now - stagedForMs))
    this.content.sweep((content) => this.pieces.isUsed(content))
  }

  /** All or nothing, and on the disk when it returns. Content that is not used any more is removed after it. */
  change<T>(work: () => T): T {
    const result = this.#database.transaction(work)
    this.content.remove(this.pieces.takeUnused())
    return result
  }

  newEtag(): string {
    return `0x${randomBytes(8).toString('hex').toUpperCase()}`
  }

  async close(): Promise<void> {
    await this.content.close()
    this.#database.close()
  }
}
