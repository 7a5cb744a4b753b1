/** Content files: each is written once, is on the disk before anybody is told of it, and never changes. */
import { createHash, randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { open, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { makeDirectory, syncDirectory } from './directories.ts'
import type { Piece } from './records.ts'

export interface Written {
  /** None where there were no bytes. */
  readonly content: string | undefined
  readonly length: number
  /** Base64. */
  readonly md5: string
}

/** First and last byte, both included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

export class ContentFiles {
  readonly #directory: string
  /** How many readers are on it. */
  readonly #readers = new Map<string, number>()
  /** To be removed when its last reader is done. */
  readonly #doomed = new Set<string>()
  readonly #removals = new Set<Promise<void>>()

  constructor(directory: string) {
    this.#directory = join(directory, 'content')
    makeDirectory(this.#directory)
  }

  /** Takes the whole body; on a failure nothing is left. At most a few chunks are in memory. */
  async write(body: AsyncIterable<Buffer>): Promise<Written> {
    const hash = createHash('md5')
    const content = randomUUID()
    let file: FileHandle | undefined
    let length = 0
    try {
      for await (const chunk of body) {
        if (chunk.length === 0) continue
        file ??= await open(this.#path(content), 'wx')
        await writeAll(file, chunk)
        hash.update(chunk)
        length += chunk.length
      }
      await file?.sync()
      await file?.close()
      if (file !== undefined) await syncDirectory(this.#directory)
    } catch (error) {
      await file?.close().catch(() => undefined)
      if (file !== undefined) this.remove([content])
      throw error
    }
    return { content: file && content, length, md5: hash.digest('base64') }
  }

  /** The pieces may be removed meanwhile: what is being read stays until it was. */
  read(pieces: readonly Piece[], range: ByteRange): Readable {
    const parts = partsOf(pieces, range)
    for (const { content } of parts) this.#readers.set(content, (this.#readers.get(content) ?? 0) + 1)
    const stream = Readable.from(this.#chunks(parts), { objectMode: false })
    stream.once('close', () => {
      for (const { content } of parts) this.#letGo(content)
    })
    return stream
  }

  /** Does not wait for the disk: what a crash leaves is swept at the next start. */
  remove(contents: readonly string[]): void {
    for (const content of contents) {
      if (this.#readers.has(content)) {
        this.#doomed.add(content)
        continue
      }
      const removal: Promise<void> = rm(this.#path(content), { force: true })
        .catch(() => undefined)
        .finally(() => this.#removals.delete(removal))
      this.#removals.add(removal)
    }
  }

  /** Removes whatever is not used. */
  sweep(isUsed: (content: string) => boolean): void {
    this.remove(readdirSync(this.#directory).filter((content) => !isUsed(content)))
  }

  async close(): Promise<void> {
    await Promise.all(this.#removals)
  }

  async *#chunks(parts: readonly Part[]): AsyncGenerator<Buffer> {
    for (const { content, start, end } of parts) {
      const file = await open(this.#path(content))
      yield* file.createReadStream({ start, end }) as AsyncIterable<Buffer>
    }
  }

  #letGo(content: string): void {
    const others = (this.#readers.get(content) ?? 0) - 1
    if (others > 0) {
      this.#readers.set(content, others)
      return
    }
    this.#readers.delete(content)
    if (this.#doomed.delete(content)) this.remove([content])
  }

  #path(content: string): string {
    return join(this.#directory, content)
  }
}

interface Part extends ByteRange {
  readonly content: string
}

/** Where the bytes of the range are. */
const partsOf = (pieces: readonly Piece[], { start, end }: ByteRange): readonly Part[] => {
  const parts: Part[] = []
  let offset = 0
  for (const { content, length } of pieces) {
    const first = Math.max(start - offset, 0)
    const last = Math.min(end - offset, length - 1)
    if (first <= last) parts.push({ content, start: first, end: last })
    offset += length
  }
  return parts
}

const writeAll = async (file: FileHandle, chunk: Buffer): Promise<void> => {
  let written = 0
  while (written < chunk.length) written += (await file.write(chunk, written)).bytesWritten
}
