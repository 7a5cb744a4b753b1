/** An event of the log as a record of a capture file. */
import { entriesOf, fieldsOf, section, sectionsOf, variableAt, type Section } from '../amqp-sections.ts'
import { avroValue, decodedValue, type AvroValue } from './avro-value.ts'

/** Names and cases are Azure's. */
export interface CapturedEvent {
  readonly SequenceNumber: number
  readonly Offset: string
  readonly EnqueuedTimeUtc: string
  readonly SystemProperties: Readonly<Record<string, AvroValue>>
  readonly Properties: Readonly<Record<string, AvroValue>>
  readonly Body: { readonly bytes: Buffer } | null
}

/** What has a field of its own in the record. */
const ownFields = new Set(['x-opt-sequence-number', 'x-opt-offset', 'x-opt-enqueued-time'])

/** Fields of the message's properties section, by position: OASIS AMQP 1.0, part 3, section 3.2.4. */
const messageProperties = [
  'message-id',
  'user-id',
  'to',
  'subject',
  'reply-to',
  'correlation-id',
  'content-type',
  'content-encoding',
  'absolute-expiry-time',
  'creation-time',
  'group-id',
  'group-sequence',
  'reply-to-group-id',
]

export interface Stored {
  readonly sequence: number
  readonly offset: number
  /** Epoch ms. */
  readonly enqueuedAt: number
  /** As the log holds it. */
  readonly message: Buffer
}

/**
 * Never throws: the hub takes what no client can decode, and one such event must not hold up the rest. A section that cannot be
 * read is left out; the others, and the bytes of the body, are there.
 */
export const capturedEvent = ({ sequence, offset, enqueuedAt, message }: Stored): CapturedEvent => {
  const sections = sectionsOf(message)
  const find = (code: number): Section | undefined => sections.find((part) => part.code === code)
  const annotations = mapOf(message, find(section.messageAnnotations))
  const system = [...annotations, ...propertiesOf(message, find(section.properties))]
  return {
    SequenceNumber: sequence,
    Offset: String(offset),
    EnqueuedTimeUtc: timeText(enqueuedAt),
    // The schema has no null here.
    SystemProperties: Object.fromEntries(system.filter(([key, value]) => !ownFields.has(key) && value !== null)),
    Properties: Object.fromEntries(mapOf(message, find(section.applicationProperties))),
    Body: bodyOf(message, sections),
  }
}

/** To the second, in UTC, as .NET's invariant culture writes it: 2/6/2023 6:29:45 PM. */
export const timeText = (epochMs: number): string => {
  const at = new Date(epochMs)
  const hours = at.getUTCHours()
  const [minutes, seconds] = [at.getUTCMinutes(), at.getUTCSeconds()].map((value) => String(value).padStart(2, '0'))
  const date = `${at.getUTCMonth() + 1}/${at.getUTCDate()}/${at.getUTCFullYear()}`
  return `${date} ${hours % 12 || 12}:${minutes}:${seconds} ${hours < 12 ? 'AM' : 'PM'}`
}

type Entry = readonly [key: string, value: AvroValue]

const mapOf = (message: Buffer, part: Section | undefined): readonly Entry[] =>
  part === undefined
    ? []
    : orNothing(() => entriesOf(message, part).map(({ key, value }): Entry => [key, avroValue(value)]))

const propertiesOf = (message: Buffer, part: Section | undefined): readonly Entry[] =>
  part === undefined
    ? []
    : orNothing(() =>
        fieldsOf(message, part).map((value, i): Entry => [messageProperties[i] ?? `property-${i}`, avroValue(value)]),
      )

const orNothing = (read: () => readonly Entry[]): readonly Entry[] => {
  try {
    return read()
  } catch {
    return []
  }
}

/**
 * The bytes of the data sections, one after another. A value or sequence, which other clients send, becomes what the Functions host
 * makes of it: a text its UTF-8, anything else its JSON.
 */
const bodyOf = (message: Buffer, sections: readonly Section[]): CapturedEvent['Body'] => {
  const encoded = (code: number): Buffer[] =>
    sections.filter((part) => part.code === code).map(({ value, end }) => message.subarray(value, end))
  const data = encoded(section.data).filter((part) => part[0] !== nothing)
  if (data.length > 0) return { bytes: data.length === 1 ? variableAt(data[0]!) : Buffer.concat(data.map(variableAt)) }
  try {
    const [value] = encoded(section.value)
    if (value !== undefined) return valueBody(value)
    const lists = encoded(section.sequence).map(decodedValue)
    return lists.length === 0 ? null : jsonBody(lists.length === 1 ? lists[0] : lists)
  } catch {
    return null
  }
}

/** Encoding of null. */
const nothing = 0x40

const valueBody = (encoded: Buffer): CapturedEvent['Body'] => {
  const value = decodedValue(encoded)
  if (value === null || value === undefined) return null
  if (Buffer.isBuffer(value)) return { bytes: value }
  return typeof value === 'string' ? { bytes: Buffer.from(value) } : jsonBody(value)
}

const jsonBody = (value: unknown): { readonly bytes: Buffer } => ({ bytes: Buffer.from(JSON.stringify(value)) })
