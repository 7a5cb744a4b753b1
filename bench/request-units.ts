/**
 * Request units that ingest and publishing spend: full batches into the local Cosmos DB, whose charges follow the published
 * table. What a batch has changed is published before the next one comes, as the change feed would have it.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createContainers } from '../local/create-containers.ts'
import { startCosmos } from '../local/cosmos/server.ts'
import { azureClients } from '../shared/adapters/azure/clients.ts'
import { azureControl } from '../shared/adapters/azure/control.ts'
import { azureDeadLetters } from '../shared/adapters/azure/dead-letters.ts'
import { azureReference } from '../shared/adapters/azure/reference.ts'
import { azureServing } from '../shared/adapters/azure/serving.ts'
import { azureShardState } from '../shared/adapters/azure/shard-state.ts'
import { loadIpCountry } from '../shared/adapters/azure/ip-country.ts'
import { manualClock } from '../shared/adapters/memory/clock.ts'
import { memoryHub } from '../shared/adapters/memory/hub.ts'
import { memoryLog } from '../shared/adapters/memory/log.ts'
import { createRecorder } from '../shared/adapters/memory/meter.ts'
import type { StateDocument } from '../shared/contracts/state-documents.ts'
import { advanceFrontier } from '../shared/flows/advance-frontier.ts'
import { FactsCache } from '../shared/flows/facts-cache.ts'
import { ingestBatch } from '../shared/flows/ingest-batch.ts'
import { publishChanges } from '../shared/flows/publish-changes.ts'
import { PublishSchedule } from '../shared/flows/publish-schedule.ts'
import { publishReference } from '../shared/flows/publish-reference.ts'
import { ShardCache } from '../shared/flows/shard-cache.ts'
import type { ShardState } from '../shared/ports/shard-state.ts'
import { batchesOf, benchedStreams, partitions, registry } from './events.ts'

/** A minute and more of the feed: windows of one minute open, fill and close in it. */
const batches = 80

/** From one batch to the next. */
const batchMs = 1_000

interface MeasuredRequestUnits {
  readonly ruPerEvent: number
  readonly ruPerCommit: number
  readonly publishRuPerEvent: number
  /** Each time that one is published. */
  readonly publishRuPerWindow: number
}

/** By stream. */
export const measureRequestUnits = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
  const cosmos = await startCosmos({ port: 0, directory })
  await createContainers(cosmos.connectionString)
  const clients = azureClients({
    cosmos: { kind: 'connection string', value: cosmos.connectionString },
    eventHubs: { kind: 'identity', endpoint: 'unused.servicebus.windows.net' },
    lake: undefined,
    clientId: undefined,
  })
  try {
    const clock = manualClock()
    const reference = azureReference(clients.container('reference'))
    await publishReference({ reference, clock }, 'devices', registry)
    const measured: Record<string, MeasuredRequestUnits> = {}
    for (const { stream, population } of benchedStreams) {
      const meter = createRecorder(clock)
      const hub = memoryHub(partitions, { now: clock.now, faults: () => 'fine' })
      const stored = azureShardState(clients.container('state'))
      const changed: StateDocument[] = []
      const state: ShardState = {
        ...stored,
        commit: (shard, documents, fence) => {
          changed.push(...documents)
          return stored.commit(shard, documents, fence)
        },
      }
      const facts = new FactsCache(reference, clock, loadIpCountry())
      const ports = {
        hub,
        state,
        capture: undefined,
        control: azureControl(clients.container('control')),
        clock,
        facts,
        meter,
        log: memoryLog(),
      }
      const setting = { stream, generation: 'live', heartbeats: 'timer' } as const
      const serving = azureServing(clients.container('serving'))
      const deadLetters = azureDeadLetters(clients.container('deadLetters'))
      const publishing = { ...ports, serving, deadLetters, letterBodies: undefined, schedule: new PublishSchedule() }
      const ingest = ingestBatch({ ...ports, cache: new ShardCache() }, setting)
      const publish = publishChanges(publishing, setting)
      for (const { partition, events } of batchesOf(population(), batches)) {
        await ingest(partition, events)
        clock.advance(batchMs)
        await publish(changed.splice(0))
      }
      await advanceFrontier(publishing, setting)()
      const { ingestRu, publishRu, events, commits, publications } = meter.read()[stream.name]!
      measured[stream.name] = {
        ruPerEvent: ingestRu / events,
        ruPerCommit: ingestRu / commits,
        publishRuPerEvent: publishRu / events,
        publishRuPerWindow: publishRu / publications,
      }
    }
    return measured
  } finally {
    await clients.close()
    await cosmos.close()
    await rm(directory, { recursive: true, force: true })
  }
}
