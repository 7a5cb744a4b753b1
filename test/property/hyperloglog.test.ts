import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteReader, ByteWriter } from '../../shared/core/bytes.ts'
import { hash64 } from '../../shared/core/hash.ts'
import { HyperLogLog } from '../../shared/core/hyperloglog.ts'

const hash = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  // Long runs of zeros, which random bits hardly ever show.
  fc.tuple(fc.bigInt({ min: 0n, max: 15n }), fc.nat(63)).map(([head, bits]) => (head << 60n) | (1n << BigInt(bits))),
  fc.constantFrom(0n, 1n, 2n ** 64n - 1n),
)
const hashes = fc.array(hash, { maxLength: 60, size: 'max' })
const precision = fc.integer({ min: 4, max: 8 })

const sketchOf = (p: number, list: readonly bigint[]): HyperLogLog => {
  const sketch = new HyperLogLog(p)
  for (const each of list) sketch.add(each)
  return sketch
}

const encoded = (sketch: HyperLogLog): Uint8Array => {
  const writer = new ByteWriter()
  sketch.encode(writer)
  return writer.finish()
}

const merged = (...[first, ...others]: readonly [HyperLogLog, ...HyperLogLog[]]): HyperLogLog => {
  for (const other of others) first.merge(other)
  return first
}

/** The bytes as the definition of the sketch tells them, bit by bit. */
const expectedBytes = (p: number, list: readonly bigint[]): number[] => {
  const distinct = [...new Set(list)].sort((a, b) => (a < b ? -1 : 1))
  if (distinct.length <= 2 ** p / 8) {
    return [0, distinct.length, ...distinct.flatMap((each) => [...new Uint8Array(BigUint64Array.of(each).buffer)])]
  }
  const registers = new Array<number>(2 ** p).fill(0)
  for (const each of distinct) {
    const bits = each.toString(2).padStart(64, '0')
    const index = Number.parseInt(bits.slice(0, p), 2)
    const firstOne = bits.slice(p).indexOf('1')
    registers[index] = Math.max(registers[index]!, firstOne === -1 ? 64 - p + 1 : firstOne + 1)
  }
  return [1, ...registers]
}

test('its bytes depend on the set of hashes alone: not on order, repetition, or how it was merged', () => {
  fc.assert(
    fc.property(precision, hashes, hashes, hashes, (p, a, b, c) => {
      const [of, all] = [(list: readonly bigint[]) => sketchOf(p, list), [...a, ...b, ...c]]
      const expected = expectedBytes(p, all)
      assert.deepEqual([...encoded(of(all))], expected)
      assert.deepEqual([...encoded(merged(of(a), of(b), of(c)))], expected)
      assert.deepEqual([...encoded(merged(of(a), merged(of(b), of(c))))], expected)
      assert.deepEqual([...encoded(merged(of(c), of(a), of(b), of(a)))], expected)
    }),
  )
})

test('a sketch read back goes on as the one that was stored', () => {
  fc.assert(
    fc.property(precision, hashes, hashes, (p, before, after) => {
      const bytes = encoded(sketchOf(p, before))
      const back = HyperLogLog.decode(new ByteReader(bytes), p)
      assert.equal(back.estimate(), sketchOf(p, before).estimate())
      for (const each of after) back.add(each)
      assert.deepEqual([...encoded(back)], expectedBytes(p, [...before, ...after]))
    }),
  )
})

// The range from 2.5 to 5 times the registers is where the plain estimator has its bias.
test('over 300 sketches the error is the stated one at every size, and without bias', () => {
  const p = 10
  const sizes = [0.2, 0.5, 1, 2, 2.5, 3, 3.5, 4, 5, 8].map((share) => Math.round(share * 2 ** p))
  const sketches = Array.from({ length: 300 }, () => new HyperLogLog(p))
  let added = 0
  for (const size of sizes) {
    const errors = sketches.map((sketch, which) => {
      for (let i = added; i < size; i += 1) sketch.add(hash64(`${which}/${i}`))
      return (sketch.estimate() / size - 1) / sketch.standardError
    })
    added = size
    const rootMeanSquare = Math.sqrt(mean(errors.map((error) => error ** 2)))
    assert.ok(rootMeanSquare <= 1.1, `${rootMeanSquare} standard errors at ${size}`)
    assert.ok(Math.abs(mean(errors)) <= 0.25, `a bias of ${mean(errors)} standard errors at ${size}`)
    assert.ok(errors.every((error) => Math.abs(error) <= 5))
  }
})

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
