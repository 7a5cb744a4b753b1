/** Records of a CSV (RFC 4180), whose quoted fields may hold line ends. */
import { isUtf8 } from 'node:buffer'
import { CsvError, parse } from 'csv-parse/sync'
import { linesOf, withoutLineEnd, withoutMark } from './lines.ts'
import type { Mapping } from './mapping.ts'
import type { Chunks, RawRecord } from './record.ts'

/** A quoted field over more lines was never closed: its first line alone is malformed then, not all that follows. */
const maxLines = 100

export async function* csvRecords(chunks: Chunks, { columns, delimiter, needs }: Mapping): AsyncGenerator<RawRecord> {
  let names = columns
  if (names !== undefined) assertColumns(names, needs)
  for await (const { bytes, fields } of rowsOf(chunks, delimiter)) {
    if (names === undefined) {
      names = fields ?? []
      assertColumns(names, needs)
    } else {
      yield { bytes, values: fields?.length === names.length ? byName(names, fields) : undefined }
    }
  }
}

const byName = (names: readonly string[], fields: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name, i) => [name, fields[i]!]))

const assertColumns = (names: readonly string[], needs: readonly string[]): void => {
  const missing = needs.filter((name) => !names.includes(name))
  if (missing.length > 0) {
    throw new Error(`expected the columns ${missing.join(', ')} that the mapping reads, found ${names.join(', ')}`)
  }
}

interface Row {
  readonly bytes: Buffer
  /** undefined for a row that is not of the format. */
  readonly fields: readonly string[] | undefined
  readonly lines: number
}

async function* rowsOf(chunks: Chunks, delimiter: string): AsyncGenerator<Row> {
  let lines: Buffer[] = []
  /** So many of the lines are known to leave a quote open. */
  let open = 0
  let isFirst = true
  for await (const line of linesOf(chunks)) {
    lines.push(isFirst ? withoutMark(line) : line)
    isFirst = false
    yield* complete(false)
  }
  yield* complete(true)

  function* complete(isEnd: boolean): Generator<Row> {
    while (lines.length > 0) {
      const row = firstRow(lines, open, delimiter, isEnd)
      open = row === undefined ? lines.length : 0
      if (row === undefined) return
      lines = lines.slice(row.lines)
      yield row
    }
  }
}

/** undefined where more lines have to be read. */
const firstRow = (lines: readonly Buffer[], open: number, delimiter: string, isEnd: boolean): Row | undefined => {
  for (let count = open + 1; count <= lines.length; count += 1) {
    const bytes = withoutLineEnd(count === 1 ? lines[0]! : Buffer.concat(lines.slice(0, count)))
    const fields = isUtf8(bytes) ? fieldsOf(bytes.toString('utf8'), delimiter) : undefined
    if (fields !== 'open') return { bytes, fields, lines: count }
  }
  return isEnd || lines.length >= maxLines
    ? { bytes: withoutLineEnd(lines[0]!), fields: undefined, lines: 1 }
    : undefined
}

const fieldsOf = (text: string, delimiter: string): readonly string[] | 'open' | undefined => {
  if (!text.includes('"')) return text.split(delimiter)
  try {
    const rows = parse(text, { delimiter, relax_column_count: true, record_delimiter: ['\n', '\r\n'] })
    return rows.length === 1 ? rows[0] : undefined
  } catch (error) {
    return error instanceof CsvError && error.code === 'CSV_QUOTE_NOT_CLOSED' ? 'open' : undefined
  }
}
