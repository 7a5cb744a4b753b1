/**
 * HyperLogLog over 64-bit hashes: counts distinct values in bounded memory, exactly while they are few.
 * Estimator: O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), algorithm 6.
 */
import { InvariantError } from '../errors.ts'
import type { ByteReader, ByteWriter } from './bytes.ts'

const hashBits = 64
/** A stored hash takes 8 bytes and a register one: a sparse sketch is never larger than a dense one. */
const registersPerHash = 8

export class HyperLogLog {
  readonly precision: number
  /** The hashes themselves while they are few; undefined once dense. */
  #sparse: Set<bigint> | undefined = new Set()
  #registers: Uint8Array | undefined

  constructor(precision: number) {
    this.precision = precision
  }

  /** The most bytes that `encode` writes. */
  static maxBytes(precision: number): number {
    return 1 + 3 + 2 ** precision
  }

  get isSparse(): boolean {
    return this.#sparse !== undefined
  }

  /** Relative standard error of the estimate: 0 while sparse. */
  get standardError(): number {
    return this.isSparse ? 0 : 1.04 / Math.sqrt(2 ** this.precision)
  }

  add(hash: bigint): void {
    if (this.#sparse === undefined) {
      this.#raise(hash)
      return
    }
    this.#sparse.add(hash)
    if (this.#sparse.size > 2 ** this.precision / registersPerHash) this.#densify()
  }

  /** Afterwards this sketch holds what either held. The result is the same in any order and grouping. */
  merge(other: HyperLogLog): void {
    if (other.precision !== this.precision) {
      throw new InvariantError(`Sketches of precision ${this.precision} and ${other.precision} cannot be merged.`)
    }
    if (other.#sparse !== undefined) {
      for (const hash of other.#sparse) this.add(hash)
      return
    }
    const mine = this.#densify()
    for (const [i, rank] of other.#registers!.entries()) if (rank > mine[i]!) mine[i] = rank
  }

  /** How many distinct hashes were added; exact while sparse. */
  estimate(): number {
    return this.#sparse?.size ?? estimateDense(this.#registers!, this.precision)
  }

  /** Equal content gives equal bytes, whatever the order in which it came. */
  encode(writer: ByteWriter): void {
    if (this.#sparse === undefined) {
      writer.u8(1)
      writer.raw(this.#registers!)
      return
    }
    writer.u8(0)
    writer.varint(this.#sparse.size)
    writer.u64s(BigUint64Array.from(this.#sparse).sort())
  }

  static decode(reader: ByteReader, precision: number): HyperLogLog {
    const sketch = new HyperLogLog(precision)
    const form = reader.u8()
    if (form === 1) {
      sketch.#sparse = undefined
      sketch.#registers = Uint8Array.from(reader.raw(2 ** precision))
      if (sketch.#registers.some((rank) => rank > hashBits - precision + 1)) throw damaged(precision)
      return sketch
    }
    const hashes = reader.varint()
    if (form !== 0 || hashes > 2 ** precision / registersPerHash) throw damaged(precision)
    for (let left = hashes; left > 0; left -= 1) sketch.add(reader.u64())
    return sketch
  }

  #densify(): Uint8Array {
    const hashes = this.#sparse
    this.#registers ??= new Uint8Array(2 ** this.precision)
    this.#sparse = undefined
    for (const hash of hashes ?? []) this.#raise(hash)
    return this.#registers
  }

  /** The first `precision` bits choose the register, the position of the first 1 in the others is the rank. */
  #raise(hash: bigint): void {
    const registers = this.#registers!
    whole[0] = hash
    const low = halves[lowHalf]!
    const high = halves[1 - lowHalf]!
    const index = high >>> (32 - this.precision)
    const highRest = (high << this.precision) >>> 0
    const rank =
      highRest === 0
        ? Math.min(32 - this.precision + Math.clz32(low) + 1, hashBits - this.precision + 1)
        : Math.clz32(highRest) + 1
    if (rank > registers[index]!) registers[index] = rank
  }
}

/** A hash and its two halves in the same memory: to divide a bigint costs a multiple of that. */
const whole = new BigUint64Array(1)
const halves = new Uint32Array(whole.buffer)
whole[0] = 1n
const lowHalf = halves[0] === 1 ? 0 : 1

const damaged = (precision: number): InvariantError =>
  new InvariantError(
    `A stored sketch is none of precision ${precision}: the document is damaged. Restore its container.`,
  )

const estimateDense = (registers: Uint8Array, precision: number): number => {
  const m = registers.length
  const q = hashBits - precision
  const counts = new Array<number>(q + 2).fill(0)
  for (const rank of registers) counts[rank]! += 1
  let z = m * tau(1 - counts[q + 1]! / m)
  for (let rank = q; rank >= 1; rank -= 1) z = 0.5 * (z + counts[rank]!)
  z += m * sigma(counts[0]! / m)
  return (m * m) / (2 * Math.LN2 * z)
}

const sigma = (x: number): number => {
  if (x === 1) return Infinity
  let power = x
  let factor = 1
  let sum = x
  for (let before = Number.NaN; sum !== before; factor += factor) {
    power *= power
    before = sum
    sum += power * factor
  }
  return sum
}

const tau = (x: number): number => {
  if (x === 0 || x === 1) return 0
  let root = x
  let factor = 1
  let sum = 1 - x
  for (let before = Number.NaN; sum !== before;) {
    root = Math.sqrt(root)
    before = sum
    factor *= 0.5
    sum -= (1 - root) ** 2 * factor
  }
  return sum / 3
}
