/** Puts capture files of one's own into a container, as the local Event Hubs writes them. */
import type { ContainerClient } from '@azure/storage-blob'
import { Readable } from 'node:stream'
import { archiveName } from '../../local/event-hubs/capture/archive-name.ts'
import { avroFile } from '../../local/event-hubs/capture/avro-file.ts'
import type { AvroValue } from '../../local/event-hubs/capture/avro-value.ts'
import { timeText, type CapturedEvent } from '../../local/event-hubs/capture/captured-event.ts'
import { archiveNameFormat } from '../../shared/contracts/capture.ts'
import type { RawEvent } from '../../shared/contracts/raw-event.ts'

export interface CaptureFileSubject {
  readonly namespace: string
  readonly hub: string
  readonly partition: number
  /** Epoch ms. */
  readonly windowStart: number
}

/** The file's name. */
export const writeCaptureFile = async (
  container: ContainerClient,
  subject: CaptureFileSubject,
  events: readonly RawEvent[],
): Promise<string> => {
  const name = archiveName(archiveNameFormat, subject)
  const records = Readable.from([events.map(recordOf)]) as AsyncIterable<CapturedEvent[]>
  const bytes = Buffer.concat(await Array.fromAsync(avroFile(name, records)))
  await container.getBlockBlobClient(name).upload(bytes, bytes.length)
  return name
}

const recordOf = ({ body, sequence, enqueuedAt, partitionKey, properties }: RawEvent): CapturedEvent => ({
  SequenceNumber: sequence,
  Offset: String(100 * sequence),
  EnqueuedTimeUtc: timeText(enqueuedAt),
  SystemProperties: partitionKey === undefined ? {} : { 'x-opt-partition-key': { string: partitionKey } },
  Properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, valueOf(value)])),
  Body: { bytes: Buffer.from(body) },
})

const valueOf = (value: unknown): AvroValue => {
  if (value === null) return null
  if (typeof value === 'number') return Number.isInteger(value) ? { long: value } : { double: value }
  return { string: String(value) }
}
