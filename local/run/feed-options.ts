/** `--feed` and `--mapping`: which files become events of which stream, and how. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { StreamDescription } from '../../shared/contracts/stream-definition.ts'
import type { Mapping } from '../feed/recorded/mapping.ts'
import { eventsMapping, presets } from '../feed/recorded/presets.ts'
import { readMapping } from '../feed/recorded/read-mapping.ts'
import type { RecordedFile } from '../feed/recorded/recorded-feed.ts'
import { formatOf } from '../feed/recorded/open-records.ts'

/** A file of a stream; its path is absolute. */
export interface RecordedFeed extends RecordedFile {
  readonly stream: string
}

interface FeedPath {
  readonly stream: string
  readonly path: string
}

/** Adds what is wrong to the problems, all of it, by option. */
export const readFeeds = (
  feeds: readonly string[],
  mappings: readonly string[],
  streams: readonly StreamDescription[],
  problems: string[],
): readonly RecordedFeed[] => {
  const paths = feeds.flatMap((text) => readFeed(text, streams, problems))
  for (const { stream, path } of paths.filter((feed, i) => paths.findIndex(isSame(feed)) < i)) {
    problems.push(`--feed: expected each file once, got ${path} again for ${stream}`)
  }
  const chosen = readMappings(mappings, paths, streams, problems)
  return paths.flatMap((feed): RecordedFeed[] => {
    const description = streams.find(({ name }) => name === feed.stream)!
    const mapping = chosen.has(feed.stream) ? chosen.get(feed.stream) : usualMapping(feed, description, problems)
    if (mapping === undefined) return []
    const format = mapping.format ?? formatOf(feed.path)
    if (format === undefined) {
      problems.push(
        `--feed: expected a name that ends in .csv, .ndjson, .jsonl, .json or .log (then .gz), or a mapping with a format, for ${feed.path}`,
      )
      return []
    }
    const others = paths.filter((other) => other.stream === feed.stream && other.path !== feed.path)
    return [{ ...feed, label: labelOf(feed.path, others), format, mapping }]
  })
}

const isSame =
  (feed: FeedPath) =>
  ({ stream, path }: FeedPath): boolean =>
    stream === feed.stream && path === feed.path

const readFeed = (text: string, streams: readonly StreamDescription[], problems: string[]): FeedPath[] => {
  const names = streams.map(({ name }) => name)
  const [, stream, path] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (stream === undefined || path === undefined || !names.includes(stream)) {
    problems.push(`--feed: expected <stream>=<path> with a stream of ${names.join(', ')}, got ${JSON.stringify(text)}`)
    return []
  }
  if (!existsSync(path) || !statSync(path).isFile()) {
    problems.push(`--feed: expected an existing file, found none at ${path}`)
    return []
  }
  return [{ stream, path: resolve(path) }]
}

/** By stream; undefined for a mapping that is wrong. */
const readMappings = (
  texts: readonly string[],
  feeds: readonly FeedPath[],
  streams: readonly StreamDescription[],
  problems: string[],
): ReadonlyMap<string, Mapping | undefined> => {
  const fed = streams.filter(({ name }) => feeds.some(({ stream }) => stream === name))
  const chosen = new Map<string, Mapping | undefined>()
  for (const text of texts) {
    const [, stream, rest] = /^([^=]+)=(.+)$/.exec(text) ?? []
    const named = streams.find(({ name }) => name === stream)
    const description = named ?? (fed.length === 1 ? fed[0] : undefined)
    if (description === undefined || !fed.includes(description)) {
      problems.push(
        `--mapping: expected <stream>=<preset or file> with a stream that is fed, got ${JSON.stringify(text)}`,
      )
    } else if (chosen.has(description.name)) {
      problems.push(`--mapping: expected one for the stream ${description.name}, got another ${JSON.stringify(text)}`)
    } else {
      chosen.set(description.name, readOne(named === undefined ? text : rest!, description, problems))
    }
  }
  return chosen
}

const readOne = (name: string, stream: StreamDescription, problems: string[]): Mapping | undefined => {
  const json = readJson(name)
  if ('problem' in json) {
    problems.push(`--mapping: ${json.problem}`)
    return undefined
  }
  const read = readMapping(json.value, stream)
  if ('mapping' in read) return read.mapping
  problems.push(...read.problems.map((problem) => `--mapping ${name}: ${problem}`))
  return undefined
}

const readJson = (name: string): { readonly value: unknown } | { readonly problem: string } => {
  if (Object.hasOwn(presets, name)) return { value: presets[name] }
  if (!existsSync(name)) {
    return {
      problem: `expected a preset (${Object.keys(presets).join(', ')}) or an existing file, found none at ${name}`,
    }
  }
  try {
    return { value: JSON.parse(readFileSync(name, 'utf8')) }
  } catch {
    return { problem: `expected JSON in ${name}` }
  }
}

/** Without a mapping an access log is one, and other records are events already. */
const usualMapping = (feed: FeedPath, stream: StreamDescription, problems: string[]): Mapping | undefined =>
  formatOf(feed.path) === 'access-log' ? readOne('access-log', stream, problems) : eventsMapping(stream)

/** The file's name, with as many folders before it as tell it from the others. */
const labelOf = (path: string, others: readonly FeedPath[]): string => {
  let label = basename(path)
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    if (!others.some((other) => other.path.endsWith(join('/', label)))) return label
    label = join(basename(folder), label)
  }
  return label
}
