/** A writer that knows what it was told is done, and so what must be there after a crash. */
import { BlobServiceClient, type ContainerClient, type RestError } from '@azure/storage-blob'
import { DataLakeServiceClient, type DataLakeFileSystemClient } from '@azure/storage-file-datalake'
import assert from 'node:assert/strict'
import type { Random } from '../../../local/feed/random.ts'

/** Text by path. */
type Files = ReadonlyMap<string, string>

interface Clients {
  readonly fileSystem: DataLakeFileSystemClient
  readonly container: ContainerClient
}

/** Something that is done whole or not at all. */
interface Step {
  readonly after: Files
  readonly perform: (clients: Clients) => Promise<unknown>
}

export class Writer {
  readonly #directory: string
  readonly #random: Random
  /** What was acknowledged. */
  #files: Files = new Map()
  /** What there is if the step that was not acknowledged was done all the same. */
  #perhaps: Files | undefined
  #turn = 0

  constructor(directory: string, random: Random) {
    this.#directory = directory
    this.#random = random
  }

  /** Writes until the server is gone; `onDone` is told of each step that was acknowledged. */
  async run(connectionString: string, onDone: () => void): Promise<void> {
    const clients = clientsOf(connectionString)
    for (;;) {
      const step = this.#next()
      this.#perhaps = step.after
      try {
        await step.perform(clients)
      } catch (error) {
        if ((error as RestError).statusCode !== undefined) throw error
        return
      }
      this.#files = step.after
      this.#perhaps = undefined
      onDone()
    }
  }

  /** What is there is what was acknowledged, or that and the one step that was under way. */
  async check(connectionString: string): Promise<void> {
    const found = await read(clientsOf(connectionString), this.#directory)
    const [done, perhaps] = [sorted(this.#files), sorted(this.#perhaps ?? this.#files)]
    if (JSON.stringify(sorted(found)) !== JSON.stringify(perhaps)) assert.deepEqual(sorted(found), done)
    this.#files = found
    this.#perhaps = undefined
  }

  #next(): Step {
    this.#turn += 1
    const files = [...this.#files.keys()]
    if (files.length < 3 || files.length > 12) return files.length < 3 ? this.#upload() : this.#delete(files)
    const steps = [
      () => this.#upload(),
      () => this.#overwrite(files),
      () => this.#append(files),
      () => this.#append(files),
      () => this.#rename(files),
      () => this.#renameDirectory(),
      () => this.#delete(files),
    ]
    return this.#random.pick(steps)()
  }

  #upload(): Step {
    const path = `${this.#directory}/${this.#turn % 2 === 0 ? 'even' : 'odd'}/${this.#turn}`
    return this.#put(path, 1 + this.#random.below(100_000))
  }

  #overwrite(files: readonly string[]): Step {
    return this.#put(this.#random.pick(files), 1 + this.#random.below(1000))
  }

  /** A blob: one request. */
  #put(path: string, length: number): Step {
    const text = `${this.#turn} `.repeat(length).slice(0, length)
    return {
      after: this.#with((files) => files.set(path, text)),
      perform: ({ container }) => container.getBlockBlobClient(path).upload(text, text.length),
    }
  }

  /** Seen once it is flushed: the first request of two changes nothing. */
  #append(files: readonly string[]): Step {
    const path = this.#random.pick(files)
    const before = this.#files.get(path)!
    const line = `line ${this.#turn}\n`
    const inOne = this.#turn % 2 === 0
    return {
      after: this.#with((all) => all.set(path, before + line)),
      perform: async ({ fileSystem }) => {
        const file = fileSystem.getFileClient(path)
        await file.append(line, before.length, line.length, { flush: inOne })
        if (!inOne) await file.flush(before.length + line.length)
      },
    }
  }

  #rename(files: readonly string[]): Step {
    const from = this.#random.pick(files)
    const to = `${from.slice(0, from.lastIndexOf('/'))}/${this.#turn}-renamed`
    return {
      after: this.#with((all) => {
        all.set(to, all.get(from)!)
        all.delete(from)
      }),
      perform: ({ fileSystem }) => fileSystem.getFileClient(from).move(to),
    }
  }

  /** With all that is in it. */
  #renameDirectory(): Step {
    const from = this.#random
      .pick([...this.#files.keys()])
      .split('/')
      .slice(0, 2)
      .join('/')
    const to = `${this.#directory}/moved-${this.#turn}`
    return {
      after: new Map([...this.#files].map(([path, text]) => [path.replace(`${from}/`, `${to}/`), text])),
      perform: ({ fileSystem }) => fileSystem.getDirectoryClient(from).move(to),
    }
  }

  #delete(files: readonly string[]): Step {
    const path = this.#random.pick(files)
    return {
      after: this.#with((all) => all.delete(path)),
      perform: ({ fileSystem }) => fileSystem.getFileClient(path).delete(),
    }
  }

  #with(change: (files: Map<string, string>) => unknown): Files {
    const files = new Map(this.#files)
    change(files)
    return files
  }
}

/** They never try again: what was not acknowledged is left as it is. */
const clientsOf = (connectionString: string): Clients => {
  const options = { retryOptions: { maxTries: 1 } }
  return {
    fileSystem: DataLakeServiceClient.fromConnectionString(connectionString, options).getFileSystemClient('data'),
    container: BlobServiceClient.fromConnectionString(connectionString, options).getContainerClient('data'),
  }
}

const read = async ({ container }: Clients, directory: string): Promise<Files> => {
  const files = new Map<string, string>()
  for await (const { name, properties } of container.listBlobsFlat({ prefix: `${directory}/` })) {
    // Directories are listed too; no file of a writer is empty.
    if (properties.contentLength === 0) continue
    files.set(name, String(await container.getBlobClient(name).downloadToBuffer()))
  }
  return files
}

const sorted = (files: Files): readonly (readonly [string, string])[] => [...files].sort(([a], [b]) => (a < b ? -1 : 1))
