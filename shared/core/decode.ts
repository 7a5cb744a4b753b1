import { isAscii, isUtf8 } from 'node:buffer'
import { controlProperty, heartbeatValue } from '../contracts/heartbeat.ts'
import type { Event, RawEvent } from '../contracts/raw-event.ts'
import type { DeadStep } from '../contracts/state-documents.ts'
import type { CompiledStream } from './compiled-stream.ts'
import { parseInstant } from './time.ts'

/** Why an event cannot be processed. `detail` names the field and what was expected, never the payload. */
export interface Defect {
  readonly step: DeadStep
  readonly reason: string
  readonly detail: string
}

export type Decoded<T> = { readonly value: T } | { readonly defect: Defect }

/** Bytes to a JSON object that fits the stream's schema. */
export const decodeEvent = (stream: CompiledStream, raw: RawEvent): Decoded<Event> => {
  const limit = stream.description.maxEventBytes
  if (raw.body.byteLength > limit) {
    return bad('too-large', `body: expected at most ${limit} bytes, got ${raw.body.byteLength}`)
  }
  const parsed = parseObject(raw.body)
  if ('defect' in parsed) return parsed
  const version = parsed.value['schemaVersion']
  const known = stream.description.eventVersions
  if (version !== undefined && !known.includes(version as number)) {
    return bad('unknown-version', `schemaVersion: expected one of ${known.join(', ')}`)
  }
  const problem = stream.check(parsed.value)
  return problem === undefined ? parsed : bad('schema', problem)
}

/** Whether the event is meant for Millrace itself rather than for the stream. */
export const isControl = (raw: RawEvent): boolean => raw.properties[controlProperty] !== undefined

/** The event time that a heartbeat states, epoch ms; undefined where it means its own `enqueuedAt`. */
export const decodeHeartbeat = (raw: RawEvent): Decoded<number | undefined> => {
  if (raw.properties[controlProperty] !== heartbeatValue) {
    return bad('malformed', `property ${controlProperty}: expected "${heartbeatValue}"`)
  }
  if (raw.body.byteLength === 0) return { value: undefined }
  const parsed = parseObject(raw.body)
  if ('defect' in parsed) return parsed
  const at = parsed.value['at']
  if (at === undefined) return { value: undefined }
  const instant = typeof at === 'string' ? parseInstant(at) : undefined
  return instant === undefined ? bad('malformed', 'at: expected an RFC 3339 instant') : { value: instant }
}

const parseObject = (body: Uint8Array): Decoded<Event> => {
  if (body.byteLength === 0) return bad('malformed', 'body: expected a JSON object, got nothing')
  const text = textOf(body)
  if (text === undefined) return bad('malformed', 'body: expected UTF-8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's own complaint quotes the payload, which may be personal data; the bytes are in the dead letter.
    return bad('malformed', 'body: expected JSON')
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { value: value as Event }
    : bad('malformed', 'body: expected a JSON object')
}

/** undefined where the bytes are no UTF-8. Most events are plain ASCII, which is checked and decoded at less cost. */
const textOf = (body: Uint8Array): string | undefined => {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (isAscii(bytes)) return bytes.toString('latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}

const bad = (reason: string, detail: string): { readonly defect: Defect } => ({
  defect: { step: 'decode', reason, detail },
})
