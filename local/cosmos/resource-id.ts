/** Resource ids (`_rid`): 4 bytes of the database, 4 of the container, 8 of the item, base64 with `-` for `/`. */
import { randomBytes } from 'node:crypto'

export const newDatabaseRid = (): string => encode(randomBytes(4))

/** The top bit of the second half marks a container; random, so that a container made anew is told from the old one. */
export const newContainerRid = (databaseRid: string): string => {
  const own = randomBytes(4)
  own.writeUInt8(own.readUInt8(0) | 0x80, 0)
  return encode(Buffer.concat([decode(databaseRid), own]))
}

/** `key` is the item's number, unique in its container for ever. */
export const itemRid = (containerRid: string, key: number): string => {
  const own = Buffer.alloc(8)
  own.writeBigUInt64BE(BigInt(key))
  return encode(Buffer.concat([decode(containerRid), own]))
}

/** The item's number in its `_rid`; -1, which no item has, for what is no such id. */
export const itemKeyIn = (rid: string): number => {
  const bytes = decode(rid)
  const key = bytes.length === 16 ? Number(bytes.readBigUInt64BE(8)) : -1
  return Number.isSafeInteger(key) ? key : -1
}

const encode = (bytes: Buffer): string => bytes.toString('base64').replaceAll('/', '-')
const decode = (rid: string): Buffer => Buffer.from(rid.replaceAll('-', '/'), 'base64')
