/**
 * The partition that Event Hubs puts a partition key on: Bob Jenkins' lookup3 hash of the key's UTF-8 bytes, both halves
 * folded to a signed 16-bit number, modulo the partition count. The official SDKs compute the same on the client.
 */
export const partitionOfKey = (key: string, partitions: number): number => {
  const [b, c] = lookup3(Buffer.from(key, 'utf8'))
  return Math.abs((((b ^ c) << 16) >> 16) % partitions)
}

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))

const lookup3 = (key: Buffer): readonly [b: number, c: number] => {
  let a = (0xdeadbeef + key.length) | 0
  let b = a
  let c = a
  const padded = Buffer.concat([key, Buffer.alloc(12)])
  let offset = 0
  const take = (): void => {
    a = (a + padded.readInt32LE(offset)) | 0
    b = (b + padded.readInt32LE(offset + 4)) | 0
    c = (c + padded.readInt32LE(offset + 8)) | 0
  }
  for (; key.length - offset > 12; offset += 12) {
    take()
    a = ((a - c) | 0) ^ rotate(c, 4)
    c = (c + b) | 0
    b = ((b - a) | 0) ^ rotate(a, 6)
    a = (a + c) | 0
    c = ((c - b) | 0) ^ rotate(b, 8)
    b = (b + a) | 0
    a = ((a - c) | 0) ^ rotate(c, 16)
    c = (c + b) | 0
    b = ((b - a) | 0) ^ rotate(a, 19)
    a = (a + c) | 0
    c = ((c - b) | 0) ^ rotate(b, 4)
    b = (b + a) | 0
  }
  if (key.length === 0) return [b, c]
  take()
  c = ((c ^ b) - rotate(b, 14)) | 0
  a = ((a ^ c) - rotate(c, 11)) | 0
  b = ((b ^ a) - rotate(a, 25)) | 0
  c = ((c ^ b) - rotate(b, 16)) | 0
  a = ((a ^ c) - rotate(c, 4)) | 0
  b = ((b ^ a) - rotate(a, 14)) | 0
  c = ((c ^ b) - rotate(b, 24)) | 0
  return [b, c]
}
