/** An event that could not be processed, as it is kept: bounded, so that it fits into a commit whatever a producer sent. */
import type { RawEvent } from '../contracts/raw-event.ts'
import type { DeadLetter } from '../contracts/state-documents.ts'
import type { Defect } from './decode.ts'
import { formatInstant } from './time.ts'

/** 1.4 MB in base64. A larger body can come only from a hub that was set to take more than 1 MiB an event. */
const maxBodyBytes = 1_048_576
/** Of the properties' JSON: escaped, 1 MiB of them would be up to 6 MiB. */
const maxPropertiesBytes = 65_536

export const deadLetter = (raw: RawEvent, defect: Defect): DeadLetter => {
  const body = raw.body.subarray(0, maxBodyBytes)
  const properties = fittingProperties(raw.properties)
  const leftOut = {
    properties: Object.keys(raw.properties).length - Object.keys(properties).length,
    bodyBytes: raw.body.byteLength - body.byteLength,
  }
  return {
    sequence: raw.sequence,
    enqueuedAt: formatInstant(raw.enqueuedAt),
    ...(raw.partitionKey === undefined ? {} : { partitionKey: raw.partitionKey }),
    properties,
    body: Buffer.from(body).toString('base64'),
    ...(leftOut.properties + leftOut.bodyBytes === 0 ? {} : { leftOut }),
    ...defect,
  }
}

/** How much room a letter takes in its document, in bytes. */
export const letterBytes = (letter: DeadLetter): number =>
  letter.body.length + jsonBytes(letter.properties) + (letter.partitionKey?.length ?? 0) * maxEscape

/** A character of a string takes at most six bytes in JSON: \u0000. */
const maxEscape = 6

const fittingProperties = (properties: RawEvent['properties']): RawEvent['properties'] => {
  if (jsonBytes(properties) <= maxPropertiesBytes) return properties
  const fitting: [string, unknown][] = []
  let room = maxPropertiesBytes
  for (const [name, value] of Object.entries(properties)) {
    const bytes = jsonBytes(name) + jsonBytes(value) + 2
    if (bytes > room) continue
    room -= bytes
    fitting.push([name, value])
  }
  return Object.fromEntries(fitting)
}

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '')
