/**
 * Works on encoded AMQP 1.0 messages without decoding their bodies: splits a batch, and puts the hub's own annotations in.
 * Encodings: OASIS AMQP 1.0, part 1 (types) and part 3 (messaging), section 3.2.
 */

export const section = {
  header: 0x70,
  deliveryAnnotations: 0x71,
  messageAnnotations: 0x72,
  properties: 0x73,
  applicationProperties: 0x74,
  data: 0x75,
  sequence: 0x76,
  value: 0x77,
  footer: 0x78,
} as const

/** Encoding of null. */
const nothing = 0x40
const list = [0x45, 0xc0, 0xd0]
const map = [0xc1, 0xd1]

/** Of each section: its symbolic descriptor, and the constructors of the values that it may hold (none: any). */
const sectionKinds: ReadonlyMap<number, { readonly symbol: string; readonly values?: readonly number[] }> = new Map([
  [section.header, { symbol: 'amqp:header:list', values: list }],
  [section.deliveryAnnotations, { symbol: 'amqp:delivery-annotations:map', values: map }],
  [section.messageAnnotations, { symbol: 'amqp:message-annotations:map', values: map }],
  [section.properties, { symbol: 'amqp:properties:list', values: list }],
  [section.applicationProperties, { symbol: 'amqp:application-properties:map', values: map }],
  // Null too: the JavaScript SDK encodes a body of null so.
  [section.data, { symbol: 'amqp:data:binary', values: [0xa0, 0xb0, nothing] }],
  [section.sequence, { symbol: 'amqp:amqp-sequence:list', values: list }],
  [section.value, { symbol: 'amqp:amqp-value:*' }],
  [section.footer, { symbol: 'amqp:footer:map', values: map }],
])
const codesBySymbol = new Map([...sectionKinds].map(([code, { symbol }]) => [symbol, code]))

/** What the hub adds to every event. */
export interface SystemAnnotations {
  readonly sequence: number
  readonly offset: string
  /** Epoch ms. */
  readonly enqueuedAt: number
  readonly partitionKey: string | undefined
  /** Name of the publisher to whose own address it was sent. */
  readonly publisher?: string | undefined
}

export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError'
}

export interface Section {
  readonly code: number
  /** Where the section begins, its descriptor included. */
  readonly start: number
  /** Where its value begins, and where it ends. */
  readonly value: number
  readonly end: number
}

/** The encoded messages in a batch envelope (message format 0x80013700), and the partition key that it names. */
export const splitBatch = (
  envelope: Buffer,
): { readonly messages: Buffer[]; readonly partitionKey: string | undefined } => {
  const messages: Buffer[] = []
  let partitionKey: string | undefined
  for (const part of sectionsOf(envelope)) {
    if (part.code === section.messageAnnotations) partitionKey = partitionKeyIn(entriesOf(envelope, part))
    if (part.code === section.data) messages.push(binaryAt(envelope, part))
  }
  if (messages.length === 0) throw new MalformedMessageError('The batch holds no event.')
  return { messages, partitionKey }
}

/** The partition key that a single message names. */
export const partitionKeyOf = (message: Buffer): string | undefined => {
  const part = sectionsOf(message).find(({ code }) => code === section.messageAnnotations)
  return part === undefined ? undefined : partitionKeyIn(entriesOf(message, part))
}

/** The message id as it is encoded; undefined where the message has none. */
export const encodedMessageId = (message: Buffer): Buffer | undefined => {
  const part = sectionsOf(message).find(({ code }) => code === section.properties)
  const [id] = part === undefined ? [] : fieldsOf(message, part)
  return id?.[0] === nothing ? undefined : id
}

/**
 * The message as consumers get it: the producer's bytes, with the hub's annotations in place of any of the same names. Delivery
 * annotations are for the next node only, which is the hub.
 */
export const annotate = (message: Buffer, system: SystemAnnotations): Buffer => {
  const header: Buffer[] = []
  const kept: Buffer[] = []
  let own: Entry[] = []
  for (const part of sectionsOf(message)) {
    if (part.code === section.messageAnnotations) own = entriesOf(message, part)
    else if (part.code === section.header) header.push(message.subarray(part.start, part.end))
    else if (part.code !== section.deliveryAnnotations) kept.push(message.subarray(part.start, part.end))
  }
  const pairs = own.filter(({ key }) => !systemKeys.has(key)).map(({ bytes }) => bytes)
  const annotations = annotationSection(section.messageAnnotations, [...pairs, ...systemPairs(system)])
  return Buffer.concat([...header, annotations, ...kept])
}

/** The state of the partition, for consumers that track it, as delivery annotations of a message that `annotate` has made. */
export const withRuntimeMetrics = (
  message: Buffer,
  last: Omit<SystemAnnotations, 'partitionKey' | 'publisher'>,
  now: number,
): Buffer => {
  const start = descriptorAt(message, 0).code === section.header ? endOfValue(message, 0) : 0
  const metrics = annotationSection(section.deliveryAnnotations, [
    pair('last_enqueued_sequence_number', long(last.sequence)),
    pair('last_enqueued_offset', text(last.offset)),
    pair('last_enqueued_time_utc', timestamp(last.enqueuedAt)),
    pair('runtime_info_retrieval_time_utc', timestamp(now)),
  ])
  return Buffer.concat([message.subarray(0, start), metrics, message.subarray(start)])
}

const keyNames = {
  sequence: 'x-opt-sequence-number',
  offset: 'x-opt-offset',
  enqueuedAt: 'x-opt-enqueued-time',
  partitionKey: 'x-opt-partition-key',
  publisher: 'x-opt-publisher',
} as const
const systemKeys = new Set<string>(Object.values(keyNames))

interface Entry {
  readonly key: string
  /** Key and value as encoded. */
  readonly bytes: Buffer
  readonly value: Buffer
}

const systemPairs = ({ sequence, offset, enqueuedAt, partitionKey, publisher }: SystemAnnotations): Buffer[] => [
  pair(keyNames.sequence, long(sequence)),
  pair(keyNames.offset, text(offset)),
  pair(keyNames.enqueuedAt, timestamp(enqueuedAt)),
  ...(partitionKey === undefined ? [] : [pair(keyNames.partitionKey, text(partitionKey))]),
  ...(publisher === undefined ? [] : [pair(keyNames.publisher, text(publisher))]),
]

const partitionKeyIn = (annotations: readonly Entry[]): string | undefined => {
  const found = annotations.find(({ key }) => key === keyNames.partitionKey)
  return found === undefined || found.value[0] === nothing ? undefined : variableAt(found.value).toString('utf8')
}

export const sectionsOf = (message: Buffer): Section[] => {
  const sections: Section[] = []
  let offset = 0
  while (offset < message.length) {
    const start = offset
    const { code, value } = descriptorAt(message, offset)
    const values = sectionKinds.get(code)?.values
    if (values?.includes(message[value]!) === false) {
      throw new MalformedMessageError(`The section at byte ${offset} holds a value of another type than it should.`)
    }
    offset = endOfValue(message, value)
    sections.push({ code, start, value, end: offset })
  }
  if (sections.length === 0) throw new MalformedMessageError('The message is empty.')
  return sections
}

/** Numeric or symbolic, as the sender liked. */
const descriptorAt = (message: Buffer, start: number): { readonly code: number; readonly value: number } => {
  if (message[start] !== 0x00) throw new MalformedMessageError(`Expected a message section at byte ${start}.`)
  const value = endOfValue(message, start + 1)
  const isSymbol = message[start + 1] === 0xa3 || message[start + 1] === 0xb3
  const code = isSymbol
    ? codesBySymbol.get(variableAt(message.subarray(start + 1, value)).toString('latin1'))
    : message[value - 1]
  if (code === undefined || !sectionKinds.has(code)) {
    throw new MalformedMessageError(`Unknown message section at byte ${start}.`)
  }
  return { code, value }
}

/** Where the encoded value that begins at `offset` ends: the upper half of the constructor byte tells its width. */
const endOfValue = (bytes: Buffer, start: number): number => {
  let offset = start
  // A descriptor goes before the value that it describes, and is none itself that is described.
  while (bytes[offset] === 0x00) offset = endOfPlainValue(bytes, offset + 1)
  return endOfPlainValue(bytes, offset)
}

const endOfPlainValue = (bytes: Buffer, offset: number): number => {
  const width = fixedWidths[bytes[offset]! >>> 4]
  let end: number
  if (width !== undefined) end = offset + 1 + width
  else if ([0xa, 0xc, 0xe].includes(bytes[offset]! >>> 4)) end = offset + 2 + (bytes[offset + 1] ?? Infinity)
  else if (offset + 5 <= bytes.length) end = offset + 5 + bytes.readUInt32BE(offset + 1)
  else end = Infinity
  if (bytes[offset] === 0x00 || !(end <= bytes.length))
    throw new MalformedMessageError(`The value at byte ${offset} goes beyond the message or is none.`)
  return end
}

/** By the upper half of the constructor byte: 0x4_ empty, 0x5_ one byte, … 0x9_ sixteen. */
const fixedWidths: readonly (number | undefined)[] = [undefined, undefined, undefined, undefined, 0, 1, 2, 4, 8, 16]

/** What a section holds whose value is a map. */
export const entriesOf = (message: Buffer, part: Section): Entry[] => {
  const code = message[part.value]
  if (code !== 0xc1 && code !== 0xd1) throw new MalformedMessageError('Annotations: expected a map.')
  const width = code === 0xc1 ? 1 : 4
  let offset = part.value + 1 + 2 * width
  const entries: Entry[] = []
  while (offset < part.end) {
    const value = endOfValue(message, offset)
    const end = endOfValue(message, value)
    entries.push({
      key: variableAt(message.subarray(offset, value)).toString('utf8'),
      bytes: message.subarray(offset, end),
      value: message.subarray(value, end),
    })
    offset = end
  }
  return entries
}

/** The encoded fields of a section whose value is a list. */
export const fieldsOf = (message: Buffer, part: Section): Buffer[] => {
  const code = message[part.value]
  let offset = code === 0x45 ? part.end : part.value + (code === 0xc0 ? 3 : 9)
  const fields: Buffer[] = []
  while (offset < part.end) {
    const end = endOfValue(message, offset)
    fields.push(message.subarray(offset, end))
    offset = end
  }
  return fields
}

const binaryAt = (message: Buffer, part: Section): Buffer => variableAt(message.subarray(part.value, part.end))

/** Contents of an encoded string, symbol or binary. */
export const variableAt = (encoded: Buffer): Buffer => {
  const kind = encoded[0]! >>> 4
  if (kind === 0xa) return encoded.subarray(2)
  return kind === 0xb ? encoded.subarray(5) : encoded.subarray(1)
}

const annotationSection = (code: number, pairs: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(pairs)
  const head = Buffer.alloc(12)
  head.set([0x00, 0x53, code, 0xd1])
  head.writeUInt32BE(body.length + 4, 4)
  head.writeUInt32BE(pairs.length * 2, 8)
  return Buffer.concat([head, body])
}

const pair = (key: string, value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0xa3, key.length]), Buffer.from(key, 'latin1'), value])

const long = (value: number): Buffer => wide(0x81, value)
const timestamp = (epochMs: number): Buffer => wide(0x83, epochMs)

const wide = (code: number, value: number): Buffer => {
  const bytes = Buffer.alloc(9)
  bytes[0] = code
  bytes.writeBigInt64BE(BigInt(value), 1)
  return bytes
}

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value, 'utf8')
  if (bytes.length < 256) return Buffer.concat([Buffer.from([0xa1, bytes.length]), bytes])
  const head = Buffer.alloc(5)
  head[0] = 0xb1
  head.writeUInt32BE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}
