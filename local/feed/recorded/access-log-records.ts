import { parseLogLine } from '../access-log.ts'
import { linesOf, withoutLineEnd } from './lines.ts'
import type { Chunks, RawRecord } from './record.ts'

/** Bytes one to one as characters, so that what is not ASCII arrives as it stood in the file. */
export async function* accessLogRecords(chunks: Chunks): AsyncGenerator<RawRecord> {
  for await (const line of linesOf(chunks)) {
    const bytes = withoutLineEnd(line)
    yield { bytes, values: parseLogLine(bytes.toString('latin1')) as RawRecord['values'] }
  }
}
