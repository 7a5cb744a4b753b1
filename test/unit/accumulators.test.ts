import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MetricDefinition } from '../../shared/contracts/stream-definition.ts'
import type { Accumulator } from '../../shared/core/accumulator.ts'
import { createAccumulator, decodeAccumulator, maxAccumulatorBytes } from '../../shared/core/accumulators.ts'
import { ByteReader, ByteWriter } from '../../shared/core/bytes.ts'
import type { Position } from '../../shared/core/position.ts'
import { InvariantError } from '../../shared/errors.ts'

const definitions: Readonly<Record<MetricDefinition['kind'], MetricDefinition>> = {
  count: { kind: 'count' },
  sum: { kind: 'sum', field: 'v' },
  min: { kind: 'min', field: 'v' },
  max: { kind: 'max', field: 'v' },
  mean: { kind: 'mean', field: 'v' },
  last: { kind: 'last', field: 'v' },
  distinct: { kind: 'distinct', field: 'v', precision: 10 },
  quantiles: { kind: 'quantiles', field: 'v', relativeError: 0.01 },
}
const kinds = Object.keys(definitions) as MetricDefinition['kind'][]

const at = (occurredAt: number, partition = 0, sequence = 0): Position => ({ occurredAt, partition, sequence })

const folded = (kind: MetricDefinition['kind'], values: readonly unknown[]): Accumulator => {
  const accumulator = createAccumulator(definitions[kind])
  for (const [i, value] of values.entries()) accumulator.add(value, at(i))
  return accumulator
}

const encoded = (accumulator: Accumulator): Uint8Array => {
  const writer = new ByteWriter()
  accumulator.encode(writer)
  return writer.finish()
}

const stored = (kind: MetricDefinition['kind'], accumulator: Accumulator): Accumulator =>
  decodeAccumulator(definitions[kind], new ByteReader(encoded(accumulator)))

/** Nothing that a number metric takes. */
const unfit = [undefined, null, 'ten', '10', true, Number.NaN, Infinity, -Infinity, {}, [1]]

test('without values, count and sum are 0, distinct an exact 0, and the others null', () => {
  for (const kind of kinds) {
    const served = folded(kind, []).serve()
    const expected =
      kind === 'count' || kind === 'sum' ? 0 : kind === 'distinct' ? { estimate: 0, standardError: 0 } : null
    assert.deepEqual(served, expected)
    assert.deepEqual(stored(kind, folded(kind, [])).serve(), expected)
  }
})

test('count takes every event, whatever the value', () => {
  assert.equal(folded('count', unfit).serve(), unfit.length)
})

test('the metrics of numbers leave out what is no finite number', () => {
  for (const kind of ['sum', 'min', 'max', 'mean', 'quantiles'] as const) {
    assert.deepEqual(folded(kind, [4, ...unfit, -2]).serve(), folded(kind, [4, -2]).serve())
    assert.deepEqual(folded(kind, unfit).serve(), folded(kind, []).serve())
  }
})

test('the metrics of numbers say what they should', () => {
  assert.equal(folded('sum', [4, -2, 1]).serve(), 3)
  assert.equal(folded('min', [4, -2, 1]).serve(), -2)
  assert.equal(folded('max', [4, -2, 1]).serve(), 4)
  assert.equal(folded('mean', [4, -2, 1]).serve(), 1)
  assert.deepEqual(folded('quantiles', [0, 0, 0]).serve(), {
    count: 3,
    min: 0,
    max: 0,
    p50: 0,
    p90: 0,
    p95: 0,
    p99: 0,
    relativeError: 0.01,
  })
})

test('sums add in the order given', () => {
  assert.equal(folded('sum', [1e16, 1, -1e16]).serve(), 0)
  assert.equal(folded('sum', [1e16, -1e16, 1]).serve(), 1)
})

test('distinct takes a number and its text as the same visitor, and leaves absent fields out', () => {
  assert.deepEqual(folded('distinct', ['1', 1, true, 'true', undefined, null, {}, Number.NaN, 'x']).serve(), {
    estimate: 3,
    standardError: 0,
  })
})

test('last takes the value that occurred last, then of the later partition, then of the later sequence', () => {
  const arrivals: [unknown, Position][] = [
    ['older', at(1, 9, 9)],
    ['newest', at(2, 1, 5)],
    ['lower sequence', at(2, 1, 4)],
    ['lower partition', at(2, 0, 9)],
    [undefined, at(3)],
    [{ not: 'a value' }, at(3)],
  ]
  for (const order of [arrivals, arrivals.toReversed()]) {
    const accumulator = createAccumulator(definitions.last)
    for (const [value, position] of order) accumulator.add(value, position)
    assert.deepEqual(accumulator.serve(), { value: 'newest', at: '1970-01-01T00:00:00.002Z' })
  }
})

test('last keeps numbers, texts and booleans as they are, and their instant', () => {
  for (const value of [0, -1.5, '', 'text', true, false]) {
    const accumulator = createAccumulator(definitions.last)
    accumulator.add(value, at(1_763_985_600_123, 3, 77))
    const expected = { value, at: '2025-11-24T12:00:00.123Z' }
    assert.deepEqual(accumulator.serve(), expected)
    assert.deepEqual(stored('last', accumulator).serve(), expected)
  }
})

test('last survives an instant before 1970, where correcting a fast clock can lead', () => {
  const accumulator = createAccumulator(definitions.last)
  accumulator.add('early', at(-86_400_000))
  assert.deepEqual(stored('last', accumulator).serve(), { value: 'early', at: '1969-12-31T00:00:00.000Z' })
})

test('last cuts long texts, and says the same before and after it was stored', () => {
  const whole = folded('last', ['€'.repeat(300)]).serve()
  assert.deepEqual(whole, { value: '€'.repeat(256), at: '1970-01-01T00:00:00.000Z' })
  // The cut falls into the middle of a surrogate pair.
  const cut = folded('last', [`${'x'.repeat(255)}🎉`])
  assert.deepEqual(stored('last', cut).serve(), cut.serve())
})

test('nothing takes more bytes than it says', () => {
  const largest = Number.MAX_SAFE_INTEGER
  const last = createAccumulator(definitions.last)
  last.add('€'.repeat(300), at(Date.UTC(9999, 11, 31), largest, largest))
  assert.ok(encoded(last).length <= maxAccumulatorBytes(definitions.last))
  const mean = decodeAccumulator(definitions.mean, new ByteReader(meanBytes(largest)))
  assert.ok(encoded(mean).length <= maxAccumulatorBytes(definitions.mean))
  const count = decodeAccumulator(definitions.count, new ByteReader(countBytes(largest)))
  assert.ok(encoded(count).length <= maxAccumulatorBytes(definitions.count))
})

test('only like merges with like', () => {
  const classes = kinds.filter((kind) => kind !== 'max')
  for (const [i, kind] of classes.entries()) {
    const other = classes[(i + 1) % classes.length]!
    assert.throws(() => folded(kind, [1]).merge(folded(other, [1])), InvariantError)
  }
  assert.throws(() => folded('min', [1]).merge(folded('max', [1])), InvariantError)
})

const countBytes = (count: number): Uint8Array => {
  const writer = new ByteWriter()
  writer.varint(count)
  return writer.finish()
}

const meanBytes = (count: number): Uint8Array => {
  const writer = new ByteWriter()
  writer.f64(1)
  writer.varint(count)
  return writer.finish()
}
