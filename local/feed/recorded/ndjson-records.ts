import { isUtf8 } from 'node:buffer'
import { linesOf, withoutLineEnd, withoutMark } from './lines.ts'
import type { Chunks, RawRecord } from './record.ts'
import { isObject } from './values.ts'

/** One JSON object a line. An empty line is a record that is none. */
export async function* ndjsonRecords(chunks: Chunks): AsyncGenerator<RawRecord> {
  let isFirst = true
  for await (const line of linesOf(chunks)) {
    const bytes = withoutLineEnd(isFirst ? withoutMark(line) : line)
    isFirst = false
    yield { bytes, values: parseJsonObject(bytes) }
  }
}

export const parseJsonObject = (bytes: Buffer): RawRecord['values'] => {
  if (!isUtf8(bytes)) return undefined
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
