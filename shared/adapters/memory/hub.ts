import { controlProperty, heartbeatValue } from '../../contracts/heartbeat.ts'
import type { RawEvent } from '../../contracts/raw-event.ts'
import { RetryableError } from '../../errors.ts'
import type { Hub } from '../../ports/hub.ts'
import { noFaults, underFault, type Faults } from './faults.ts'

export interface MemoryHub extends Hub {
  append(partition: string, event: Omit<RawEvent, 'sequence'>): RawEvent
  /** Everything before this sequence is gone, as after the retention time. */
  trim(partition: string, beginningSequence: number): void
  /** Deleted and made again under the same name: empty, with another creation time. */
  recreate(createdOn: string): void
  events(partition: string): readonly RawEvent[]
}

const pageSize = 500

/** `now` stamps heartbeats. */
export const memoryHub = (
  partitions: number,
  options: { readonly now?: () => number; readonly faults?: Faults } = {},
): MemoryHub => {
  const { now = () => 0, faults = noFaults } = options
  const partitionIds = Array.from({ length: partitions }, (_, i) => String(i))
  let createdOn = '2026-01-01T00:00:00.000Z'
  let logs = new Map<string, { events: RawEvent[]; next: number }>()
  const empty = (): typeof logs => new Map(partitionIds.map((id) => [id, { events: [], next: 0 }]))
  logs = empty()
  const log = (partition: string) => logs.get(partition)!
  const append = (partition: string, event: Omit<RawEvent, 'sequence'>): RawEvent => {
    const stored = { ...event, sequence: log(partition).next }
    log(partition).next += 1
    log(partition).events.push(stored)
    return stored
  }
  return {
    append,
    trim: (partition, beginningSequence) => {
      log(partition).events = log(partition).events.filter(({ sequence }) => sequence >= beginningSequence)
    },
    recreate: (created) => {
      createdOn = created
      logs = empty()
    },
    events: (partition) => log(partition).events,
    properties: () => underFault(faults, 'hub.properties', () => ({ createdOn, partitionIds })),
    partition: (partition) =>
      underFault(faults, 'hub.partition', () => {
        const { events, next } = log(partition)
        return { isEmpty: events.length === 0, beginningSequence: events[0]?.sequence ?? next, lastSequence: next - 1 }
      }),
    read: async function* (partition, from, to) {
      for (let next = from; next <= to;) {
        const held = await underFault(faults, 'hub.read', () =>
          log(partition).events.filter(({ sequence }) => sequence >= next),
        )
        // Nobody appends while a reader of this hub waits: what is not here now will not come.
        if (held.length === 0) throw new RetryableError(`Partition ${partition} holds nothing from ${next} to ${to}.`)
        const page = held.slice(0, pageSize).filter(({ sequence }) => sequence <= to)
        if (page.length > 0) yield page
        next = held.slice(0, pageSize).at(-1)!.sequence + 1
      }
    },
    sendHeartbeat: (partition) =>
      underFault(faults, 'hub.sendHeartbeat', () => {
        append(partition, {
          body: Buffer.from('{}'),
          enqueuedAt: now(),
          properties: { [controlProperty]: heartbeatValue },
        })
      }),
  }
}
