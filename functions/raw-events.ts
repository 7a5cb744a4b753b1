/** Turns what the Event Hubs trigger delivers into raw events: bodies as bytes, metadata zipped once, here. */
import type { InvocationContext } from '@azure/functions'
import type { RawEvent } from '../shared/contracts/raw-event.ts'
import { InvariantError } from '../shared/errors.ts'

export interface DeliveredBatch {
  readonly partition: string
  readonly events: readonly RawEvent[]
}

/**
 * Reads per-event metadata from `systemPropertiesArray` alone: the other arrays leave nulls out and misalign, and some
 * versions of the worker deliver `sequenceNumberArray` as objects.
 */
export const rawEvents = (bodies: unknown, metadata: InvocationContext['triggerMetadata']): DeliveredBatch => {
  const partition = field(metadata?.['partitionContext'], 'partitionId')
  const system = metadata?.['systemPropertiesArray']
  const properties = metadata?.['propertiesArray']
  if (typeof partition !== 'string') throw unexpected('partitionContext.partitionId', 'a string')
  if (!Array.isArray(bodies) || !bodies.every((body) => body instanceof Uint8Array)) {
    throw unexpected('the batch', "an array of bytes: is the trigger registered with dataType 'binary'?")
  }
  if (!Array.isArray(system) || system.length !== bodies.length) {
    throw unexpected('systemPropertiesArray', `${bodies.length} entries`)
  }
  return {
    partition,
    events: bodies.map((body, i) => rawEvent(body, system[i], Array.isArray(properties) ? properties[i] : undefined)),
  }
}

const rawEvent = (body: Uint8Array, system: unknown, properties: unknown): RawEvent => {
  const partitionKey = field(system, 'partitionKey')
  return {
    body,
    sequence: wholeNumber(field(system, 'sequenceNumber')),
    enqueuedAt: utcInstant(field(system, 'enqueuedTimeUtc')),
    ...(typeof partitionKey === 'string' ? { partitionKey } : {}),
    properties: isRecord(properties) ? properties : {},
  }
}

const wholeNumber = (value: unknown): number => {
  const number = typeof value === 'string' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw unexpected('sequenceNumber', 'a whole number')
  return number
}

/** The host writes .NET date-times, which may come without a zone and mean UTC. */
const utcInstant = (value: unknown): number => {
  if (typeof value !== 'string') throw unexpected('enqueuedTimeUtc', 'a date-time')
  const instant = Date.parse(/(?:Z|[+-]\d\d:\d\d)$/i.test(value) ? value : `${value}Z`)
  if (Number.isNaN(instant)) throw unexpected('enqueuedTimeUtc', 'a date-time')
  return instant
}

const field = (value: unknown, name: string): unknown => (isRecord(value) ? value[name] : undefined)

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const unexpected = (name: string, expected: string): InvariantError =>
  new InvariantError(`The Event Hubs trigger delivered something else than expected in ${name}: expected ${expected}.`)
