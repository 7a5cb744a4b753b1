/**
 * XXH64 step by step as its specification tells it (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md):
 * slow, and independent of the library that the hot path uses.
 */
const mask = 2n ** 64n - 1n
const prime1 = 0x9e37_79b1_85eb_ca87n
const prime2 = 0xc2b2_ae3d_27d4_eb4fn
const prime3 = 0x1656_67b1_9e37_79f9n
const prime4 = 0x85eb_ca77_c2b2_ae63n
const prime5 = 0x27d4_eb2f_1656_67c5n

export const xxh64 = (bytes: Buffer, seed: bigint): bigint => {
  let at = 0
  let hash: bigint
  if (bytes.length >= 32) {
    const lanes = [seed + prime1 + prime2, seed + prime2, seed, seed - prime1]
    for (; at + 32 <= bytes.length; at += 32) {
      for (const lane of lanes.keys()) lanes[lane] = round(lanes[lane]!, bytes.readBigUInt64LE(at + lane * 8))
    }
    hash = [1, 7, 12, 18].reduce((sum, bits, lane) => sum + rotate(lanes[lane]!, bits), 0n)
    for (const lane of lanes) hash = (hash ^ round(0n, lane)) * prime1 + prime4
  } else {
    hash = seed + prime5
  }
  hash += BigInt(bytes.length)
  for (; at + 8 <= bytes.length; at += 8) {
    hash = rotate((hash & mask) ^ round(0n, bytes.readBigUInt64LE(at)), 27) * prime1 + prime4
  }
  if (at + 4 <= bytes.length) {
    hash = rotate((hash & mask) ^ ((BigInt(bytes.readUInt32LE(at)) * prime1) & mask), 23) * prime2 + prime3
    at += 4
  }
  for (; at < bytes.length; at += 1) hash = rotate((hash & mask) ^ ((BigInt(bytes[at]!) * prime5) & mask), 11) * prime1
  return avalanche(hash & mask)
}

const round = (lane: bigint, input: bigint): bigint => (rotate(lane + input * prime2, 31) * prime1) & mask

const rotate = (value: bigint, bits: number): bigint => {
  const word = value & mask
  return ((word << BigInt(bits)) | (word >> BigInt(64 - bits))) & mask
}

const avalanche = (value: bigint): bigint => {
  let hash = ((value ^ (value >> 33n)) * prime2) & mask
  hash = ((hash ^ (hash >> 29n)) * prime3) & mask
  return hash ^ (hash >> 32n)
}
