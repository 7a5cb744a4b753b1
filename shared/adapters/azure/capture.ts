import { Readable } from 'node:stream'
import { parseEventHubConnectionString } from '@azure/event-hubs'
import type { ContainerClient } from '@azure/storage-blob'
import type { Connection } from '../../config.ts'
import { namespaceOfHost } from '../../contracts/capture.ts'
import type { RawEvent } from '../../contracts/raw-event.ts'
import { TerminalError } from '../../errors.ts'
import type { Capture, CaptureRange } from '../../ports/capture.ts'
import { CorruptFileError, readCaptureFile, type CaptureRecord } from './capture-avro.ts'
import { CaptureFiles } from './capture-files.ts'
import { asDelivered } from './property-names.ts'
import { translateStorageError } from './translate-errors.ts'

export interface CaptureSource {
  /** Of the hub: see `captureNamespace`. */
  readonly namespace: string
  readonly hub: string
}

const pageSize = 500

/** The namespace in the names of capture files: in Azure the first label of its host, locally what the local Event Hubs calls itself. */
export const captureNamespace = (eventHubs: Connection): string =>
  namespaceOfHost(
    eventHubs.kind === 'identity'
      ? eventHubs.endpoint
      : parseEventHubConnectionString(eventHubs.value).fullyQualifiedNamespace.replace(/:\d+$/, ''),
  )

/** One hub's capture files, in the container that they go to. */
export const azureCapture = (container: ContainerClient, source: CaptureSource): Capture => {
  const files = new CaptureFiles(container, source)
  const recordsOf: RecordsOf = (file) => recordsIn(container, file)
  return {
    read: (partitionId, range) =>
      translatedPages(
        `Reading captured events of partition ${partitionId}`,
        pagesOf(eventsIn(files, recordsOf, Number(partitionId), range)),
      ),
    capturedTo: async (partitionId) => {
      try {
        return await lastSequence(files, recordsOf, Number(partitionId))
      } catch (error) {
        throw translateStorageError(error, `Looking for the last captured event of partition ${partitionId}`)
      }
    },
  }
}

type RecordsOf = (file: string) => AsyncIterable<readonly CaptureRecord[]>

/** Events in ascending order, a block of a file at a time. */
async function* eventsIn(
  files: CaptureFiles,
  recordsOf: RecordsOf,
  partition: number,
  { from, to = Infinity, enqueuedAt }: CaptureRange,
): AsyncGenerator<readonly RawEvent[], void, undefined> {
  const start = await startOf(files, recordsOf, partition, from, enqueuedAt)
  let next = from
  for await (const { name } of files.forwards(partition, start)) {
    for await (const records of recordsOf(name)) {
      const events: RawEvent[] = []
      for (const record of records) {
        if (record.SequenceNumber > to) break
        // A file may hold again what one before it held.
        if (record.SequenceNumber < next) continue
        events.push(toRawEvent(record, name))
        next = record.SequenceNumber + 1
      }
      yield events
      if ((records.at(-1)?.SequenceNumber ?? -1) >= to) return
    }
  }
}

/**
 * When the window began in whose file reading has to start. Files ascend by sequence as by name, and begin before what they hold
 * came: the newest one until then whose first event is not after `from` holds it, or comes shortly before the one that does.
 */
const startOf = async (
  files: CaptureFiles,
  recordsOf: RecordsOf,
  partition: number,
  from: number,
  enqueuedAt: number | undefined,
): Promise<number> => {
  let earliest = enqueuedAt ?? 0
  for await (const hour of files.backwards(partition, enqueuedAt)) {
    const [first] = hour
    if (first === undefined) continue
    earliest = first.windowStart
    // One small read tells whether the hour can be passed over.
    if (isAfter(await firstSequence(recordsOf(first.name)), from)) continue
    for (const { name, windowStart } of hour.toReversed()) {
      const sequence = await firstSequence(recordsOf(name))
      if (sequence !== undefined && sequence <= from) return windowStart
    }
  }
  return earliest
}

/** An empty file (undefined) tells nothing. */
const isAfter = (sequence: number | undefined, from: number): boolean => sequence !== undefined && sequence > from

/** -1 where there is none. */
const lastSequence = async (files: CaptureFiles, recordsOf: RecordsOf, partition: number): Promise<number> => {
  for await (const hour of files.backwards(partition)) {
    for (const { name } of hour.toReversed()) {
      let last: number | undefined
      for await (const records of recordsOf(name)) last = records.at(-1)?.SequenceNumber ?? last
      if (last !== undefined) return last
    }
  }
  return -1
}

/** undefined: the file is empty. */
const firstSequence = async (blocks: AsyncIterable<readonly CaptureRecord[]>): Promise<number | undefined> => {
  for await (const [record] of blocks) if (record !== undefined) return record.SequenceNumber
  return undefined
}

async function* recordsIn(
  container: ContainerClient,
  file: string,
): AsyncGenerator<readonly CaptureRecord[], void, undefined> {
  const { readableStreamBody } = await container.getBlobClient(file).download()
  const body = Readable.from(readableStreamBody!)
  try {
    yield* readCaptureFile(body)
  } catch (error) {
    throw error instanceof CorruptFileError ? unreadable(file, error.message, error) : error
  } finally {
    body.destroy()
  }
}

const unreadable = (file: string, what: string, cause?: unknown): TerminalError =>
  new TerminalError(
    `Capture file ${file} cannot be read: ${what}. Restore it from an earlier version, or move it away: then its events are missing, ` +
      'and the others can be read.',
    { cause },
  )

const toRawEvent = (record: CaptureRecord, file: string): RawEvent => {
  const partitionKey = record.SystemProperties['x-opt-partition-key']?.['string']
  return {
    body: record.Body?.bytes ?? new Uint8Array(),
    sequence: record.SequenceNumber,
    enqueuedAt: parseTime(record.EnqueuedTimeUtc, file),
    ...(typeof partitionKey === 'string' ? { partitionKey } : {}),
    properties: asDelivered(
      Object.fromEntries(
        Object.entries(record.Properties).map(([name, value]) => [
          name,
          value === null ? null : Object.values(value)[0],
        ]),
      ),
    ),
  }
}

/** M/d/yyyy h:mm:ss AM or PM, in UTC. */
const parseTime = (text: string, file: string): number => {
  const match = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d\d):(\d\d) ([AP])M$/.exec(text)
  if (match === null)
    throw unreadable(file, 'a record has an EnqueuedTimeUtc in another format than M/d/yyyy h:mm:ss AM')
  const [month, day, year, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return Date.UTC(year, month - 1, day, (hour % 12) + (match[7] === 'P' ? 12 : 0), minute, second)
}

/** Full pages, however the events are cut into blocks. */
async function* pagesOf(
  blocks: AsyncIterable<readonly RawEvent[]>,
): AsyncGenerator<readonly RawEvent[], void, undefined> {
  let held: RawEvent[] = []
  for await (const events of blocks) {
    for (const event of events) held.push(event)
    while (held.length >= pageSize) {
      yield held.slice(0, pageSize)
      held = held.slice(pageSize)
    }
  }
  if (held.length > 0) yield held
}

async function* translatedPages<T>(doing: string, pages: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  try {
    yield* pages
  } catch (error) {
    throw translateStorageError(error, doing)
  }
}
