import type { RawEvent } from '../../contracts/raw-event.ts'
import type { Capture } from '../../ports/capture.ts'
import { noFaults, underFault, type Faults } from './faults.ts'

export interface MemoryCapture extends Capture {
  /** Another capture file. `windowStart`: when its window began, epoch ms; files are read in this order. */
  put(partition: string, windowStart: number, events: readonly RawEvent[]): void
}

const pageSize = 500

export const memoryCapture = (faults: Faults = noFaults): MemoryCapture => {
  const files = new Map<string, { readonly windowStart: number; readonly events: readonly RawEvent[] }[]>()
  /** Each sequence once, as far as they ascend. */
  const captured = (partition: string): RawEvent[] => {
    const inOrder = (files.get(partition) ?? []).toSorted((a, b) => a.windowStart - b.windowStart)
    const events: RawEvent[] = []
    for (const event of inOrder.flatMap((file) => file.events)) {
      if (event.sequence > (events.at(-1)?.sequence ?? -1)) events.push(event)
    }
    return events
  }
  return {
    put: (partition, windowStart, events) => {
      const kept = events.map((event) => ({ ...event, enqueuedAt: Math.floor(event.enqueuedAt / 1_000) * 1_000 }))
      files.set(partition, [...(files.get(partition) ?? []), { windowStart, events: kept }])
    },
    read: async function* (partition, { from, to = Infinity }) {
      const wanted = captured(partition).filter(({ sequence }) => sequence >= from && sequence <= to)
      for (let next = 0; next < wanted.length; next += pageSize) {
        yield await underFault(faults, 'capture.read', () => wanted.slice(next, next + pageSize))
      }
    },
    capturedTo: (partition) =>
      underFault(faults, 'capture.capturedTo', () => captured(partition).at(-1)?.sequence ?? -1),
  }
}
