/** The elements of a JSON array, each with its own bytes: a malformed one is one malformed record. */
import { assertFits, withoutMark } from './lines.ts'
import { parseJsonObject } from './ndjson-records.ts'
import type { Chunks, RawRecord } from './record.ts'

const [quote, comma, open, backslash, close, openBrace, closeBrace] = Buffer.from('",[\\]{}')
const blanks = new Set(Buffer.from(' \t\r\n'))

export async function* jsonArrayRecords(chunks: Chunks): AsyncGenerator<RawRecord> {
  const splitter = new ArraySplitter()
  let isFirst = true
  for await (const chunk of chunks) {
    yield* splitter.take(isFirst ? withoutMark(Buffer.from(chunk)) : Buffer.from(chunk))
    isFirst = false
  }
  splitter.end()
}

/**
 *   before ──[──> within ──]──> after
 *
 * Within, an element goes on to the next comma or closing bracket that is not in a string or nested deeper.
 */
class ArraySplitter {
  #place: 'before' | 'within' | 'after' = 'before'
  #depth = 0
  #inString = false
  #isEscaped = false
  /** Of an element that began in earlier chunks. */
  #parts: Buffer[] = []
  #partBytes = 0
  #isAfterComma = false

  /** The elements that end in the chunk. */
  take(chunk: Buffer): RawRecord[] {
    const ended: RawRecord[] = []
    let start = 0
    for (let i = 0; i < chunk.length; i += 1) {
      const byte = chunk[i]!
      if (this.#place !== 'within') {
        this.#outside(byte)
        start = i + 1
      } else if (this.#endsElement(byte)) {
        const bytes = trimmed(Buffer.concat([...this.#parts, chunk.subarray(start, i)]))
        this.#parts = []
        this.#partBytes = 0
        start = i + 1
        if (byte === close) this.#place = 'after'
        // An array without elements has none, not an empty one.
        if (bytes.length > 0 || byte === comma || this.#isAfterComma)
          ended.push({ bytes, values: parseJsonObject(bytes) })
        this.#isAfterComma = byte === comma
      }
    }
    if (this.#place === 'within') this.#keep(chunk.subarray(start))
    return ended
  }

  end(): void {
    if (this.#place === 'before') throw notAnArray()
    if (this.#place === 'within')
      throw new Error('expected the closing bracket of the JSON array, the file ends before it')
  }

  #outside(byte: number): void {
    if (blanks.has(byte)) return
    if (this.#place === 'after') throw new Error('expected nothing after the closing bracket of the JSON array')
    if (byte !== open) throw notAnArray()
    this.#place = 'within'
  }

  #endsElement(byte: number): boolean {
    if (this.#inString) {
      if (this.#isEscaped) this.#isEscaped = false
      else if (byte === backslash) this.#isEscaped = true
      else if (byte === quote) this.#inString = false
      return false
    }
    if (byte === quote) this.#inString = true
    else if (byte === open || byte === openBrace) this.#depth += 1
    else if (this.#depth === 0) return byte === comma || byte === close
    else if (byte === close || byte === closeBrace) this.#depth -= 1
    return false
  }

  #keep(part: Buffer): void {
    this.#partBytes += part.length
    assertFits(this.#partBytes)
    this.#parts.push(part)
  }
}

const notAnArray = (): Error =>
  new Error('expected a JSON array; for one object a line the format is ndjson, which a mapping can say')

const trimmed = (bytes: Buffer): Buffer => {
  let start = 0
  let end = bytes.length
  while (start < end && blanks.has(bytes[start]!)) start += 1
  while (end > start && blanks.has(bytes[end - 1]!)) end -= 1
  return bytes.subarray(start, end)
}
