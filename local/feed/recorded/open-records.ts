/** The records of a file one by one, in the file's order, with their bytes: never the whole file at once. */
import { createReadStream, type ReadStream } from 'node:fs'
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
  /** How far the file itself is read, compressed or not. */
  bytesRead(): number
}

export const openRecords = (path: string, format: RecordFormat, mapping: Mapping): OpenFile => {
  const file = createReadStream(path)
  return { records: readersOf[format](chunksOf(file, path), mapping), bytesRead: () => file.bytesRead }
}

const readersOf: Readonly<Record<RecordFormat, (chunks: Chunks, mapping: Mapping) => AsyncIterable<RawRecord>>> = {
  csv: csvRecords,
  ndjson: ndjsonRecords,
  json: jsonArrayRecords,
  'access-log': accessLogRecords,
}

// The pipeline passes on what fails to the last stream, and reading that one rejects with it.
const chunksOf = (file: ReadStream, path: string): Chunks =>
  path.endsWith('.gz') ? pipeline(file, createGunzip(), () => undefined) : file

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
