/**
 * Reads Avro object containers (https://avro.apache.org/docs/1.12.0/specification/#object-container-files), block by block, so
 * that no more than a block is in memory. avsc reads the records; its own reader of containers ends in silence where a file is
 * cut short.
 */
import avro from 'avsc'

/** The file is not what it should be; the message tells in which way, as the rest of a sentence. */
export class CorruptFileError extends Error {
  override readonly name = 'CorruptFileError'
}

/** A value of a map: the branch of its union, by name. */
type Wrapped = Readonly<Record<string, unknown>> | null

/** A record of Event Hubs Capture. A long that a number cannot hold is its digits. */
export interface CaptureRecord {
  readonly SequenceNumber: number
  readonly EnqueuedTimeUtc: string
  readonly SystemProperties: Readonly<Record<string, Wrapped>>
  readonly Properties: Readonly<Record<string, Wrapped>>
  readonly Body: { readonly bytes: Buffer } | null
}

/** The records of the file, a block at a time. Rejects with CorruptFileError, or with what `chunks` rejects with. */
export async function* readCaptureFile(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly CaptureRecord[], void, undefined> {
  const bytes = new Bytes(chunks)
  const { mark, resolver } = await readHeader(bytes)
  while (!(await bytes.isAtEnd())) {
    const count = await bytes.long()
    const data = await bytes.take(await bytes.long())
    if (!mark.equals(await bytes.take(markBytes)))
      throw new CorruptFileError('a block does not end with the file’s mark')
    yield readBlock(data, count, resolver)
  }
}

const markBytes = 16
/** No file of Capture is larger. */
const mostBytes = 524_288_000

const longOrDigits = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => {
    const exact = bytes.readBigInt64LE()
    return Number.isSafeInteger(Number(exact)) ? Number(exact) : String(exact)
  },
  toBuffer: (value: number) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(value))
    return bytes
  },
  fromJSON: Number,
  toJSON: Number,
  isValid: Number.isSafeInteger,
  compare: (a: number, b: number) => a - b,
})

const typeOf = (schema: avro.Schema): avro.Type =>
  avro.Type.forSchema(schema, { wrapUnions: true, registry: { long: longOrDigits } })

/** What is read of a record, by the schema of Event Hubs Capture; older files have no null among the properties. */
const recordType = typeOf({
  type: 'record',
  name: 'EventData',
  namespace: 'Microsoft.ServiceBus.Messaging',
  fields: [
    { name: 'SequenceNumber', type: 'long' },
    { name: 'EnqueuedTimeUtc', type: 'string' },
    { name: 'SystemProperties', type: { type: 'map', values: ['long', 'double', 'string', 'bytes', 'null'] } },
    { name: 'Properties', type: { type: 'map', values: ['long', 'double', 'string', 'bytes', 'null'] } },
    { name: 'Body', type: ['null', 'bytes'] },
  ],
})

type Resolver = ReturnType<avro.Type['createResolver']>

const readHeader = async (bytes: Bytes): Promise<{ readonly mark: Buffer; readonly resolver: Resolver }> => {
  if ((await bytes.take(4)).toString('latin1') !== 'Obj\x01')
    throw new CorruptFileError('it does not begin as Avro files do')
  const metadata = await readMetadata(bytes)
  const codec = metadata.get('avro.codec')?.toString() ?? 'null'
  if (codec !== 'null')
    throw new CorruptFileError(`it is compressed (${codec}), which Capture does only where it is told to`)
  const mark = await bytes.take(markBytes)
  return { mark, resolver: resolverFor(metadata.get('avro.schema')?.toString() ?? '') }
}

const readMetadata = async (bytes: Bytes): Promise<ReadonlyMap<string, Buffer>> => {
  const metadata = new Map<string, Buffer>()
  for (let count = await bytes.long(); count !== 0; count = await bytes.long()) {
    // A negative count is followed by the size of what it counts.
    if (count < 0) await bytes.long()
    for (let i = 0; i < Math.abs(count); i += 1) {
      const key = await bytes.take(await bytes.long())
      metadata.set(key.toString(), await bytes.take(await bytes.long()))
    }
  }
  return metadata
}

const resolverFor = (schema: string): Resolver => {
  try {
    return recordType.createResolver(typeOf(JSON.parse(schema) as avro.Schema))
  } catch (cause) {
    throw new CorruptFileError('its schema is not that of Event Hubs Capture', { cause })
  }
}

const readBlock = (data: Buffer, count: number, resolver: Resolver): CaptureRecord[] => {
  const records: CaptureRecord[] = []
  let offset = 0
  try {
    while (records.length < count && offset >= 0) {
      const decoded = recordType.decode(data, offset, resolver)
      offset = decoded.offset
      if (offset >= 0) records.push(decoded.value)
    }
  } catch (cause) {
    throw new CorruptFileError('a record is not as its schema says', { cause })
  }
  if (offset !== data.length) throw new CorruptFileError('a block does not hold the records that it counts')
  return records
}

/** Takes bytes off a stream. */
class Bytes {
  readonly #chunks: AsyncIterator<Uint8Array>
  #held: Buffer = Buffer.alloc(0)

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  async isAtEnd(): Promise<boolean> {
    await this.#hold(1)
    return this.#held.length === 0
  }

  async take(count: number): Promise<Buffer> {
    if (count < 0 || count > mostBytes) throw new CorruptFileError('it tells a length that cannot be')
    await this.#hold(count)
    if (this.#held.length < count) throw new CorruptFileError('it is cut short')
    const taken = this.#held.subarray(0, count)
    this.#held = this.#held.subarray(count)
    return taken
  }

  /** Zig-zag, seven bits a byte, the lowest first. */
  async long(): Promise<number> {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = (await this.take(1))[0]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n))
    }
    throw new CorruptFileError('it tells a length that cannot be')
  }

  async #hold(count: number): Promise<void> {
    if (this.#held.length >= count) return
    const parts = [this.#held]
    let length = this.#held.length
    while (length < count) {
      const next = await this.#chunks.next()
      if (next.done === true) break
      parts.push(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength))
      length += next.value.byteLength
    }
    this.#held = Buffer.concat(parts)
  }
}
