/** Encoded AMQP 1.0 values (part 1, section 1.6) as values of Capture's maps. */
import rhea from 'rhea'
import { variableAt } from '../amqp-sections.ts'

/** A branch of the union that Capture's maps hold, as avsc writes it. */
export type AvroValue =
  | { readonly long: number | bigint }
  | { readonly double: number }
  | { readonly string: string }
  | { readonly bytes: Buffer }
  | null

const mostLong = 2n ** 63n - 1n

/**
 * Whole numbers and times (epoch ms) become longs, fractions doubles, binaries bytes. The schema has no branch for anything else:
 * text it is, for lists and maps their JSON. Throws where the value cannot be read.
 */
export const avroValue = (encoded: Buffer): AvroValue => {
  const code = encoded[0]!
  switch (code) {
    case 0x40:
      return null
    case 0x41:
    case 0x42:
      return { string: String(code === 0x41) }
    case 0x56:
      return { string: String(encoded[1] === 1) }
    case 0x72:
      return { double: encoded.readFloatBE(1) }
    case 0x82:
      return { double: encoded.readDoubleBE(1) }
    case 0x73:
      return { string: String.fromCodePoint(encoded.readUInt32BE(1)) }
    case 0x98:
      return { string: uuidText(encoded.subarray(1)) }
    case 0xa0:
    case 0xb0:
      return { bytes: variableAt(encoded) }
    case 0xa1:
    case 0xb1:
    case 0xa3:
    case 0xb3:
      return { string: variableAt(encoded).toString('utf8') }
    default:
      return wholeNumber(code, encoded) ?? { string: JSON.stringify(decodedValue(encoded)) }
  }
}

/** As the SDK's decoder reads it, for values without a branch of their own. */
export const decodedValue = (encoded: Buffer): unknown => {
  const message = rhea.message.decode(Buffer.concat([valueSection, encoded])) as unknown as { readonly body: unknown }
  return message.body
}

/** Descriptor of an amqp-value section. */
const valueSection = Buffer.from([0x00, 0x53, 0x77])

const wholeNumber = (code: number, encoded: Buffer): AvroValue | undefined => {
  switch (code) {
    case 0x43:
    case 0x44:
      return { long: 0 }
    case 0x50:
    case 0x52:
    case 0x53:
      return { long: encoded.readUInt8(1) }
    case 0x51:
    case 0x54:
    case 0x55:
      return { long: encoded.readInt8(1) }
    case 0x60:
      return { long: encoded.readUInt16BE(1) }
    case 0x61:
      return { long: encoded.readInt16BE(1) }
    case 0x70:
      return { long: encoded.readUInt32BE(1) }
    case 0x71:
      return { long: encoded.readInt32BE(1) }
    case 0x80:
      return unsigned(encoded.readBigUInt64BE(1))
    case 0x81:
    case 0x83:
      return { long: encoded.readBigInt64BE(1) }
    default:
      return undefined
  }
}

/** Beyond what a long holds: its digits. */
const unsigned = (value: bigint): AvroValue => (value > mostLong ? { string: String(value) } : { long: value })

const uuidText = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
