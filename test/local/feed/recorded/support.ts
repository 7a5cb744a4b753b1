/** Recorded files as feeds, in the words of the command line. */
import { mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FeedItem } from '../../../../local/feed/feed-item.ts'
import { newReading, type FileReading } from '../../../../local/feed/recorded/reading.ts'
import { recordedFeed } from '../../../../local/feed/recorded/recorded-feed.ts'
import { readFeeds } from '../../../../local/run/feed-options.ts'
import type { StreamDescription } from '../../../../shared/contracts/stream-definition.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'
import { descriptionOf } from '../support.ts'

export const startedAt = Date.UTC(2026, 5, 1)

export const withPartitions = (stream: string, partitions: number): StreamDescription => {
  const description = descriptionOf(stream)
  return { ...description, hub: { ...description.hub, partitions } }
}

const folders = temporaryFolder()

/** Paths of the files in a folder of their own. */
export const writeFiles = (files: Readonly<Record<string, Buffer | string>>): string[] => {
  const folder = mkdtempSync(join(folders, 'files-'))
  return Object.entries(files).map(([name, content]) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  })
}

export interface FeedGiven {
  readonly stream: StreamDescription
  readonly paths: readonly string[]
  /** A preset, or JSON. */
  readonly mapping?: string | object | undefined
  readonly shiftToNow?: boolean
  readonly isPaced?: boolean
}

export interface GivenFeed {
  readonly items: AsyncGenerator<FeedItem>
  readonly readings: readonly FileReading[]
}

export const feedOf = ({ stream, paths, mapping, shiftToNow = false, isPaced = false }: FeedGiven): GivenFeed => {
  const problems: string[] = []
  const named = typeof mapping === 'object' ? writeFiles({ 'mapping.json': JSON.stringify(mapping) })[0] : mapping
  const files = readFeeds(
    paths.map((path) => `${stream.name}=${path}`),
    named === undefined ? [] : [named],
    [stream],
    problems,
  )
  if (problems.length > 0) throw new Error(problems.join('\n'))
  const readings = files.map(({ label, path }) => newReading(label, statSync(path).size))
  return { items: recordedFeed(files, { stream, startedAt, shiftToNow, isPaced, readings }), readings }
}

export const textOf = ({ body }: FeedItem): string => Buffer.from(body).toString('latin1')
export const fieldsOf = (item: FeedItem): Record<string, unknown> =>
  JSON.parse(Buffer.from(item.body).toString()) as Record<string, unknown>
/** Without heartbeats. */
export const eventsOf = (items: readonly FeedItem[]): FeedItem[] => items.filter(({ kind }) => kind !== 'heartbeat')

/** Bytes a chunk; undefined: all in one. */
export type Cut = number | undefined

export async function* chunksOf(text: string | Buffer, cut?: Cut): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text as string)
  const size = cut ?? Math.max(1, bytes.length)
  for (let start = 0; start < bytes.length; start += size)
    yield await Promise.resolve(bytes.subarray(start, start + size))
}
