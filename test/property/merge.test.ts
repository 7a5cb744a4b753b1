import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MetricDefinition } from '../../shared/contracts/stream-definition.ts'
import type { Accumulator } from '../../shared/core/accumulator.ts'
import { createAccumulator, decodeAccumulator, maxAccumulatorBytes } from '../../shared/core/accumulators.ts'
import { ByteReader, ByteWriter } from '../../shared/core/bytes.ts'
import type { Position } from '../../shared/core/position.ts'

const definitions: readonly MetricDefinition[] = [
  { kind: 'count' },
  { kind: 'sum', field: 'v' },
  { kind: 'min', field: 'v' },
  { kind: 'max', field: 'v' },
  { kind: 'mean', field: 'v' },
  { kind: 'last', field: 'v' },
  { kind: 'distinct', field: 'v', precision: 5 },
  { kind: 'quantiles', field: 'v', relativeError: 0.01 },
]

type Sample = readonly [value: unknown, position: Position]

const value = fc.oneof(
  fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
  fc.integer({ min: -50, max: 50 }),
  fc.constant(undefined),
  fc.constantFrom(0, -0, true, false, '', '1', '\ud83c'),
  fc.string({ unit: 'grapheme', maxLength: 5 }),
)
/** Positions are unique, as in a real stream. */
const samples = fc
  .array(fc.tuple(value, fc.nat(20)), { maxLength: 120, size: 'max' })
  .map((list) => list.map(([v, occurredAt], i): Sample => [v, { occurredAt, partition: i % 3, sequence: i }]))

const foldAll = (definition: MetricDefinition, list: readonly Sample[]): Accumulator => {
  const accumulator = createAccumulator(definition)
  for (const [v, position] of list) accumulator.add(v, position)
  return accumulator
}

const encoded = (accumulator: Accumulator): Uint8Array => {
  const writer = new ByteWriter()
  accumulator.encode(writer)
  return writer.finish()
}

const merged = (definition: MetricDefinition, parts: readonly Accumulator[]): Accumulator => {
  const sum = createAccumulator(definition)
  for (const part of parts) sum.merge(part)
  return sum
}

/** Equal to the byte, but for sums of doubles in another order. */
const assertSame = (definition: MetricDefinition, list: readonly Sample[], a: Accumulator, b: Accumulator): void => {
  if (definition.kind !== 'sum' && definition.kind !== 'mean') return assert.deepEqual(encoded(a), encoded(b))
  const [x, y] = [a.serve(), b.serve()] as [number | null, number | null]
  if (x === null || y === null) return assert.equal(x, y)
  // Relative to what was added: the sum itself may cancel to next to nothing.
  const added = list.reduce((sum, [v]) => sum + (typeof v === 'number' ? Math.abs(v) : 0), 0)
  assert.ok(Math.abs(x - y) <= 1e-9 * added, `${x} and ${y}`)
}

test('merging shards equals folding the union', () => {
  for (const definition of definitions) {
    fc.assert(
      fc.property(samples, (list) => {
        const shards = [0, 1, 2].map((partition) => list.filter(([, at]) => at.partition === partition))
        assertSame(
          definition,
          list,
          merged(
            definition,
            shards.map((shard) => foldAll(definition, shard)),
          ),
          foldAll(definition, list),
        )
      }),
    )
  }
})

test('merging is associative and commutative', () => {
  for (const definition of definitions) {
    fc.assert(
      fc.property(samples, fc.nat(120), fc.nat(120), (list, i, j) => {
        const [from, to] = [Math.min(i, j), Math.max(i, j)]
        const [a, b, c] = [list.slice(0, from), list.slice(from, to), list.slice(to)].map(
          (part) => () => foldAll(definition, part),
        )
        const left = merged(definition, [merged(definition, [a!(), b!()]), c!()])
        const right = merged(definition, [a!(), merged(definition, [b!(), c!()])])
        const swapped = merged(definition, [c!(), b!(), a!()])
        assertSame(definition, list, left, right)
        assertSame(definition, list, left, swapped)
      }),
    )
  }
})

test('what is stored is read back as it was, within its stated size', () => {
  for (const definition of definitions) {
    fc.assert(
      fc.property(samples, (list) => {
        const accumulator = foldAll(definition, list)
        const bytes = encoded(accumulator)
        const back = decodeAccumulator(definition, new ByteReader(bytes))
        assert.deepEqual(encoded(back), bytes)
        assert.deepEqual(back.serve(), accumulator.serve())
        assert.ok(bytes.length <= maxAccumulatorBytes(definition))
      }),
    )
  }
})

test('stored bytes that are cut short are refused', () => {
  for (const definition of definitions) {
    const bytes = encoded(foldAll(definition, [[7, { occurredAt: 1, partition: 0, sequence: 0 }]]))
    for (let length = 0; length < bytes.length; length += 1) {
      assert.throws(() => decodeAccumulator(definition, new ByteReader(bytes.subarray(0, length))), /Stored bytes end/)
    }
  }
})
