/** Links on which events come in. */
import type { Delivery } from 'rhea'
import { MalformedMessageError, partitionKeyOf, splitBatch } from './amqp-sections.ts'
import type { Hub } from './hub.ts'
import type { IngressLimit } from './ingress-limit.ts'
import type { Refusal } from './links.ts'

/** The largest message or batch that Event Hubs takes (Standard tier), bytes. */
export const maxMessageBytes = 1_048_576
/** Message format of an Event Hubs batch. */
const batchFormat = 0x80013700

/** Where a producer's events go. */
export interface Destination {
  readonly hub: Hub
  /** undefined: the hub chooses. */
  readonly partition: number | undefined
  readonly publisher: string | undefined
}

export interface IncomingMessage {
  readonly bytes: Buffer
  readonly format: number | null | undefined
}

/** Stores what came over a producer's link. Why it was not stored, or undefined; it is stored whole or not at all. */
export const storeMessage = (
  { hub, partition, publisher }: Destination,
  { bytes, format }: IncomingMessage,
  { limit, now }: { readonly limit: IngressLimit | undefined; readonly now: number },
): Refusal | undefined => {
  if (bytes.length > maxMessageBytes) return tooLarge
  try {
    const { messages, partitionKey } =
      format === batchFormat ? splitBatch(bytes) : { messages: [bytes], partitionKey: undefined }
    const keys = messages.map((message) => partitionKeyOf(message) ?? partitionKey ?? publisher)
    if (publisher !== undefined && keys.some((key) => key !== publisher)) return otherKey(publisher)
    if (limit?.take({ bytes: bytes.length, events: messages.length }, now) === false) return busy
    const log = partition === undefined ? hub.partitionFor(partitionKey ?? keys[0]) : hub.partitions[partition]!
    log.append(messages, { now, partitionKeys: keys, publisher })
    return undefined
  } catch (error) {
    if (error instanceof MalformedMessageError) return { condition: 'amqp:decode-error', description: error.message }
    // Thrown on, it would end the connection without a word to anyone.
    return { condition: 'amqp:internal-error', description: `The event could not be stored: ${String(error)}` }
  }
}

/** Tells the producer. */
export const settle = (delivery: Delivery, refusal: Refusal | undefined): void => {
  if (refusal === undefined) delivery.accept()
  else delivery.reject(refusal)
}

const tooLarge: Refusal = {
  condition: 'amqp:link:message-size-exceeded',
  description: `The received message is larger than ${maxMessageBytes} bytes.`,
}

/** In the words of Event Hubs. */
const busy: Refusal = {
  condition: 'com.microsoft:server-busy',
  description:
    'The request was terminated because the namespace is being throttled. Error code : 50002. Please wait 4 seconds and try again.',
}

const otherKey = (publisher: string): Refusal => ({
  condition: 'amqp:not-allowed',
  description: `The partition key of an event that publisher '${publisher}' sends must be its name.`,
})
