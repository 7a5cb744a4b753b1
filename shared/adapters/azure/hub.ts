import type { EventHubConsumerClient, ReceivedEventData } from '@azure/event-hubs'
import { controlProperty, heartbeatValue } from '../../contracts/heartbeat.ts'
import type { RawEvent } from '../../contracts/raw-event.ts'
import { RetryableError } from '../../errors.ts'
import type { Hub } from '../../ports/hub.ts'
import type { HubClients } from './clients.ts'
import { asDelivered } from './property-names.ts'
import { translateHubError } from './translate-errors.ts'

const pageSize = 500

/** One Event Hub through its SDK. A read gives up when nothing has come for `silenceMs`. */
export const azureHub = ({ producer, consumer }: HubClients, silenceMs = 20_000): Hub => ({
  properties: () =>
    translated('Reading the hub’s properties', async () => {
      const { createdOn, partitionIds } = await producer.getEventHubProperties()
      return {
        createdOn: createdOn.toISOString(),
        partitionIds: partitionIds.toSorted((a, b) => Number(a) - Number(b)),
      }
    }),

  partition: (partitionId) =>
    translated(`Reading the properties of partition ${partitionId}`, async () => {
      const properties = await producer.getPartitionProperties(partitionId)
      return {
        isEmpty: properties.isEmpty,
        beginningSequence: Math.max(0, properties.beginningSequenceNumber),
        lastSequence: properties.lastEnqueuedSequenceNumber,
      }
    }),

  read: (partitionId, from, to) => readRange(consumer, partitionId, { from, to, silenceMs }),

  sendHeartbeat: (partitionId) =>
    translated(`Sending a heartbeat to partition ${partitionId}`, async () => {
      const event = { body: Buffer.from('{}'), properties: { [controlProperty]: heartbeatValue } }
      await producer.sendBatch([event], { partitionId })
    }),
})

/** Pages of a range. The SDK delivers the next batch only after the page before it was taken: nothing piles up. */
async function* readRange(
  consumer: EventHubConsumerClient,
  partitionId: string,
  { from, to, silenceMs }: { readonly from: number; readonly to: number; readonly silenceMs: number },
): AsyncGenerator<readonly RawEvent[]> {
  let deliver = newDelivery()
  let taken = Promise.withResolvers<void>()
  const subscription = consumer.subscribe(
    partitionId,
    {
      processEvents: async (events) => {
        if (events.length === 0) return
        deliver.resolve(events)
        await taken.promise
      },
      processError: async (error) => {
        deliver.reject(translateHubError(error, `Reading partition ${partitionId}`))
        await Promise.resolve()
      },
    },
    {
      startPosition: { sequenceNumber: from, isInclusive: true },
      maxBatchSize: pageSize,
      maxWaitTimeInSeconds: 1,
      skipParsingBodyAsJson: true,
    },
  )
  try {
    for (;;) {
      const events = await withinSilence(deliver.promise, partitionId, silenceMs)
      const page = events.map(toRawEvent).filter(({ sequence }) => sequence <= to)
      deliver = newDelivery()
      if (page.length > 0) yield page
      if (events.at(-1)!.sequenceNumber >= to) return
      const done = taken
      taken = Promise.withResolvers()
      done.resolve()
    }
  } finally {
    taken.resolve()
    await subscription.close()
  }
}

/** A failure may come while nobody waits for it yet: it is met by whoever waits next. */
const newDelivery = (): PromiseWithResolvers<readonly ReceivedEventData[]> => {
  const delivery = Promise.withResolvers<readonly ReceivedEventData[]>()
  delivery.promise.catch(() => undefined)
  return delivery
}

const withinSilence = async <T>(promise: Promise<T>, partitionId: string, silenceMs: number): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new RetryableError(
          `Partition ${partitionId} delivered nothing for ${silenceMs / 1_000} s although there is more.`,
        ),
      )
    }, silenceMs)
  })
  try {
    return await Promise.race([promise, silence])
  } finally {
    clearTimeout(timer)
  }
}

const toRawEvent = (event: ReceivedEventData): RawEvent => ({
  body: bodyBytes(event.body),
  sequence: event.sequenceNumber,
  enqueuedAt: event.enqueuedTimeUtc.getTime(),
  ...(event.partitionKey === undefined || event.partitionKey === null ? {} : { partitionKey: event.partitionKey }),
  properties: asDelivered(event.properties ?? {}),
})

/** Other clients may send a value or sequence instead of bytes: it becomes its JSON, as in the Functions host. */
const bodyBytes = (body: unknown): Uint8Array => {
  if (body instanceof Uint8Array) return body
  if (body === undefined || body === null) return new Uint8Array()
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

const translated = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    throw translateHubError(error, doing)
  }
}
