import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteReader, ByteWriter } from '../../shared/core/bytes.ts'
import { DDSketch } from '../../shared/core/ddsketch.ts'

const relativeError = fc.constantFrom(0.01, 0.02, 0.05, 0.1)
/** Both signs and zero, over the eight decades that a sketch of 1 % holds without collapsing. */
const value = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(-1, 1), fc.double({ min: -4, max: 4, noNaN: true }))
      .map(([sign, exponent]) => sign * 10 ** exponent),
  },
  { weight: 2, arbitrary: fc.integer({ min: -20, max: 20 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0) },
)
const values = fc.array(value, { maxLength: 150, size: 'max' })
/** Any double: these do collapse. */
const wild = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 80, size: 'max' })

const sketchOf = (list: readonly number[], error: number): DDSketch => {
  const sketch = new DDSketch(error)
  for (const each of list) sketch.add(each)
  return sketch
}

const encoded = (sketch: DDSketch): Uint8Array => {
  const writer = new ByteWriter()
  sketch.encode(writer)
  return writer.finish()
}

const merged = (...[first, ...others]: readonly [DDSketch, ...DDSketch[]]): DDSketch => {
  for (const other of others) first.merge(other)
  return first
}

test('every quantile is within the stated error of the value at its rank', () => {
  fc.assert(
    fc.property(values, relativeError, fc.double({ min: 0, max: 1, noNaN: true }), (list, error, any) => {
      fc.pre(list.length > 0)
      const sorted = list.toSorted((a, b) => a - b)
      const sketch = sketchOf(list, error)
      assert.equal(sketch.count, list.length)
      assert.ok(sketch.min === sorted[0] && sketch.max === sorted.at(-1))
      for (const q of [0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1, any]) {
        const actual = sorted[Math.floor(q * (sorted.length - 1))]!
        const estimate = sketch.quantile(q)
        assert.ok(
          Math.abs(estimate - actual) <= error * Math.abs(actual) * (1 + 1e-9),
          `${estimate} for ${actual} at ${q}`,
        )
        assert.ok(estimate >= sketch.min && estimate <= sketch.max)
      }
    }),
    { numRuns: 300 },
  )
})

test('its bytes depend on the values alone: not on their order, nor on how it was merged', () => {
  fc.assert(
    fc.property(
      fc.oneof(values, wild),
      fc.oneof(values, wild),
      fc.oneof(values, wild),
      relativeError,
      (a, b, c, error) => {
        const of = (...lists: readonly (readonly number[])[]): DDSketch => sketchOf(lists.flat(), error)
        const expected = encoded(of(a, b, c))
        assert.deepEqual(encoded(of(c.toReversed(), a, b)), expected)
        assert.deepEqual(encoded(merged(of(a), of(b), of(c))), expected)
        assert.deepEqual(encoded(merged(of(a), merged(of(b), of(c)))), expected)
        assert.deepEqual(encoded(merged(of(c), of(a), of(b))), expected)
      },
    ),
  )
})

test('a sketch read back goes on as the one that was stored, within its stated size', () => {
  fc.assert(
    fc.property(fc.oneof(values, wild), fc.oneof(values, wild), relativeError, (before, after, error) => {
      const bytes = encoded(sketchOf(before, error))
      assert.ok(bytes.length <= DDSketch.maxBytes())
      const reader = new ByteReader(bytes)
      const back = DDSketch.decode(reader, error)
      assert.ok(reader.atEnd)
      assert.ok(Object.is(back.quantile(0.5), sketchOf(before, error).quantile(0.5)))
      for (const each of after) back.add(each)
      assert.deepEqual(encoded(back), encoded(sketchOf([...before, ...after], error)))
    }),
  )
})

test('quantiles never fall as the rank rises, whatever the values', () => {
  fc.assert(
    fc.property(wild, relativeError, (list, error) => {
      fc.pre(list.length > 0)
      const sketch = sketchOf(list, error)
      const found = Array.from({ length: 21 }, (_, i) => sketch.quantile(i / 20))
      for (let i = 1; i < found.length; i += 1) assert.ok(found[i]! >= found[i - 1]!)
      assert.ok(found.every(Number.isFinite))
    }),
  )
})
