/** A writer that knows what it was told is done, and so what must be there after a crash. */
import type { RestError } from '@azure/storage-blob'
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { Random } from '../../../local/feed/random.ts'
import type { Clients } from './serve.ts'

/** Text by path. */
type Files = ReadonlyMap<string, string>

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
  async run(clients: Clients, onDone: () => void): Promise<void> {
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
  async check(clients: Clients): Promise<void> {
    const found = await read(clients, this.#directory)
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

const read = async ({ container }: Clients, directory: string): Promise<Files> => {
  const files = new Map<string, string>()
  for await (const { name, properties } of container.listBlobsFlat({ prefix: `${directory}/` })) {
    // Directories are listed too; no file of a writer is empty.
    if (properties.contentLength === 0) continue
    files.set(name, String(await container.getBlobClient(name).downloadToBuffer()))
  }
  return files
}

/** In order, each text as what tells it from others, so that a difference can be read. */
const sorted = (files: Files): readonly string[] =>
  [...files]
    .map(([path, text]) => `${path}: ${text.length} characters, ${createHash('md5').update(text).digest('hex')}`)
    .sort()
