/**
 * DDSketch: quantiles within a guaranteed relative error, mergeable by adding bins.
 * C. Masson, J. Rim, H. Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees" (2019).
 */
import { InvariantError } from '../errors.ts'
import type { ByteReader, ByteWriter } from './bytes.ts'

/**
 * Bins kept on each side of zero. Beyond, those nearest to zero are collapsed into one, which keeps the sketch bounded and
 * costs the error bound only of quantiles that fall there. The bound holds for values down to gamma^-1023 of the largest:
 * with a relative error of 1 % over more than eight orders of magnitude, with 0.5 % over four, with 0.1 % only over a factor of 7.
 */
const maxBins = 1_024
const bytesPerBin = 7

export class DDSketch {
  readonly relativeError: number
  count = 0
  min = Infinity
  max = -Infinity
  #zeros = 0
  readonly #positive = new Bins()
  readonly #negative = new Bins()
  readonly #gamma: number
  readonly #logGamma: number

  constructor(relativeError: number) {
    this.relativeError = relativeError
    this.#gamma = (1 + relativeError) / (1 - relativeError)
    this.#logGamma = Math.log(this.#gamma)
  }

  /** What values of one sign over four decades take with an error of 1 %. */
  static readonly denseBytes = 1_500

  /** The most bytes that `encode` writes. */
  static maxBytes(): number {
    return 16 + 16 + 2 * (4 + maxBins * bytesPerBin)
  }

  /** Takes finite numbers only. */
  add(given: number): void {
    // Makes -0 a 0: which of them came first must not show.
    const value = given + 0
    this.count += 1
    if (value < this.min) this.min = value
    if (value > this.max) this.max = value
    if (value > 0) this.#positive.add(this.#binOf(value), 1)
    else if (value < 0) this.#negative.add(this.#binOf(-value), 1)
    else this.#zeros += 1
  }

  /** Afterwards this sketch holds what either held. The result is the same in any order and grouping. */
  merge(other: DDSketch): void {
    if (other.relativeError !== this.relativeError) {
      throw new InvariantError(`Sketches of error ${this.relativeError} and ${other.relativeError} cannot be merged.`)
    }
    this.count += other.count
    this.min = Math.min(this.min, other.min)
    this.max = Math.max(this.max, other.max)
    this.#zeros += other.#zeros
    this.#positive.merge(other.#positive)
    this.#negative.merge(other.#negative)
  }

  /** Within `relativeError` of the value at rank floor(q * (count - 1)), ranks from 0; NaN without values. */
  quantile(q: number): number {
    if (this.count === 0) return Number.NaN
    const rank = Math.floor(q * (this.count - 1))
    if (rank === 0) return this.min
    if (rank === this.count - 1) return this.max
    return Math.min(this.max, Math.max(this.min, this.#valueAt(rank)))
  }

  encode(writer: ByteWriter): void {
    writer.varint(this.count)
    if (this.count === 0) return
    writer.f64(this.min)
    writer.f64(this.max)
    writer.varint(this.#zeros)
    this.#positive.encode(writer)
    this.#negative.encode(writer)
  }

  static decode(reader: ByteReader, relativeError: number): DDSketch {
    const sketch = new DDSketch(relativeError)
    sketch.count = reader.varint()
    if (sketch.count === 0) return sketch
    sketch.min = reader.f64()
    sketch.max = reader.f64()
    sketch.#zeros = reader.varint()
    sketch.#positive.decode(reader)
    sketch.#negative.decode(reader)
    return sketch
  }

  #binOf(magnitude: number): number {
    return Math.ceil(Math.log(magnitude) / this.#logGamma)
  }

  /**
   * The middle of a bin, in the sense that its edges are equally far in relative terms. Reckoned from the lower edge: the
   * upper one may lie beyond what a double holds.
   */
  #middle(bin: number): number {
    return this.#gamma ** (bin - 1) * (1 + this.relativeError)
  }

  #valueAt(rank: number): number {
    let left = rank
    for (const [bin, count] of this.#negative.sorted().reverse()) {
      left -= count
      if (left < 0) return -this.#middle(bin)
    }
    left -= this.#zeros
    if (left < 0) return 0
    for (const [bin, count] of this.#positive.sorted()) {
      left -= count
      if (left < 0) return this.#middle(bin)
    }
    return this.max
  }
}

/** Counts by bin number, at most `maxBins` wide below the highest bin: a canonical form, so merging is order-free. */
class Bins {
  /** Of the bins from `#first` on. */
  #counts = new Float64Array(0)
  #first = 0
  #highest = -Infinity

  add(bin: number, count: number): void {
    if (bin > this.#highest) this.#raise(bin)
    this.#increase(Math.max(bin, this.#highest - maxBins + 1), count)
  }

  merge(other: Bins): void {
    for (const [bin, count] of other.sorted()) this.add(bin, count)
  }

  /** Lowest bin first, those without a value left out. */
  sorted(): [bin: number, count: number][] {
    const found: [number, number][] = []
    for (const [i, count] of this.#counts.entries()) if (count > 0) found.push([this.#first + i, count])
    return found
  }

  encode(writer: ByteWriter): void {
    const bins = this.sorted()
    writer.varint(bins.length)
    let before = 0
    for (const [bin, count] of bins) {
      writer.zigzag(bin - before)
      writer.varint(count)
      before = bin
    }
  }

  decode(reader: ByteReader): void {
    let bin = 0
    for (let left = reader.varint(); left > 0; left -= 1) {
      bin += reader.zigzag()
      this.add(bin, reader.varint())
    }
  }

  /** What lies too far below the new highest bin goes into the lowest that is kept. */
  #raise(highest: number): void {
    this.#highest = highest
    const lowest = highest - maxBins + 1
    let collapsed = 0
    for (let i = Math.min(lowest - this.#first, this.#counts.length) - 1; i >= 0; i -= 1) {
      collapsed += this.#counts[i]!
      this.#counts[i] = 0
    }
    if (collapsed > 0) this.#increase(lowest, collapsed)
  }

  #increase(bin: number, count: number): void {
    if (bin < this.#first || bin >= this.#first + this.#counts.length) this.#reach(bin)
    this.#counts[bin - this.#first]! += count
  }

  /** Makes room for the bin, and some more on its side. */
  #reach(bin: number): void {
    const used = this.sorted()
    const from = used[0]?.[0] ?? bin
    const to = used.at(-1)?.[0] ?? bin
    const width = Math.max(bin, to) - Math.min(bin, from) + 1
    const room = Math.min(maxBins, Math.max(leastRoom, 2 ** Math.ceil(Math.log2(width))))
    this.#first = bin < from ? to - room + 1 : from
    this.#counts = new Float64Array(room)
    for (const [known, count] of used) this.#counts[known - this.#first] = count
  }
}

const leastRoom = 16
