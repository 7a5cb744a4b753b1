import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteReader, ByteWriter } from '../../shared/core/bytes.ts'
import { DDSketch } from '../../shared/core/ddsketch.ts'
import { InvariantError } from '../../shared/errors.ts'

const sketchOf = (values: Iterable<number>, relativeError = 0.01): DDSketch => {
  const sketch = new DDSketch(relativeError)
  for (const value of values) sketch.add(value)
  return sketch
}

const encoded = (sketch: DDSketch): Uint8Array => {
  const writer = new ByteWriter()
  sketch.encode(writer)
  return writer.finish()
}

const assertWithin = (estimate: number, actual: number, relativeError: number): void => {
  const allowed = relativeError * Math.abs(actual) * (1 + 1e-9)
  assert.ok(Math.abs(estimate - actual) <= allowed, `${estimate} for ${actual}`)
}

test('without values there is no quantile', () => {
  assert.equal(sketchOf([]).count, 0)
  assert.ok(Number.isNaN(sketchOf([]).quantile(0.5)))
  assert.deepEqual([...encoded(sketchOf([]))], [0])
})

test('the extremes are exact, also for a single value', () => {
  const sketch = sketchOf([-3.3, 0, 1.1, 7.7])
  assert.equal(sketch.quantile(0), -3.3)
  assert.equal(sketch.quantile(1), 7.7)
  for (const q of [0, 0.5, 1]) assert.equal(sketchOf([1 / 3]).quantile(q), 1 / 3)
})

test('zeros lie between negative and positive values', () => {
  const sketch = sketchOf([-1, -1, 0, 0, 0, 1, 1])
  assertWithin(sketch.quantile(1 / 6), -1, 0.01)
  assert.equal(sketch.quantile(0.5), 0)
  assertWithin(sketch.quantile(5 / 6), 1, 0.01)
})

test('zero and minus zero are the same value, in whichever order they come', () => {
  assert.deepEqual(encoded(sketchOf([0, -0])), encoded(sketchOf([-0, 0])))
  assert.deepEqual(encoded(sketchOf([-0])), encoded(sketchOf([0])))
})

test('the error is kept at the ends of what a double holds', () => {
  const values = [1, 0.999, 0.99, 0.97, 0.5].map((share) => share * Number.MAX_VALUE)
  for (const sample of [values, values.map((value) => -value), [5e-324, 1e-323, 1e-322, 1e-320]]) {
    const sorted = sample.toSorted((a, b) => a - b)
    const sketch = sketchOf(sample)
    for (const [rank, actual] of sorted.entries())
      assertWithin(sketch.quantile((rank + 0.5) / (sorted.length - 1)), actual, 0.01)
  }
})

test('values spread too far are collapsed from the small end; the large end keeps its error', () => {
  const values = Array.from({ length: 2_001 }, (_, i) => 10 ** (i / 100))
  const sketch = sketchOf(values)
  // 1,024 bins of 2 % hold more than eight of these twenty decades.
  for (let rank = 1_200; rank <= 2_000; rank += 1) assertWithin(sketch.quantile(rank / 2_000), values[rank]!, 0.01)
  assert.equal(sketch.quantile(0), 1)
  assert.ok(sketch.quantile(0.25) > values[500]!)
  assert.ok(sketch.quantile(0.25) < values[1_200]!)
  assert.equal(sketch.count, 2_001)
  assert.deepEqual(encoded(sketchOf(values.toReversed())), encoded(sketch))
})

test('it never takes more bytes than it says, also with every bin in use and huge counts', () => {
  const gamma = 1.01 / 0.99
  const sketch = new DDSketch(0.01)
  for (let bin = -20_000; bin < -18_900; bin += 1) {
    sketch.add(gamma ** bin)
    sketch.add(-(gamma ** bin))
  }
  for (let doubling = 0; doubling < 40; doubling += 1) sketch.merge(sketch)
  assert.ok(encoded(sketch).length <= DDSketch.maxBytes(), `${encoded(sketch).length} bytes`)
})

test('four decades with thousands of values a bin take what documents are planned with', () => {
  const sketch = sketchOf(Array.from({ length: 4_000 }, (_, i) => 10 ** (i / 1_000)))
  for (let doubling = 0; doubling < 10; doubling += 1) sketch.merge(sketch)
  assert.ok(encoded(sketch).length <= DDSketch.denseBytes, `${encoded(sketch).length} bytes`)
})

test('sketches of two errors cannot be merged', () => {
  assert.throws(() => sketchOf([1], 0.01).merge(sketchOf([1], 0.02)), InvariantError)
})

test('stored bytes that are cut short are refused', () => {
  const bytes = encoded(sketchOf([-5, 0, 3, 800]))
  for (let length = 0; length < bytes.length; length += 1) {
    assert.throws(() => DDSketch.decode(new ByteReader(bytes.subarray(0, length)), 0.01), InvariantError)
  }
})
