/** One partition on disk: an append-only file of framed messages, with what is recent kept in memory. */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { annotate } from './amqp-sections.ts'

/** length: u32, crc32 of the rest: u32, enqueued time: f64 (epoch ms); then the message. */
const frameBytes = 16
/** Messages kept in memory for consumers that keep up; older ones are read from the file. */
const recentMessages = 8_192
const readAheadBytes = 1_048_576

export interface LastEnqueued {
  /** -1 before the first. */
  readonly sequence: number
  readonly offset: string
  readonly enqueuedAt: number
}

export interface PartitionLogOptions {
  /** Bytes of the latest messages to keep in memory; up to twice as many may be there. */
  readonly recentBytes: number
}

export interface AppendOptions {
  /** Epoch ms. */
  readonly now: number
  /** By the messages' order; undefined: it has none. */
  readonly partitionKeys: readonly (string | undefined)[]
  readonly publisher?: string | undefined
}

export class PartitionLog {
  readonly #fd: number
  #size = 0
  /** Where each message's frame begins, by sequence, and when it came. */
  readonly #positions: number[] = []
  readonly #times: number[] = []
  readonly #recent: Buffer[] = []
  readonly #recentBytes: number
  #firstRecent = 0
  #recentSize = 0
  readonly #listeners = new Set<() => void>()

  /** Opens or makes the file; what a kill left half-written at its end was never acknowledged and is cut off. */
  constructor(path: string, { recentBytes }: PartitionLogOptions) {
    this.#recentBytes = recentBytes
    this.#fd = openSync(path, 'a+')
    this.#scan()
    this.#firstRecent = this.#positions.length
  }

  get last(): LastEnqueued {
    const sequence = this.#positions.length - 1
    return sequence < 0
      ? { sequence, offset: '-1', enqueuedAt: 0 }
      : { sequence, offset: String(this.#positions[sequence]), enqueuedAt: this.#times[sequence]! }
  }

  /**
   * Appends messages in order and tells the consumers. When it returns they are with the operating system: a killed process
   * loses none of them (a power cut may; the local run does not wait for the disk).
   */
  append(messages: readonly Buffer[], { now, partitionKeys, publisher }: AppendOptions): void {
    const frames: Buffer[] = []
    const stored: Buffer[] = []
    const enqueuedAt = Math.max(now, this.last.enqueuedAt)
    let size = this.#size
    for (const [i, message] of messages.entries()) {
      const sequence = this.#positions.length + i
      const annotated = annotate(message, {
        sequence,
        offset: String(size),
        enqueuedAt,
        partitionKey: partitionKeys[i],
        publisher,
      })
      const frame = frameOf(annotated, enqueuedAt)
      stored.push(annotated)
      frames.push(frame)
      size += frame.length
    }
    this.#write(Buffer.concat(frames))
    for (const [i, frame] of frames.entries()) {
      this.#index(enqueuedAt, frame.length)
      this.#recent.push(stored[i]!)
      this.#recentSize += stored[i]!.length
    }
    this.#forget()
    for (const listener of this.#listeners) listener()
  }

  /** Messages from this sequence on, at most `count` and about a megabyte; fewer where there are no more. */
  read(sequence: number, count: number): Buffer[] {
    if (sequence >= this.#firstRecent) {
      const start = sequence - this.#firstRecent
      return this.#recent.slice(start, start + count)
    }
    const start = this.#positions[sequence]!
    let last = sequence
    while (
      last + 1 < Math.min(sequence + count, this.#positions.length) &&
      this.#positions[last + 1]! - start < readAheadBytes
    ) {
      last += 1
    }
    const end = this.#positions[last + 1] ?? this.#size
    const bytes = this.#bytes(start, end - start)
    return this.#positions
      .slice(sequence, last + 1)
      .map((position, i) =>
        bytes.subarray(position - start + frameBytes, (this.#positions[sequence + i + 1] ?? end) - start),
      )
  }

  /** Where the event's frame begins, bytes; for the sequence after the last: where the log ends. */
  offsetOf(sequence: number): number {
    return this.#positions[sequence] ?? this.#size
  }

  /** When the event came, epoch ms. */
  enqueuedAt(sequence: number): number {
    return this.#times[sequence]!
  }

  /** First sequence whose frame begins at or after (`inclusive`), or after, this offset. */
  sequenceAtOffset(offset: number, inclusive: boolean): number {
    return firstIndex(this.#positions, (position) => (inclusive ? position >= offset : position > offset))
  }

  /** First sequence that was enqueued after this instant, epoch ms, or at it where `inclusive`. */
  sequenceAtTime(instant: number, inclusive: boolean): number {
    return firstIndex(this.#times, (time) => (inclusive ? time >= instant : time > instant))
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    closeSync(this.#fd)
  }

  #write(bytes: Buffer): void {
    try {
      for (let written = 0; written < bytes.length;) written += writeSync(this.#fd, bytes, written)
    } catch (error) {
      // What is half-written (the disk may be full) would come before the next event.
      ftruncateSync(this.#fd, this.#size)
      throw error
    }
  }

  #index(enqueuedAt: number, bytes: number): void {
    this.#positions.push(this.#size)
    this.#times.push(enqueuedAt)
    this.#size += bytes
  }

  #forget(): void {
    // In strides: taking single elements off the front of an array is dear.
    if (this.#recent.length < 2 * recentMessages && this.#recentSize < 2 * this.#recentBytes) return
    let surplus = 0
    while (this.#recent.length - surplus > recentMessages || this.#recentSize > this.#recentBytes) {
      this.#recentSize -= this.#recent[surplus]!.length
      surplus += 1
    }
    this.#recent.splice(0, surplus)
    this.#firstRecent += surplus
  }

  #scan(): void {
    const fileSize = fstatSync(this.#fd).size
    let page: Buffer = Buffer.alloc(0)
    let start = 0
    const bytesAt = (offset: number, length: number): Buffer => {
      if (offset + length > start + page.length) {
        page = this.#bytes(offset, Math.min(Math.max(length, readAheadBytes), fileSize - offset))
        start = offset
      }
      return page.subarray(offset - start, offset - start + length)
    }
    while (this.#size + frameBytes <= fileSize) {
      const head = bytesAt(this.#size, frameBytes)
      const length = head.readUInt32LE(0)
      if (this.#size + frameBytes + length > fileSize) break
      const message = bytesAt(this.#size + frameBytes, length)
      if (crc32(message, crc32(head.subarray(8))) !== head.readUInt32LE(4)) break
      this.#index(head.readDoubleLE(8), frameBytes + length)
    }
    if (this.#size < fileSize) ftruncateSync(this.#fd, this.#size)
  }

  #bytes(offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(length)
    readSync(this.#fd, bytes, 0, length, offset)
    return bytes
  }
}

const frameOf = (message: Buffer, enqueuedAt: number): Buffer => {
  const frame = Buffer.allocUnsafe(frameBytes + message.length)
  frame.writeUInt32LE(message.length, 0)
  frame.writeDoubleLE(enqueuedAt, 8)
  message.copy(frame, frameBytes)
  frame.writeUInt32LE(crc32(message, crc32(frame.subarray(8, frameBytes))), 4)
  return frame
}

const firstIndex = (sorted: readonly number[], holds: (value: number) => boolean): number => {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(sorted[middle]!)) high = middle
    else low = middle + 1
  }
  return low
}
