/** Capture files: Avro object containers (https://avro.apache.org/docs/1.12.0/specification/#object-container-files), not compressed. */
import avro from 'avsc'
import { createHash } from 'node:crypto'
import type { CapturedEvent } from './captured-event.ts'

/** As Azure writes it, the order of its fields and unions included. */
export const captureSchema = {
  type: 'record',
  name: 'EventData',
  namespace: 'Microsoft.ServiceBus.Messaging',
  fields: [
    { name: 'SequenceNumber', type: 'long' },
    { name: 'Offset', type: 'string' },
    { name: 'EnqueuedTimeUtc', type: 'string' },
    { name: 'SystemProperties', type: { type: 'map', values: ['long', 'double', 'string', 'bytes'] } },
    { name: 'Properties', type: { type: 'map', values: ['long', 'double', 'string', 'bytes', 'null'] } },
    { name: 'Body', type: ['null', 'bytes'] },
  ],
} as const satisfies avro.Schema

const blockBytes = 65_536
const magic = Buffer.from('Obj\x01')

/**
 * The bytes of a file, block by block, as they are taken. The same name and events give the same bytes: the mark between blocks,
 * which others draw by chance, is made from the name.
 */
export async function* avroFile(
  name: string,
  events: AsyncIterable<readonly CapturedEvent[]>,
): AsyncGenerator<Buffer, void, undefined> {
  const mark = createHash('sha256').update(name).digest().subarray(0, 16)
  yield header(mark)
  let records: Buffer[] = []
  let size = 0
  for await (const slice of events) {
    for (const event of slice) {
      const record = eventType.toBuffer(event)
      records.push(record)
      size += record.length
      if (size < blockBytes) continue
      yield block(records, mark)
      records = []
      size = 0
    }
  }
  if (records.length > 0) yield block(records, mark)
}

/** A long beyond 2^53 is a bigint. */
const exactLong = avro.types.LongType.__with({
  toBuffer: (value: number | bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(value))
    return bytes
  },
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint' || Number.isSafeInteger(value),
  compare: (a: bigint, b: bigint) => Number(a > b) - Number(a < b),
})
const eventType = avro.Type.forSchema(captureSchema, { wrapUnions: true, registry: { long: exactLong } })
const long = avro.Type.forSchema('long')
const bytes = avro.Type.forSchema('bytes')

const header = (mark: Buffer): Buffer =>
  Buffer.concat([
    magic,
    long.toBuffer(2),
    metadata('avro.codec', 'null'),
    metadata('avro.schema', JSON.stringify(captureSchema)),
    long.toBuffer(0),
    mark,
  ])

const metadata = (key: string, value: string): Buffer =>
  Buffer.concat([bytes.toBuffer(Buffer.from(key)), bytes.toBuffer(Buffer.from(value))])

const block = (records: readonly Buffer[], mark: Buffer): Buffer =>
  Buffer.concat([long.toBuffer(records.length), bytes.toBuffer(Buffer.concat(records)), mark])
