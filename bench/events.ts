/** Events as the hub would hold them, in batches of one partition each: what the benchmarks fold. */
import { fleetDevices } from '../local/feed/fleet-devices.ts'
import { fleetOf, registryOf } from '../local/feed/fleet.ts'
import { generateEvents, type Population } from '../local/feed/generator.ts'
import { shopVisitors } from '../local/feed/shop-visitors.ts'
import type { RawEvent } from '../shared/contracts/raw-event.ts'
import type { ReferenceRecord } from '../shared/contracts/reference-documents.ts'
import { compileStream } from '../shared/core/stream/compile.ts'
import { clickstream } from '../shared/streams/clickstream.ts'
import { telemetry } from '../shared/streams/telemetry.ts'

export const partitions = 4
export const batchSize = 1_000
export const devices = 1_000
/** Events a second over all partitions: a batch of one partition spans four seconds. */
const rate = 1_000
const startedAt = Date.UTC(2026, 0, 1, 12)

const fleet = fleetOf(devices)
export const registry: readonly ReferenceRecord[] = registryOf(fleet)

export const benchedStreams = [
  { stream: compileStream(clickstream), population: () => shopVisitors() },
  { stream: compileStream(telemetry), population: () => fleetDevices(fleet, startedAt) },
] as const

export interface Batch {
  readonly partition: string
  readonly events: readonly RawEvent[]
}

/** `count` full batches, in the order in which their last events arrive. */
export const batchesOf = (population: Population, count: number): Batch[] => {
  const items = generateEvents(population, {
    seed: 7,
    rate,
    durationMs: Infinity,
    startedAt,
    partitions,
    runId: 'bench',
    ownHeartbeats: false,
  })
  const open = Array.from({ length: partitions }, () => ({ events: [] as RawEvent[], next: 0 }))
  const batches: Batch[] = []
  for (const { partition, body, dueMs } of items) {
    const lane = open[partition]!
    lane.events.push({ body, sequence: lane.next, enqueuedAt: startedAt + dueMs + 5, properties: {} })
    lane.next += 1
    if (lane.events.length < batchSize) continue
    batches.push({ partition: String(partition), events: lane.events })
    lane.events = []
    if (batches.length === count) break
  }
  return batches
}
