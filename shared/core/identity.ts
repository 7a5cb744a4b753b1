import type { Event } from '../contracts/raw-event.ts'
import type { CompiledStream } from './compiled-stream.ts'
import { hash64 } from './hash.ts'

/**
 * The 64-bit identity of an event: its source and id, or where it has none its place in the hub. Never random, so that a
 * redelivery is recognised. The length prefix keeps ("ab", "c") apart from ("a", "bc").
 */
export const identityOf = (stream: CompiledStream, event: Event, partition: string, sequence: number): bigint => {
  const source = event[stream.description.identity.source]
  const id = event[stream.description.identity.id]
  return typeof source === 'string' && typeof id === 'string'
    ? hash64(`${source.length}:${source}${id}`)
    : hash64(`@${stream.name}/${partition}/${sequence}`)
}
