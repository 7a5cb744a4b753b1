import { EventHubConsumerClient, type ReceivedEventData, type Subscription } from '@azure/event-hubs'
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob'
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob'
import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { startStorage } from '../../../local/storage/server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { hub, numbered, range, testHubs, type TestHubs } from './support.ts'

interface Seen {
  readonly reader: string
  readonly partition: string
  readonly sequence: number
}

interface World extends TestHubs {
  /** All events that were handled and checkpointed, in order. */
  readonly seen: readonly Seen[]
  /** Starts a consumer that shares the partitions with the others of its group. */
  join(name: string): Reader
  /** Resolves when this holds; it is looked at when anything has happened. */
  until(holds: () => boolean): Promise<void>
}

interface Reader {
  readonly owned: ReadonlySet<string>
  leave(): Promise<void>
}

const world = async (t: TestContext): Promise<World> => {
  const storage = await startStorage({ directory: temporaryFolder(), ports: { blob: 0, queue: 0, table: 0 } })
  t.after(() => storage.close())
  const container = BlobServiceClient.fromConnectionString(storage.connectionString).getContainerClient('checkpoints')
  await container.create()
  const hubs = await testHubs(t)
  const seen: Seen[] = []
  const happened = new EventEmitter()
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await once(happened, 'any')
  }
  const tell = (): boolean => happened.emit('any')
  const join = (name: string): Reader => startReader(hubs, container, { name, seen, tell })
  return { ...hubs, seen, join, until }
}

const startReader = (
  { running }: TestHubs,
  container: ContainerClient,
  { name, seen, tell }: { readonly name: string; readonly seen: Seen[]; readonly tell: () => void },
): Reader => {
  const owned = new Set<string>()
  const store = new BlobCheckpointStore(container)
  const client = new EventHubConsumerClient('$Default', running.connectionString, hub, store, {
    loadBalancingOptions: {
      strategy: 'greedy',
      updateIntervalInMs: 250,
      partitionOwnershipExpirationIntervalInMs: 20_000,
    },
    retryOptions: { maxRetries: 3, retryDelayInMs: 100 },
  })
  const subscription: Subscription = client.subscribe(
    {
      processInitialize: async ({ partitionId }) => {
        owned.add(partitionId)
        tell()
      },
      processClose: async (_, { partitionId }) => {
        owned.delete(partitionId)
        tell()
      },
      processEvents: async (events: ReceivedEventData[], context) => {
        const last = events.at(-1)
        if (last === undefined) return
        await context.updateCheckpoint(last)
        for (const { sequenceNumber } of events) {
          seen.push({ reader: name, partition: context.partitionId, sequence: sequenceNumber })
        }
        tell()
      },
      // A partition that goes over to another reader ends with an error here.
      processError: async () => undefined,
    },
    { startPosition: { offset: '-1' }, maxWaitTimeInSeconds: 1, maxBatchSize: 50 },
  )
  return {
    owned,
    leave: async () => {
      await subscription.close()
      await client.close()
    },
  }
}

const partitions = ['0', '1', '2', '3']

const sendToAll = async ({ send }: TestHubs, from: number, to: number): Promise<void> => {
  for (const partitionId of partitions) await send(numbered(from, to), { partitionId })
}

const sequencesOf = (seen: readonly Seen[], partition: string): number[] =>
  seen.filter((each) => each.partition === partition).map(({ sequence }) => sequence)

test('a consumer that joins takes half of the partitions, gives them back when it leaves, and nothing is lost', async (t) => {
  const hubs = await world(t)
  const first = hubs.join('first')
  await hubs.until(() => first.owned.size === 4)
  await sendToAll(hubs, 0, 19)
  await hubs.until(() => hubs.seen.length >= 80)
  const second = hubs.join('second')
  await hubs.until(() => first.owned.size === 2 && second.owned.size === 2)
  assert.deepEqual([...first.owned, ...second.owned].sort(), partitions)
  await sendToAll(hubs, 20, 39)
  const isRead = (count: number) => (): boolean =>
    partitions.every((partition) => new Set(sequencesOf(hubs.seen, partition)).size === count)
  await hubs.until(isRead(40))
  assert.ok(hubs.seen.some(({ reader }) => reader === 'second'))
  await second.leave()
  await hubs.until(() => first.owned.size === 4)
  await sendToAll(hubs, 40, 59)
  await hubs.until(isRead(60))
  await first.leave()
})

test('a consumer that comes back goes on behind the checkpoints, and checkpointed events do not come again', async (t) => {
  const hubs = await world(t)
  const first = hubs.join('first')
  await sendToAll(hubs, 0, 49)
  await hubs.until(() => hubs.seen.length >= 200)
  await first.leave()
  await sendToAll(hubs, 50, 99)
  const second = hubs.join('second')
  await hubs.until(() => hubs.seen.length >= 400)
  await second.leave()
  for (const partition of partitions) assert.deepEqual(sequencesOf(hubs.seen, partition), range(0, 99))
  assert.ok(hubs.seen.every(({ reader, sequence }) => reader === (sequence < 50 ? 'first' : 'second')))
})
