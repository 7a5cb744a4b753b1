/**
 * Effective partition keys: the place of a partition key in the range from '' to 'FF' that physical partitions and feed
 * ranges divide. Version 2 hashes, as the SDKs compute them: MurmurHash3 (x64, 128 bits, seed 0) of each value.
 */
import { badRequest } from './errors.ts'
import { isObject, type Json } from './json.ts'
import { decodePartitionKey } from './partition-key.ts'
import { header, type CosmosRequest } from './request.ts'

/** Keys from `min` up to, not including, `max`: hexadecimal texts. */
export interface KeyRange {
  readonly min: string
  readonly max: string
}

/** The part of the container that a request is about; undefined: all of it. */
export const keyRangeOf = (request: CosmosRequest): KeyRange | undefined => {
  const min = header(request, 'x-ms-start-epk') ?? ''
  const max = header(request, 'x-ms-end-epk') ?? 'FF'
  if (!/^[0-9a-fA-F]*$/.test(min + max)) throw badRequest('x-ms-start-epk and x-ms-end-epk must be hexadecimal.')
  return min === '' && max.toUpperCase() === 'FF' ? undefined : { min: min.toUpperCase(), max: max.toUpperCase() }
}

/** `pk`: an encoded partition key. */
export const isInRange = (pk: string, { min, max }: KeyRange): boolean => {
  const effective = effectivePartitionKey(decodePartitionKey(pk))
  return effective >= min && effective < max
}

const effectivePartitionKey = (key: readonly Json[]): string => key.map(hashOf).join('')

const hashOf = (value: Json): string => {
  const [low, high] = murmurHash(bytesOf(value))
  const bytes = Buffer.alloc(16)
  bytes.writeBigUInt64BE(high, 0)
  bytes.writeBigUInt64BE(low, 8)
  // The two highest bits are zero: 'FF' is above every key.
  bytes.writeUInt8(bytes.readUInt8(0) & 0x3f, 0)
  return bytes.toString('hex').toUpperCase()
}

/** A byte for the type, then the value. */
const bytesOf = (value: Json): Buffer => {
  if (typeof value === 'string') return Buffer.concat([Buffer.from([8]), Buffer.from(value), Buffer.from([0xff])])
  if (typeof value === 'boolean') return Buffer.from([value ? 3 : 2])
  if (isObject(value)) return Buffer.from([0])
  if (typeof value !== 'number') return Buffer.from([1])
  const bytes = Buffer.alloc(9)
  bytes.writeUInt8(5, 0)
  bytes.writeDoubleLE(value, 1)
  return bytes
}

const c1 = 0x87c37b91114253d5n
const c2 = 0x4cf5ad432745937fn

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value)
const rotate = (value: bigint, by: bigint): bigint => wrap((value << by) | (value >> (64n - by)))
const mix1 = (k: bigint): bigint => wrap(rotate(wrap(k * c1), 31n) * c2)
const mix2 = (k: bigint): bigint => wrap(rotate(wrap(k * c2), 33n) * c1)

/** MurmurHash3_x64_128 by Austin Appleby (public domain), seed 0: the low and the high half. */
const murmurHash = (bytes: Buffer): readonly [bigint, bigint] => {
  let h1 = 0n
  let h2 = 0n
  const whole = bytes.length - (bytes.length % 16)
  for (let at = 0; at < whole; at += 16) {
    h1 = wrap((rotate(h1 ^ mix1(bytes.readBigUInt64LE(at)), 27n) + h2) * 5n + 0x52dce729n)
    h2 = wrap((rotate(h2 ^ mix2(bytes.readBigUInt64LE(at + 8)), 31n) + h1) * 5n + 0x38495ab5n)
  }
  const tail = Buffer.alloc(16)
  bytes.copy(tail, 0, whole)
  h2 ^= mix2(tail.readBigUInt64LE(8))
  h1 ^= mix1(tail.readBigUInt64LE(0))
  const length = BigInt(bytes.length)
  h1 = wrap((h1 ^ length) + (h2 ^ length))
  h2 = wrap((h2 ^ length) + h1)
  h1 = finish(h1)
  h2 = finish(h2)
  h1 = wrap(h1 + h2)
  return [h1, wrap(h2 + h1)]
}

const finish = (value: bigint): bigint => {
  let k = wrap((value ^ (value >> 33n)) * 0xff51afd7ed558ccdn)
  k = wrap((k ^ (k >> 33n)) * 0xc4ceb9fe1a85ec53n)
  return k ^ (k >> 33n)
}
