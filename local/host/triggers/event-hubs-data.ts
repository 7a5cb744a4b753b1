/** Shapes a batch as the Event Hubs extension hands it to a Node function, hazards included. */
import type { ReceivedEventData } from '@azure/event-hubs'
import type { TypedData } from '../invoke.ts'
import { throughJsonNet } from './json-net.ts'

export interface PartitionNames {
  readonly fullyQualifiedNamespace: string
  readonly eventHubName: string
  readonly consumerGroup: string
  readonly partitionId: string
}

export type BatchData = { readonly data: TypedData } | { readonly failure: string }

/** What the handler gets for a batch, by the trigger's `dataType`. */
export const batchData = (events: readonly ReceivedEventData[], dataType: unknown): BatchData => {
  const bodies = events.map(bodyBytes)
  if (dataType === 'binary') return { data: { collectionBytes: { bytes: bodies } } }
  if (dataType === 'string') {
    // Empty strings are dropped on the way: the array no longer lines up with the metadata.
    const texts = bodies.map((body) => body.toString('utf8')).filter((text) => text !== '')
    return { data: { collectionString: { string: texts } } }
  }
  const values: unknown[] = []
  for (const [i, body] of bodies.entries()) {
    try {
      values.push(body.length === 0 ? null : throughJsonNet(body.toString('utf8')))
    } catch {
      return {
        failure: `Event ${i} of the batch is no JSON and the trigger has no dataType: the whole batch fails before the handler runs.`,
      }
    }
  }
  return { data: { json: JSON.stringify(values) } }
}

/** Data of a single event (cardinality one). */
export const singleData = (event: ReceivedEventData, dataType: unknown): TypedData => {
  const body = bodyBytes(event)
  return dataType === 'binary' ? { bytes: body } : { string: body.toString('utf8') }
}

export const batchMetadata = (
  events: readonly ReceivedEventData[],
  partition: PartitionNames,
): Record<string, TypedData> => ({
  PartitionContext: { json: JSON.stringify(partitionContext(partition)) },
  // Events without a key are left out: this array, too, misaligns.
  PartitionKeyArray: { collectionString: { string: events.flatMap((event) => event.partitionKey ?? []) } },
  OffsetArray: { collectionString: { string: events.map((event) => event.offset) } },
  SequenceNumberArray: { collectionSint64: { sint64: events.map((event) => event.sequenceNumber) } },
  EnqueuedTimeUtcArray: { json: JSON.stringify(events.map(enqueuedTime)) },
  PropertiesArray: { json: JSON.stringify(events.map((event) => event.properties ?? {})) },
  SystemPropertiesArray: { json: JSON.stringify(events.map(systemProperties)) },
})

export const singleMetadata = (event: ReceivedEventData, partition: PartitionNames): Record<string, TypedData> => ({
  PartitionContext: { json: JSON.stringify(partitionContext(partition)) },
  PartitionKey: { string: event.partitionKey ?? '' },
  Offset: { string: event.offset },
  SequenceNumber: { json: String(event.sequenceNumber) },
  EnqueuedTimeUtc: { json: JSON.stringify(enqueuedTime(event)) },
  Properties: { json: JSON.stringify(event.properties ?? {}) },
  SystemProperties: { json: JSON.stringify(systemProperties(event)) },
})

const partitionContext = (partition: PartitionNames) => ({
  FullyQualifiedNamespace: partition.fullyQualifiedNamespace,
  EventHubName: partition.eventHubName,
  ConsumerGroup: partition.consumerGroup,
  PartitionId: partition.partitionId,
})

const systemProperties = (event: ReceivedEventData) => ({
  ...event.systemProperties,
  SequenceNumber: event.sequenceNumber,
  Offset: event.offset,
  PartitionKey: event.partitionKey ?? null,
  EnqueuedTimeUtc: enqueuedTime(event),
})

/** .NET writes these date-times without a zone. */
const enqueuedTime = (event: ReceivedEventData): string => event.enqueuedTimeUtc.toISOString().replace('Z', '')

const bodyBytes = (event: ReceivedEventData): Buffer => {
  const body = event.body as unknown
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (body === undefined || body === null) return Buffer.alloc(0)
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}
