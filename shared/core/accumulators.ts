/** One accumulator a metric: folds values, merges with its like, crosses to bytes, and says what is served. */
import type { ServedMetric } from '../contracts/served-metric.ts'
import type { MetricDefinition } from '../contracts/stream-definition.ts'
import { InvariantError } from '../errors.ts'
import type { ByteReader, ByteWriter } from './bytes.ts'
import type { Accumulator } from './accumulator.ts'
import { DDSketch } from './ddsketch.ts'
import { hash64Again } from './hash.ts'
import { HyperLogLog } from './hyperloglog.ts'
import { Last } from './last.ts'

export const createAccumulator = (definition: MetricDefinition): Accumulator => {
  switch (definition.kind) {
    case 'count':
      return new Count(0)
    case 'sum':
      return new Sum(0)
    case 'min':
      return new Extreme(Math.min, Infinity)
    case 'max':
      return new Extreme(Math.max, -Infinity)
    case 'mean':
      return new Mean(0, 0)
    case 'last':
      return new Last(undefined)
    case 'distinct':
      return new Distinct(new HyperLogLog(definition.precision))
    case 'quantiles':
      return new Quantiles(new DDSketch(definition.relativeError))
  }
}

export const decodeAccumulator = (definition: MetricDefinition, reader: ByteReader): Accumulator => {
  switch (definition.kind) {
    case 'count':
      return new Count(reader.varint())
    case 'sum':
      return new Sum(reader.f64())
    case 'min':
      return new Extreme(Math.min, reader.f64())
    case 'max':
      return new Extreme(Math.max, reader.f64())
    case 'mean':
      return new Mean(reader.f64(), reader.varint())
    case 'last':
      return Last.decode(reader)
    case 'distinct':
      return new Distinct(HyperLogLog.decode(reader, definition.precision))
    case 'quantiles':
      return new Quantiles(DDSketch.decode(reader, definition.relativeError))
  }
}

/** The most bytes that `encode` writes. */
export const maxAccumulatorBytes = (definition: MetricDefinition): number => {
  switch (definition.kind) {
    case 'count':
    case 'sum':
    case 'min':
    case 'max':
      return 8
    case 'mean':
      return 16
    case 'last':
      return Last.maxBytes
    case 'distinct':
      return HyperLogLog.maxBytes(definition.precision)
    case 'quantiles':
      return DDSketch.maxBytes()
  }
}

/** What a full metric usually takes: the size that documents are planned with. Long texts, and values over many decades, take more. */
export const denseAccumulatorBytes = (definition: MetricDefinition): number => {
  if (definition.kind === 'quantiles') return DDSketch.denseBytes
  return definition.kind === 'last' ? Last.usualBytes : maxAccumulatorBytes(definition)
}

const isFinite = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

const like = <T extends Accumulator>(other: Accumulator, kind: new (...parameters: never[]) => T): T => {
  if (other instanceof kind) return other
  throw new InvariantError(
    `A ${kind.name} cannot be merged with a ${other.constructor.name}: the definition has changed.`,
  )
}

class Count implements Accumulator {
  #count: number

  constructor(count: number) {
    this.#count = count
  }

  add(): void {
    this.#count += 1
  }

  merge(other: Accumulator): void {
    this.#count += like(other, Count).#count
  }

  encode(writer: ByteWriter): void {
    writer.varint(this.#count)
  }

  serve(): number {
    return this.#count
  }
}

class Sum implements Accumulator {
  #sum: number

  constructor(sum: number) {
    this.#sum = sum
  }

  add(value: unknown): void {
    if (isFinite(value)) this.#sum += value
  }

  merge(other: Accumulator): void {
    this.#sum += like(other, Sum).#sum
  }

  encode(writer: ByteWriter): void {
    writer.f64(this.#sum)
  }

  serve(): number {
    return this.#sum
  }
}

/** The smallest or largest value; the infinity that it starts from stands for none. */
class Extreme implements Accumulator {
  readonly #choose: (a: number, b: number) => number
  #value: number

  constructor(choose: (a: number, b: number) => number, value: number) {
    this.#choose = choose
    this.#value = value
  }

  add(value: unknown): void {
    if (isFinite(value)) this.#value = this.#choose(this.#value, value)
  }

  merge(other: Accumulator): void {
    const { choose, value } = like(other, Extreme).#parts
    if (choose !== this.#choose)
      throw new InvariantError('A min cannot be merged with a max: the definition has changed.')
    this.#value = choose(this.#value, value)
  }

  encode(writer: ByteWriter): void {
    writer.f64(this.#value)
  }

  serve(): number | null {
    return Number.isFinite(this.#value) ? this.#value : null
  }

  get #parts(): { readonly choose: (a: number, b: number) => number; readonly value: number } {
    return { choose: this.#choose, value: this.#value }
  }
}

class Mean implements Accumulator {
  #sum: number
  #count: number

  constructor(sum: number, count: number) {
    this.#sum = sum
    this.#count = count
  }

  add(value: unknown): void {
    if (!isFinite(value)) return
    this.#sum += value
    this.#count += 1
  }

  merge(other: Accumulator): void {
    const { sum, count } = like(other, Mean).#parts
    this.#sum += sum
    this.#count += count
  }

  encode(writer: ByteWriter): void {
    writer.f64(this.#sum)
    writer.varint(this.#count)
  }

  serve(): number | null {
    return this.#count === 0 ? null : this.#sum / this.#count
  }

  get #parts(): { readonly sum: number; readonly count: number } {
    return { sum: this.#sum, count: this.#count }
  }
}

class Distinct implements Accumulator {
  readonly #sketch: HyperLogLog

  constructor(sketch: HyperLogLog) {
    this.#sketch = sketch
  }

  add(value: unknown): void {
    if (typeof value === 'string' || typeof value === 'boolean' || isFinite(value))
      this.#sketch.add(hash64Again(String(value)))
  }

  merge(other: Accumulator): void {
    this.#sketch.merge(like(other, Distinct).#sketch)
  }

  encode(writer: ByteWriter): void {
    this.#sketch.encode(writer)
  }

  serve(): ServedMetric {
    return { estimate: this.#sketch.estimate(), standardError: this.#sketch.standardError }
  }
}

class Quantiles implements Accumulator {
  readonly #sketch: DDSketch

  constructor(sketch: DDSketch) {
    this.#sketch = sketch
  }

  add(value: unknown): void {
    if (isFinite(value)) this.#sketch.add(value)
  }

  merge(other: Accumulator): void {
    this.#sketch.merge(like(other, Quantiles).#sketch)
  }

  encode(writer: ByteWriter): void {
    this.#sketch.encode(writer)
  }

  serve(): ServedMetric {
    const { count, min, max, relativeError } = this.#sketch
    if (count === 0) return null
    const [p50, p90, p95, p99] = [0.5, 0.9, 0.95, 0.99].map((q) => this.#sketch.quantile(q)) as [
      number,
      number,
      number,
      number,
    ]
    return { count, min, max, p50, p90, p95, p99, relativeError }
  }
}
