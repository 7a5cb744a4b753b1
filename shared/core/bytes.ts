/** A compact binary encoding: what writes and what reads it mirror each other. */
import { InvariantError } from '../errors.ts'

const firstCapacity = 256

export class ByteWriter {
  #bytes = Buffer.allocUnsafe(firstCapacity)
  #length = 0

  get length(): number {
    return this.#length
  }

  u8(value: number): void {
    this.#bytes = this.#room(1)
    this.#length = this.#bytes.writeUInt8(value, this.#length)
  }

  /** Unsigned LEB128, for whole numbers from 0 to 2^53 - 1. */
  varint(value: number): void {
    if (!(Number.isSafeInteger(value) && value >= 0)) throw unwritable(value)
    this.#bytes = this.#room(8)
    let rest = value
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#bytes[this.#length++] = rest
  }

  /** Signed whole numbers: small magnitudes stay short. */
  zigzag(value: number): void {
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1)
  }

  f64(value: number): void {
    this.#bytes = this.#room(8)
    this.#length = this.#bytes.writeDoubleLE(value, this.#length)
  }

  u32(value: number): void {
    this.#bytes = this.#room(4)
    this.#length = this.#bytes.writeUInt32LE(value, this.#length)
  }

  /** Without their number. Written as they stand in memory: every processor that Node runs on today is little-endian. */
  u64s(values: BigUint64Array): void {
    this.raw(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  }

  /** As they are, without a length. */
  raw(value: Uint8Array): void {
    this.#bytes = this.#room(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
  }

  /** UTF-8 with its length in bytes before it. */
  string(value: string): void {
    const bytes = Buffer.from(value, 'utf8')
    this.varint(bytes.length)
    this.raw(bytes)
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #room(bytes: number): Buffer<ArrayBuffer> {
    if (this.#length + bytes <= this.#bytes.length) return this.#bytes
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + bytes))
    this.#bytes.copy(larger, 0, 0, this.#length)
    return larger
  }
}

export class ByteReader {
  readonly #bytes: Buffer
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get atEnd(): boolean {
    return this.#offset === this.#bytes.length
  }

  u8(): number {
    return this.#bytes[this.#take(1)]!
  }

  varint(): number {
    let value = 0
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.u8()
      value += (byte & 0x7f) * factor
      if (!Number.isSafeInteger(value)) throw broken(this.#offset)
      if (byte < 0x80) return value
    }
  }

  zigzag(): number {
    const value = this.varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  f64(): number {
    return this.#bytes.readDoubleLE(this.#take(8))
  }

  u64(): bigint {
    return this.#bytes.readBigUInt64LE(this.#take(8))
  }

  raw(length: number): Uint8Array {
    const start = this.#take(length)
    return this.#bytes.subarray(start, start + length)
  }

  string(): string {
    const length = this.varint()
    const start = this.#take(length)
    return this.#bytes.toString('utf8', start, start + length)
  }

  /** What follows the last value was never written by us. */
  expectEnd(): void {
    if (!this.atEnd) throw broken(this.#offset)
  }

  #take(bytes: number): number {
    const start = this.#offset
    if (start + bytes > this.#bytes.length) throw broken(start)
    this.#offset += bytes
    return start
  }
}

export const toBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

export const fromBase64 = (text: string): Uint8Array => Buffer.from(text, 'base64')

const unwritable = (value: number): InvariantError =>
  new InvariantError(`${value} cannot be stored: expected a whole number from 0 to 2^53 - 1. Nothing was written.`)

const broken = (offset: number): InvariantError =>
  new InvariantError(`Stored bytes end or break at offset ${offset}: the document is damaged. Restore its container.`)
