/** Request units that ingest spends an event: full batches into the local Cosmos DB, whose charges follow the published table. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createContainers } from '../local/create-containers.ts'
import { startCosmos } from '../local/cosmos/server.ts'
import { azureClients } from '../shared/adapters/azure/clients.ts'
import { azureReference } from '../shared/adapters/azure/reference.ts'
import { azureShardState } from '../shared/adapters/azure/shard-state.ts'
import { loadIpCountry } from '../shared/adapters/azure/ip-country.ts'
import { manualClock } from '../shared/adapters/memory/clock.ts'
import { memoryHub } from '../shared/adapters/memory/hub.ts'
import { memoryLog } from '../shared/adapters/memory/log.ts'
import { createRecorder } from '../shared/adapters/memory/meter.ts'
import { FactsCache } from '../shared/flows/facts-cache.ts'
import { ingestBatch } from '../shared/flows/ingest-batch.ts'
import { publishReference } from '../shared/flows/publish-reference.ts'
import { ShardCache } from '../shared/flows/shard-cache.ts'
import { batchesOf, benchedStreams, partitions, registry } from './events.ts'

/** A minute and more of the feed: windows of one minute open, fill and close in it. */
const batches = 80

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
    const measured: Record<string, { ruPerEvent: number; ruPerCommit: number }> = {}
    for (const { stream, population } of benchedStreams) {
      const meter = createRecorder(clock)
      const hub = memoryHub(partitions, { now: clock.now, faults: () => 'fine' })
      const state = azureShardState(clients.container('state'))
      const facts = new FactsCache(reference, clock, loadIpCountry())
      const ingest = ingestBatch(
        { hub, state, capture: undefined, clock, facts, meter, log: memoryLog(), cache: new ShardCache() },
        { stream, generation: 'live', heartbeats: 'timer' },
      )
      for (const { partition, events } of batchesOf(population(), batches)) await ingest(partition, events)
      const { ingestRu, events, commits } = meter.read()[stream.name]!
      measured[stream.name] = { ruPerEvent: ingestRu / events, ruPerCommit: ingestRu / commits }
    }
    return measured
  } finally {
    await clients.close()
    await cosmos.close()
    await rm(directory, { recursive: true, force: true })
  }
}
