import { maxRecordBytes, type Chunks } from './record.ts'

const lineFeed = 10

/** Lines with their ends; the last may have none. Throws for one that is longer than any event can be. */
export async function* linesOf(chunks: Chunks): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk])
    let start = 0
    for (let end = bytes.indexOf(lineFeed, rest.length); end !== -1; end = bytes.indexOf(lineFeed, start)) {
      yield bytes.subarray(start, end + 1)
      start = end + 1
    }
    rest = bytes.subarray(start)
    assertFits(rest.length)
  }
  if (rest.length > 0) yield rest
}

export const withoutLineEnd = (line: Buffer): Buffer => {
  const length = line.at(-1) === lineFeed ? line.length - 1 : line.length
  return line.subarray(0, line[length - 1] === 13 ? length - 1 : length)
}

export const assertFits = (bytes: number): void => {
  if (bytes > maxRecordBytes) {
    throw new Error(`expected a record of at most ${maxRecordBytes} bytes, the most that an Event Hub takes`)
  }
}

/** Spreadsheets put a mark before the first character. */
export const withoutMark = (bytes: Buffer): Buffer =>
  bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? bytes.subarray(3) : bytes
