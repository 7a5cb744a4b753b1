import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { EventHubConsumerClient, EventHubProducerClient } from '@azure/event-hubs'
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob'
import { BlobServiceClient } from '@azure/storage-blob'
import { forgetCheckpoints, skipAhead } from '../../../local/chaos/checkpoints.ts'
import { startEventHubs } from '../../../local/event-hubs/server.ts'
import { startStorage } from '../../../local/storage/server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const hub = 'clickstream'
const group = 'millrace'

/** Three events in partition 0, nothing in partition 1, and in both a checkpoint after the first, as the SDK keeps it. */
const world = async (t: TestContext) => {
  const ports = { blob: 0, queue: 0, table: 0 }
  const storage = await startStorage({ directory: temporaryFolder(), ports })
  const hubs = [{ name: hub, partitions: 2, consumerGroups: [group] }]
  const eventHubs = await startEventHubs({ port: 0, directory: temporaryFolder(), hubs })
  const producer = new EventHubProducerClient(eventHubs.connectionString, hub)
  await producer.sendBatch([{ body: 'a' }, { body: 'b' }, { body: 'c' }], { partitionId: '0' })
  const consumer = new EventHubConsumerClient(group, eventHubs.connectionString, hub)
  t.after(async () => {
    await Promise.all([producer.close(), consumer.close()])
    await Promise.all([eventHubs.close(), storage.close()])
  })
  const container = BlobServiceClient.fromConnectionString(storage.connectionString).getContainerClient(
    'azure-webjobs-eventhub',
  )
  await container.createIfNotExists()
  const store = new BlobCheckpointStore(container)
  const place = { fullyQualifiedNamespace: consumer.fullyQualifiedNamespace, eventHubName: hub, consumerGroup: group }
  for (const partitionId of ['0', '1']) {
    await store.updateCheckpoint({ ...place, partitionId, sequenceNumber: 0, offset: '0' })
  }
  const last = await consumer.getPartitionProperties('0')
  return {
    place: { storage: storage.connectionString, eventHubs: eventHubs.connectionString, hubs: [hub] },
    last: [last.lastEnqueuedSequenceNumber, last.lastEnqueuedOffset],
    stored: async () => {
      const { fullyQualifiedNamespace, eventHubName, consumerGroup } = place
      const checkpoints = await store.listCheckpoints(fullyQualifiedNamespace, eventHubName, consumerGroup)
      return checkpoints
        .toSorted((a, b) => Number(a.partitionId) - Number(b.partitionId))
        .map(({ partitionId, sequenceNumber, offset }) => [partitionId, sequenceNumber, offset])
    },
  }
}

test('a chaos run can make a host forget its checkpoints', async (t) => {
  const { place, stored } = await world(t)
  assert.equal(await forgetCheckpoints(place), 2)
  assert.deepEqual(await stored(), [])
})

test('and move them to the last event, where there is one', async (t) => {
  const { place, stored, last } = await world(t)
  assert.equal(last[0], 2)
  assert.equal(await skipAhead(place), 1)
  assert.deepEqual(await stored(), [
    ['0', ...last],
    ['1', 0, '0'],
  ])
})
