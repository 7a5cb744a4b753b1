import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteReader, ByteWriter, fromBase64, toBase64 } from '../../shared/core/bytes.ts'
import { InvariantError } from '../../shared/errors.ts'

const written = (write: (writer: ByteWriter) => void): Uint8Array => {
  const writer = new ByteWriter()
  write(writer)
  return writer.finish()
}

const refused = (read: (reader: ByteReader) => unknown, bytes: readonly number[], offset: number): void => {
  assert.throws(
    () => read(new ByteReader(Uint8Array.from(bytes))),
    (error) => error instanceof InvariantError && error.message.includes(`offset ${offset}:`),
  )
}

test('a varint takes seven bits a byte, lowest first', () => {
  assert.deepEqual([...written((writer) => writer.varint(0))], [0])
  assert.deepEqual([...written((writer) => writer.varint(127))], [127])
  assert.deepEqual([...written((writer) => writer.varint(128))], [0x80, 1])
  assert.deepEqual([...written((writer) => writer.varint(300))], [0xac, 2])
  assert.equal(written((writer) => writer.varint(Number.MAX_SAFE_INTEGER)).length, 8)
})

test('a number that a varint cannot hold is refused, not written wrongly', () => {
  for (const value of [-1, 1.5, Number.NaN, Infinity, 2 ** 53]) {
    assert.throws(() => written((writer) => writer.varint(value)), InvariantError)
  }
})

test('whatever is written is read back, in order and to the end', () => {
  const entry = fc.oneof(
    fc.record({ kind: fc.constant('u8' as const), value: fc.nat(255) }),
    fc.record({ kind: fc.constant('varint' as const), value: fc.maxSafeNat() }),
    fc.record({ kind: fc.constant('zigzag' as const), value: fc.integer({ min: -(2 ** 52), max: 2 ** 52 - 1 }) }),
    fc.record({ kind: fc.constant('f64' as const), value: fc.double() }),
    fc.record({ kind: fc.constant('u64' as const), value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }),
    fc.record({
      kind: fc.constant('string' as const),
      value: fc.string({ unit: 'grapheme', maxLength: 300, size: 'max' }),
    }),
  )
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      const bytes = written((writer) => {
        for (const { kind, value } of entries) {
          if (kind === 'u64') writer.u64s(BigUint64Array.of(value))
          else (writer[kind] as (value: unknown) => void).call(writer, value)
        }
      })
      const reader = new ByteReader(fromBase64(toBase64(bytes)))
      for (const { kind, value } of entries) assert.ok(Object.is(reader[kind](), value))
      assert.ok(reader.atEnd)
    }),
  )
})

test('a view into a larger buffer is read, not the buffer', () => {
  const bytes = Uint8Array.from([9, 9, 1, 2, 9]).subarray(2, 4)
  assert.equal(toBase64(bytes), 'AQI=')
  const reader = new ByteReader(bytes)
  assert.deepEqual([...reader.raw(2)], [1, 2])
  assert.ok(reader.atEnd)
})

test('bytes that end early are refused with the offset', () => {
  refused((reader) => reader.u8(), [], 0)
  refused((reader) => reader.varint(), [0x80, 0x80], 2)
  refused((reader) => reader.f64(), [1, 2, 3], 0)
  refused((reader) => reader.u64(), [1, 2, 3, 4, 5, 6, 7], 0)
  refused((reader) => reader.raw(2), [1], 0)
  refused((reader) => reader.string(), [3, 65, 66], 1)
})

test('a varint beyond 2^53 - 1 is refused', () => {
  refused((reader) => reader.varint(), [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], 8)
})
