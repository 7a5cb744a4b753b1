/** Recorded files as a feed, with their own times or shifted ones, and with heartbeats of its own that follow them. */
import type { StreamDescription } from '../../../shared/contracts/stream-definition.ts'
import { encodeBody, itemProperties, type FeedItem } from '../feed-item.ts'
import { heartbeats } from '../heartbeats.ts'
import { spread } from '../random.ts'
import { assertFits } from './lines.ts'
import { recordMapper, type MappedRecord } from './map-record.ts'
import type { Mapping, RecordFormat } from './mapping.ts'
import { mergeByTime } from './merge.ts'
import { noteRecord, type FileReading } from './reading.ts'
import { openRecords } from './open-records.ts'
import type { FileRecord } from './record.ts'

export interface RecordedFile {
  readonly path: string
  /** Its name among the stream's files: ids and sources hold it. */
  readonly label: string
  readonly format: RecordFormat
  readonly mapping: Mapping
}

export interface RecordedFeedOptions {
  readonly stream: StreamDescription
  /** When the run began, epoch ms. */
  readonly startedAt: number
  /** Move all times by one constant, so that the newest record is at `startedAt`. */
  readonly shiftToNow: boolean
  /** Whether the feed keeps to the pace of its times: then heartbeats come more often. */
  readonly isPaced: boolean
  /** One for each file, kept up to date. */
  readonly readings: readonly FileReading[]
}

/** How far event time goes on between two heartbeats: partitions without events hold the frontier back as much. */
const heartbeatEveryMs = { paced: 60_000, full: 3_600_000 }
/** Heartbeats stay behind the newest record: where sources share a recording, some of them report late. */
const disorderMs = 120_000
/** Beyond the last window's end and the lateness. */
const closingMs = 86_400_000

/**
 * Every record of the files, merged by time. What does not parse or map is sent as it is. Rejects where a file cannot be
 * read on, saying how much of it was sent.
 */
export async function* recordedFeed(
  files: readonly RecordedFile[],
  options: RecordedFeedOptions,
): AsyncGenerator<FeedItem> {
  const { stream, startedAt, readings } = options
  const { partitions } = stream.hub
  const shiftMs = options.shiftToNow ? startedAt - (await newestTime(files, stream)) : 0
  const clock = new FeedClock(options.isPaced ? heartbeatEveryMs.paced : heartbeatEveryMs.full)
  let index = 0
  // A time that has yet to come is cut by the hub's clock: it tells nobody how far time is.
  const latest = startedAt - shiftMs
  const records = files.map((file, i) => mappedRecords(file, i, { stream, latest, reading: readings[i]! }))
  for await (const { time, fileIndex, bytes, mapped } of mergeByTime(records)) {
    if (time !== undefined) yield* told(clock.advance(time + shiftMs))
    else if (!('problem' in mapped)) clock.expect(startedAt)
    const key = 'problem' in mapped ? Buffer.from(bytes).toString('latin1') : mapped.source
    const kind = 'problem' in mapped ? 'unmapped' : 'recorded'
    yield {
      index,
      partition: (files[fileIndex]!.mapping.key === 'file' ? fileIndex : spread(key)) % partitions,
      dueMs: clock.dueMs,
      kind,
      body: 'problem' in mapped ? bytes : encodeBody(mapped.event(mapped.time + shiftMs)),
      properties: itemProperties(index, kind),
    }
    index += 1
  }
  yield* told(clock.close())

  function* told(at: number | undefined): Generator<FeedItem> {
    if (at === undefined) return
    yield* heartbeats(index, partitions, clock.dueMs, at)
    index += partitions
  }
}

/** Follows the recorded times; epoch ms. */
class FeedClock {
  readonly #everyMs: number
  #first: number | undefined
  #newest = -Infinity
  #told = -Infinity
  #expected = -Infinity

  constructor(everyMs: number) {
    this.#everyMs = everyMs
  }

  /** Since the first record: never steps back. */
  get dueMs(): number {
    return this.#first === undefined ? 0 : Math.max(0, this.#newest - this.#first)
  }

  /** What heartbeats have to state before the record of this time, if it is their turn. */
  advance(time: number): number | undefined {
    this.#first ??= time
    this.#newest = Math.max(this.#newest, time)
    if (this.#newest - this.#told < this.#everyMs) return undefined
    const isFirst = this.#told === -Infinity
    this.#told = this.#newest
    return isFirst ? undefined : this.#newest - disorderMs
  }

  /** Events may count up to this time although no record that moves the clock has come so far. */
  expect(time: number): void {
    this.#expected = Math.max(this.#expected, time)
  }

  /** What the last heartbeats state, so that every window closes; undefined where none was opened. */
  close(): number | undefined {
    const end = Math.max(this.#newest, this.#expected)
    return end === -Infinity ? undefined : end + closingMs
  }
}

interface FeedRecord {
  /** undefined where a record tells nothing of how far time is. */
  readonly time: number | undefined
  readonly fileIndex: number
  readonly bytes: Uint8Array
  readonly mapped: MappedRecord
}

async function* mappedRecords(
  file: RecordedFile,
  fileIndex: number,
  given: { readonly stream: StreamDescription; readonly latest: number; readonly reading: FileReading },
): AsyncGenerator<FeedRecord> {
  const { latest, reading } = given
  const map = recordMapper(file.mapping, given.stream, file.label)
  const consequence = (records: number): string =>
    `${records} records of it were sent, and none after them; with a whole file the same command goes on there`
  for await (const { record, bytesRead } of recordsOf(file, consequence)) {
    const mapped = map(record)
    noteRecord(reading, bytesRead, 'problem' in mapped ? `record ${record.number}: ${mapped.problem}` : undefined)
    const time = 'problem' in mapped || mapped.time > latest ? undefined : mapped.time
    yield { time, fileIndex, bytes: record.bytes, mapped }
  }
  reading.bytesRead = reading.bytes
}

/** As recorded, epoch ms; 0 where no record has a time. */
const newestTime = async (files: readonly RecordedFile[], stream: StreamDescription): Promise<number> => {
  let newest = -Infinity
  for (const file of files) {
    const map = recordMapper(file.mapping, stream, file.label)
    for await (const { record } of recordsOf(file, () => 'Nothing was sent')) {
      const mapped = map(record)
      if (!('problem' in mapped)) newest = Math.max(newest, mapped.time)
    }
  }
  return newest === -Infinity ? 0 : newest
}

async function* recordsOf(
  { path, label, format, mapping }: RecordedFile,
  consequence: (records: number) => string,
): AsyncGenerator<{ record: FileRecord; bytesRead: number }> {
  let number = 0
  let recordBytes = 0
  const { records, position } = openRecords(path, format, mapping)
  try {
    for await (const record of records) {
      assertFits(record.bytes.length)
      number += 1
      // With its line end, or the comma behind it.
      recordBytes += record.bytes.length + 1
      yield { record: { number, ...record }, bytesRead: position(recordBytes) }
    }
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error)
    throw new Error(`${label}: ${cause}. ${consequence(number)}.`, { cause: error })
  }
}
