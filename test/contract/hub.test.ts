import type { EventData } from '@azure/event-hubs'
import { azureHub } from '../../shared/adapters/azure/hub.ts'
import { memoryHub } from '../../shared/adapters/memory/hub.ts'
import { startEventHubsWorld } from '../support/event-hubs-world.ts'
import { describeHub } from './hub.ts'

const partitions = 12
const silenceMs = 2_000

describeHub('memory', async () => {
  const port = memoryHub(partitions, { now: () => Date.now() })
  return {
    port,
    send: async (partition, events) => {
      for (const event of events) port.append(partition, { ...event, enqueuedAt: Date.now() })
    },
    partitionOfKey: () => Promise.resolve('0'),
    close: () => Promise.resolve(),
  }
})

describeHub('Event Hubs', async () => {
  const world = await startEventHubsWorld(partitions)
  const clients = world.clients()
  const port = azureHub(clients, silenceMs)
  const lastSequences = async () => {
    const ids = (await port.properties()).partitionIds
    return Promise.all(ids.map(async (id) => [id, (await port.partition(id)).lastSequence] as const))
  }
  return {
    port,
    send: async (partitionId, events) => {
      const data = events.map(({ body, properties }): EventData => ({
        body: Buffer.from(body),
        properties: { ...properties },
      }))
      const partitionKey = events[0]?.partitionKey
      await clients.producer.sendBatch(data, partitionKey === undefined ? { partitionId } : { partitionKey })
    },
    partitionOfKey: async (partitionKey) => {
      const before = new Map(await lastSequences())
      await clients.producer.sendBatch([{ body: Buffer.from('{}') }], { partitionKey })
      return (await lastSequences()).find(([id, last]) => last > before.get(id)!)![0]
    },
    close: () => world.close(),
  }
})
