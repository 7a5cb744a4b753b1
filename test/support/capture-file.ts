/** Reads capture files as Azure's own SDK reads Avro: with the reader inside it, which the local Event Hubs does not write with. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'

export interface CaptureRecord {
  readonly SequenceNumber: number
  readonly Offset: string
  readonly EnqueuedTimeUtc: string
  readonly SystemProperties: Readonly<Record<string, unknown>>
  readonly Properties: Readonly<Record<string, unknown>>
  readonly Body: Uint8Array | null
}

interface AvroReader {
  parseObjects(): AsyncIterable<CaptureRecord>
}

/** The SDK does not export it. */
const loadReader = () => {
  const require = createRequire(import.meta.url)
  return require(join(dirname(require.resolve('@azure/storage-blob')), 'internal-avro', 'index.js')) as {
    readonly AvroReader: new (stream: unknown) => AvroReader
    readonly AvroReadableFromStream: new (stream: Readable) => unknown
  }
}

export const captureRecords = async (bytes: Buffer): Promise<CaptureRecord[]> => {
  const { AvroReader, AvroReadableFromStream } = loadReader()
  // In pieces, as from a network.
  const pieces = Array.from({ length: Math.ceil(bytes.length / 10_000) }, (_, i) =>
    bytes.subarray(10_000 * i, 10_000 * (i + 1)),
  )
  const reader = new AvroReader(new AvroReadableFromStream(Readable.from(pieces, { objectMode: false })))
  return Array.fromAsync(reader.parseObjects(), ({ SequenceNumber, Offset, EnqueuedTimeUtc, ...rest }) => ({
    SequenceNumber,
    Offset,
    EnqueuedTimeUtc,
    SystemProperties: rest.SystemProperties,
    Properties: rest.Properties,
    Body: rest.Body,
  }))
}
