import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteReader, ByteWriter } from '../../shared/core/bytes.ts'
import { hash64 } from '../../shared/core/hash.ts'
import { HyperLogLog } from '../../shared/core/hyperloglog.ts'
import { InvariantError } from '../../shared/errors.ts'

const sketchOf = (precision: number, count: number): HyperLogLog => {
  const sketch = new HyperLogLog(precision)
  for (let i = 0; i < count; i += 1) sketch.add(hash64(`visitor ${i}`))
  return sketch
}

const encoded = (sketch: HyperLogLog): Uint8Array => {
  const writer = new ByteWriter()
  sketch.encode(writer)
  return writer.finish()
}

test('up to an eighth of its registers it counts exactly and says so', () => {
  for (const precision of [4, 10, 16]) {
    const most = 2 ** precision / 8
    for (const count of [0, 1, most]) {
      const sketch = sketchOf(precision, count)
      sketch.merge(sketchOf(precision, count))
      assert.equal(sketch.estimate(), count)
      assert.equal(sketch.standardError, 0)
      assert.ok(sketch.isSparse)
    }
    const beyond = sketchOf(precision, most + 1)
    assert.ok(!beyond.isSparse)
    assert.equal(beyond.standardError, 1.04 / Math.sqrt(2 ** precision))
  }
})

test('a repeated value changes nothing, sparse or dense', () => {
  for (const count of [100, 5_000]) {
    const [once, twice] = [sketchOf(10, count), sketchOf(10, count)]
    for (let i = 0; i < count; i += 1) twice.add(hash64(`visitor ${i}`))
    assert.deepEqual(encoded(twice), encoded(once))
  }
})

test('it never takes more bytes than it says, and sparse never more than dense', () => {
  for (const precision of [4, 7, 10, 16]) {
    const registers = 2 ** precision
    for (const count of [0, 1, registers / 8, registers / 8 + 1, registers * 3]) {
      assert.ok(encoded(sketchOf(precision, count)).length <= HyperLogLog.maxBytes(precision))
    }
  }
})

test('the rarest hash, all zeros, is counted like any other', () => {
  const sketch = sketchOf(4, 3)
  sketch.add(0n)
  assert.equal(encoded(sketch)[1], 64 - 4 + 1)
  assert.ok(Number.isFinite(sketch.estimate()))
})

test('sketches of two precisions cannot be merged', () => {
  assert.throws(() => sketchOf(10, 1).merge(sketchOf(11, 1)), InvariantError)
})

test('damaged bytes are refused', () => {
  const decode = (...bytes: number[]): unknown => HyperLogLog.decode(new ByteReader(Uint8Array.from(bytes)), 4)
  const dense = encoded(sketchOf(4, 50))
  for (let length = 0; length < dense.length; length += 1) {
    assert.throws(() => decode(...dense.subarray(0, length)), InvariantError)
  }
  assert.throws(() => decode(2, 0), InvariantError)
  assert.throws(() => decode(0, 3, ...new Array<number>(24).fill(1)), InvariantError)
  assert.throws(() => decode(1, 62, ...new Array<number>(15).fill(0)), InvariantError)
})
