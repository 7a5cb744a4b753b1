/** Links on which events come in. */
import rhea from 'rhea'
import type { Delivery } from 'rhea'
import { MalformedMessageError, partitionKeyOf, splitBatch } from './amqp-sections.ts'
import type { Hub } from './hub.ts'

/** The largest message or batch that Event Hubs takes (Standard tier), bytes. */
export const maxMessageBytes = 1_048_576
/** Message format of an Event Hubs batch. */
const batchFormat = 0x80013700

export interface IncomingMessage {
  readonly message: unknown
  readonly format: number | undefined
  readonly delivery: Delivery
}

/** Stores what came over a producer's link, then acknowledges it. `partition` undefined: the hub chooses. */
export const storeMessage = (
  hub: Hub,
  partition: number | undefined,
  { message, format, delivery }: IncomingMessage,
  now: number,
): void => {
  try {
    const { messages, partitionKey } = decode(message, format)
    const size = Buffer.isBuffer(message) ? message.length : messages[0]!.length
    if (size > maxMessageBytes) {
      reject(
        delivery,
        'amqp:link:message-size-exceeded',
        `The received message is larger than ${maxMessageBytes} bytes.`,
      )
      return
    }
    const keys = messages.map((encoded) => partitionKeyOf(encoded) ?? partitionKey)
    const log = partition === undefined ? hub.partitionFor(partitionKey ?? keys[0]) : hub.partitions[partition]!
    log.append(messages, now, keys)
    delivery.accept()
  } catch (error) {
    if (error instanceof MalformedMessageError) return reject(delivery, 'amqp:decode-error', error.message)
    // Thrown on, it would end the connection without a word to anyone.
    reject(delivery, 'amqp:internal-error', `The event could not be stored: ${String(error)}`)
  }
}

const decode = (
  message: unknown,
  format: number | undefined,
): { messages: Buffer[]; partitionKey: string | undefined } => {
  if (Buffer.isBuffer(message)) {
    return format === batchFormat ? splitBatch(message) : { messages: [message], partitionKey: undefined }
  }
  // A single message has been decoded by the AMQP library: encoded again, it is stored like the others.
  const encoded = rhea.message.encode(message)
  return { messages: [encoded], partitionKey: undefined }
}

const reject = (delivery: Delivery, condition: string, description: string): void => {
  delivery.reject({ condition, description })
}
