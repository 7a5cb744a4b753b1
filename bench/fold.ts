/** From bytes to chunk, without I/O: what one invocation does between its events and its commit. */
import type { RawEvent } from '../shared/contracts/raw-event.ts'
import { loadIpCountry } from '../shared/adapters/azure/ip-country.ts'
import { chunkDocuments } from '../shared/core/chunk.ts'
import type { CompiledStream } from '../shared/core/compiled-stream.ts'
import { foldEvent } from '../shared/core/fold.ts'
import { Shard } from '../shared/core/shard.ts'
import type { Facts } from '../shared/ports/facts.ts'
import { registry, type Batch } from './events.ts'

const records = new Map(registry.map((record) => [record.id, record]))
const { countryOf } = await loadIpCountry()
const facts: Facts = { countryOf, record: (_kind, id) => records.get(id) }

/** Folds batches as they come, each into chunks that fit one commit; returns how many documents would be stored. */
export const foldBatches = (stream: CompiledStream, batches: readonly Batch[]): number => {
  const shards = new Map<string, Shard>()
  let documents = 0
  const commit = (shard: Shard): void => {
    documents += chunkDocuments(shard).length
    shard.settle()
  }
  for (const { partition, events } of batches) {
    const shard = shards.get(partition) ?? newShard(stream, partition)
    shards.set(partition, shard)
    for (const raw of events) {
      if (!shard.draft.hasRoomFor(stream, raw.body.byteLength)) commit(shard)
      foldEvent(shard, raw, facts)
    }
    commit(shard)
  }
  return documents
}

/** The baseline: what anybody who reads JSON events pays. */
export const parseBatches = (batches: readonly Batch[]): number => {
  let parsed = 0
  for (const { events } of batches) for (const raw of events) parsed += parse(raw) === undefined ? 0 : 1
  return parsed
}

const parse = ({ body }: RawEvent): unknown => {
  try {
    return JSON.parse((body as Buffer).toString())
  } catch {
    return undefined
  }
}

const newShard = (stream: CompiledStream, partition: string): Shard =>
  new Shard(
    { stream, generation: 'live', partition, heartbeats: 'timer', hubCreatedOn: '2026-01-01T00:00:00.000Z' },
    0,
    {},
  )
