/** Finds capture files by their names, folder by folder: the lake as a whole is never listed. */
import type { ContainerClient } from '@azure/storage-blob'
import { parseArchiveName } from '../../contracts/capture.ts'

export interface CaptureFile {
  readonly name: string
  /** When its window began, epoch ms. */
  readonly windowStart: number
}

/** Year, month, day, hour. */
const depth = 4

export class CaptureFiles {
  readonly #container: ContainerClient
  readonly #root: string

  constructor(container: ContainerClient, { namespace, hub }: { readonly namespace: string; readonly hub: string }) {
    this.#container = container
    this.#root = `${namespace}/${hub}/`
  }

  /** The partition's files by hour, the newest hour first, and within each in order of their names. `until`: epoch ms, inclusive. */
  async *backwards(partition: number, until?: number): AsyncGenerator<CaptureFile[], void, undefined> {
    const end = until === undefined ? undefined : hourFolder(until)
    const isWanted = (folder: string): boolean => end === undefined || folder <= end.slice(0, folder.length)
    for await (const hour of this.#hours(this.#root, depth, { isWanted, isReversed: true })) {
      const files = await this.#filesIn(hour, partition)
      yield until === undefined ? files : files.filter(({ windowStart }) => windowStart <= until)
    }
  }

  /** The partition's files one after another, from the one whose window began at `from` (epoch ms) or the next one on. */
  async *forwards(partition: number, from: number): AsyncGenerator<CaptureFile, void, undefined> {
    const start = hourFolder(from)
    const isWanted = (folder: string): boolean => folder >= start.slice(0, folder.length)
    for await (const hour of this.#hours(this.#root, depth, { isWanted, isReversed: false })) {
      for (const file of await this.#filesIn(hour, partition)) if (file.windowStart >= from) yield file
    }
  }

  /** The hours' folders below `prefix`, as far as their part below the root is wanted. */
  async *#hours(
    prefix: string,
    levels: number,
    order: { readonly isWanted: (folder: string) => boolean; readonly isReversed: boolean },
  ): AsyncGenerator<string, void, undefined> {
    if (levels === 0) {
      yield prefix
      return
    }
    const folders: string[] = []
    for await (const item of this.#container.listBlobsByHierarchy('/', { prefix })) {
      if (item.kind === 'prefix' && order.isWanted(item.name.slice(this.#root.length, -1))) folders.push(item.name)
    }
    folders.sort()
    for (const folder of order.isReversed ? folders.toReversed() : folders)
      yield* this.#hours(folder, levels - 1, order)
  }

  async #filesIn(hour: string, partition: number): Promise<CaptureFile[]> {
    const files: CaptureFile[] = []
    for await (const { name } of this.#container.listBlobsFlat({ prefix: hour })) {
      const parsed = parseArchiveName(name)
      if (parsed?.partition === partition) files.push({ name, windowStart: parsed.windowStart })
    }
    return files.sort((a, b) => a.windowStart - b.windowStart)
  }
}

const hourFolder = (epochMs: number): string => {
  const [, year, month, day, hour] = /^(\d+)-(\d\d)-(\d\d)T(\d\d)/.exec(new Date(epochMs).toISOString())!
  return `y=${year}/m=${month}/d=${day}/h=${hour}`
}
