/** The records of a file one by one, in the file's order, with their bytes: never the whole file at once. */
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { accessLogRecords } from './access-log-records.ts'
import { csvRecords } from './csv-records.ts'
import { jsonArrayRecords } from './json-array-records.ts'
import type { Mapping, RecordFormat } from './mapping.ts'
import { ndjsonRecords } from './ndjson-records.ts'
import type { Chunks, RawRecord } from './record.ts'

export interface OpenFile {
  readonly records: AsyncIterable<RawRecord>
  /** How far the file is read, in bytes of it, when records of so many bytes have come from it. */
  position(recordBytes: number): number
}

/** Of a compressed file, whose place is only known by what was read ahead. */
const smallChunk = 16_384

export const openRecords = (path: string, format: RecordFormat, mapping: Mapping): OpenFile => {
  const read = readersOf[format]
  if (!path.endsWith('.gz')) return { records: read(createReadStream(path), mapping), position: (bytes) => bytes }
  const file = createReadStream(path, { highWaterMark: smallChunk })
  // The pipeline passes on what fails to the last stream, and reading that one rejects with it.
  const chunks = pipeline(file, createGunzip(), () => undefined)
  return { records: read(chunks, mapping), position: () => file.bytesRead }
}

const readersOf: Readonly<Record<RecordFormat, (chunks: Chunks, mapping: Mapping) => AsyncIterable<RawRecord>>> = {
  csv: csvRecords,
  ndjson: ndjsonRecords,
  json: jsonArrayRecords,
  'access-log': accessLogRecords,
}

/** By the file's name; undefined where it tells nothing. */
export const formatOf = (path: string): RecordFormat | undefined => {
  const [, ending = ''] = /\.(\w+)(?:\.gz)?$/.exec(path.toLowerCase()) ?? []
  return endings.get(ending)
}

const endings: ReadonlyMap<string, RecordFormat> = new Map([
  ['csv', 'csv'],
  ['ndjson', 'ndjson'],
  ['jsonl', 'ndjson'],
  ['json', 'json'],
  ['log', 'access-log'],
])
