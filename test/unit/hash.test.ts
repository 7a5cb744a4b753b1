import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hash64 } from '../../shared/core/hash.ts'
import { xxh64 } from '../support/xxh64.ts'

const littleEndian = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}

test('the reference used here gives the published XXH64 values of seed 0', () => {
  // From the sanity checks of xxHash and its ports.
  assert.equal(xxh64(Buffer.from(''), 0n), 0xef46_db37_51d8_e999n)
  assert.equal(xxh64(Buffer.from('a'), 0n), 0xd24e_c4f1_a98c_6e5bn)
  assert.equal(xxh64(Buffer.from('abc'), 0n), 0x44bc_2cf5_ad77_0999n)
})

test('hash64 starts the chain that Spark documents for xxhash64', () => {
  // Spark SQL reference: SELECT xxhash64('Spark', array(123), 2) is 5602566077635097486; each value's hash seeds the next.
  const documented = [123, 2].reduce((seed, value) => xxh64(littleEndian(value), seed), hash64('Spark'))
  assert.equal(BigInt.asIntN(64, documented), 5_602_566_077_635_097_486n)
})

test('hash64 is XXH64 with seed 42 of the UTF-8 bytes, whatever the length', () => {
  for (let length = 0; length <= 100; length += 1) {
    const text = 'é'.repeat(length >> 1) + 'x'.repeat(length & 1)
    assert.equal(hash64(text), xxh64(Buffer.from(text), 42n))
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200, size: 'max' }), (text) => {
      assert.equal(hash64(text), xxh64(Buffer.from(text), 42n))
    }),
  )
})
