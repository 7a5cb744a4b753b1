import type { ServedMetric } from '../contracts/served-metric.ts'
import { InvariantError } from '../errors.ts'
import type { Accumulator } from './accumulator.ts'
import type { ByteReader, ByteWriter } from './bytes.ts'
import { isAfter, type Position } from './position.ts'
import { formatInstant } from './time.ts'

type Scalar = number | string | boolean

/** Longer texts are cut, so that a group's size is bounded; half a surrogate pair, which UTF-8 cannot hold, is replaced. */
const maxLength = 256
const kinds = ['none', 'number', 'string', 'true', 'false'] as const

/** The value that occurred last, in the order of (occurredAt, partition, sequence): not the one that came last. */
export class Last implements Accumulator {
  /** With a number, or a text of a few words. */
  static readonly usualBytes = 64
  static readonly maxBytes = 1 + 3 * 8 + 2 + maxLength * 3

  #latest: { readonly value: Scalar; readonly position: Position } | undefined

  constructor(latest: { readonly value: Scalar; readonly position: Position } | undefined) {
    this.#latest = latest
  }

  add(value: unknown, position: Position): void {
    const scalar = scalarOf(value)
    if (scalar !== undefined) this.#take({ value: scalar, position })
  }

  merge(other: Accumulator): void {
    if (!(other instanceof Last)) throw new InvariantError('A last value cannot be merged with another metric.')
    if (other.#latest !== undefined) this.#take(other.#latest)
  }

  encode(writer: ByteWriter): void {
    const latest = this.#latest
    writer.u8(kinds.indexOf(latest === undefined ? 'none' : kindOf(latest.value)))
    if (latest === undefined) return
    // Correcting a producer's fast clock can lead to before 1970.
    writer.zigzag(latest.position.occurredAt)
    writer.varint(latest.position.partition)
    writer.varint(latest.position.sequence)
    if (typeof latest.value === 'number') writer.f64(latest.value)
    if (typeof latest.value === 'string') writer.string(latest.value)
  }

  static decode(reader: ByteReader): Last {
    const kind = kinds[reader.u8()]
    if (kind === undefined)
      throw new InvariantError('A stored last value is of no known kind: the document is damaged.')
    if (kind === 'none') return new Last(undefined)
    const position = { occurredAt: reader.zigzag(), partition: reader.varint(), sequence: reader.varint() }
    if (kind === 'number') return new Last({ value: reader.f64(), position })
    if (kind === 'string') return new Last({ value: reader.string(), position })
    return new Last({ value: kind === 'true', position })
  }

  serve(): ServedMetric {
    const latest = this.#latest
    return latest === undefined ? null : { value: latest.value, at: formatInstant(latest.position.occurredAt) }
  }

  #take(candidate: { readonly value: Scalar; readonly position: Position }): void {
    if (this.#latest === undefined || isAfter(candidate.position, this.#latest.position)) this.#latest = candidate
  }
}

const scalarOf = (value: unknown): Scalar | undefined => {
  if (typeof value === 'string') return value.slice(0, maxLength).toWellFormed()
  if (typeof value === 'boolean') return value
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

const kindOf = (value: Scalar): (typeof kinds)[number] => {
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  return typeof value === 'number' ? 'number' : 'string'
}
