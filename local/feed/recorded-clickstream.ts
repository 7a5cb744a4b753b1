/** Access logs as a feed of page views, with their recorded times and heartbeats of their own. */
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { parseLogLine, type LogLine } from './access-log.ts'
import { encodeBody, itemProperties, type FeedItem } from './feed-item.ts'
import { heartbeats } from './heartbeats.ts'
import { spread } from './random.ts'

/** A partition may lag behind the newest line by this much before a heartbeat tells it the time. */
const heartbeatEveryMs = 3_600_000
/** Heartbeats stay behind the newest line by the most that lines stand out of order. */
const disorderMs = 120_000
/** Beyond the last window's end and the lateness. */
const closingMs = 86_400_000

/**
 * Every line of the files, one file after another. Ids are file and line number, so that equal lines stay two events.
 * Lines that do not parse are sent as they are.
 */
export async function* recordedClickstream(paths: readonly string[], partitions: number): AsyncGenerator<FeedItem> {
  let index = 0
  let first: number | undefined
  let newest = -Infinity
  let told = -Infinity
  const dueMs = (): number => Math.max(0, newest - (first ?? newest)) || 0
  for (const path of paths) {
    let number = 0
    for await (const line of linesOf(path)) {
      number += 1
      const parsed = parseLogLine(line)
      if (parsed !== undefined) {
        first ??= parsed.time
        newest = Math.max(newest, parsed.time)
        if (newest - told >= heartbeatEveryMs) {
          if (told !== -Infinity) yield* counted(heartbeats(index, partitions, dueMs(), newest - disorderMs))
          told = newest
        }
      }
      yield {
        index,
        partition: spread(parsed?.client ?? line) % partitions,
        dueMs: dueMs(),
        kind: 'recorded',
        body:
          parsed === undefined
            ? Buffer.from(line, 'latin1')
            : encodeBody(pageView(parsed, `${basename(path)}:${number}`)),
        properties: itemProperties(index, 'recorded'),
      }
      index += 1
    }
  }
  if (newest !== -Infinity) yield* counted(heartbeats(index, partitions, dueMs(), newest + closingMs))

  function* counted(items: readonly FeedItem[]): Generator<FeedItem> {
    index += items.length
    yield* items
  }
}

const pageView = (line: LogLine, id: string): object => ({
  source: line.client,
  id,
  type: 'page_view',
  time: new Date(line.time).toISOString(),
  userId: line.client,
  url: line.target,
  ip: line.client,
  status: line.status,
  ...(line.bytes === undefined ? {} : { bytes: line.bytes }),
  ...(line.referrer === undefined ? {} : { referrer: line.referrer }),
  ...(line.userAgent === undefined ? {} : { userAgent: line.userAgent }),
})

/** Bytes one to one as characters, so that what is not ASCII arrives as it stood in the file. */
async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path)
  // The pipeline passes on what fails to the last stream, and reading that one rejects with it.
  const bytes = path.endsWith('.gz') ? pipeline(file, createGunzip(), () => undefined) : file
  let rest = ''
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    const lines = (rest + chunk.toString('latin1')).split('\n')
    rest = lines.pop()!
    yield* lines.map(withoutReturn)
  }
  if (rest !== '') yield withoutReturn(rest)
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line)
