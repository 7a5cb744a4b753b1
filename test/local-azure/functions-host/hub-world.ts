/** Local Event Hubs and storage for the hosts of one test file, and what the fixture app event-hubs tells. */
import { EventHubProducerClient, type EventData } from '@azure/event-hubs'
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob'
import { BlobServiceClient } from '@azure/storage-blob'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { startEventHubs, type RunningEventHubs } from '../../../local/event-hubs/server.ts'
import { startStorage, type RunningStorage, type StorageOptions } from '../../../local/storage/server.ts'
import { eventually, startTestHost, type TestHost } from './support.ts'

/** What the fixture app tells of one invocation. */
export interface Seen {
  readonly bodies: readonly ({ readonly bytes: string } | null | string | number | object)[]
  readonly invocationId: string
  readonly retry?: {
    readonly retryCount: number
    readonly maxRetryCount: number
    readonly exception?: { readonly message: string }
  }
  readonly metadata: Readonly<Record<string, unknown>>
}

export class HubWorld {
  readonly #directory: string
  #storage: RunningStorage
  readonly #hubs: RunningEventHubs

  private constructor(directory: string, storage: RunningStorage, hubs: RunningEventHubs) {
    this.#directory = directory
    this.#storage = storage
    this.#hubs = hubs
  }

  /** `hubs`: names with their partitions. `ports`: those of an earlier world. */
  static async start(
    directory: string,
    hubs: Readonly<Record<string, number>>,
    ports: WorldPorts = { storage: { blob: 0, queue: 0, table: 0 }, hubs: 0 },
  ): Promise<HubWorld> {
    const storage = await startStorage({ directory: join(directory, 'storage'), ports: ports.storage })
    const started = await startEventHubs({
      port: ports.hubs,
      directory: join(directory, 'hubs'),
      hubs: Object.entries(hubs).map(([name, partitions]) => ({ name, partitions, consumerGroups: [] })),
    })
    return new HubWorld(directory, storage, started)
  }

  get ports(): WorldPorts {
    return { storage: this.#storage.ports, hubs: this.#hubs.port }
  }

  get connectionString(): string {
    return this.#hubs.connectionString
  }

  async close(): Promise<void> {
    await this.#hubs.close()
    await this.#storage.close()
  }

  /** The storage is away until what this returns is called. */
  async loseStorage(): Promise<() => Promise<void>> {
    const { ports } = this.#storage
    await this.#storage.close()
    return async () => {
      this.#storage = await startStorage({ directory: join(this.#directory, 'storage'), ports })
    }
  }

  /** Of a host that runs these functions of the fixture, each on the hub of its name. */
  settings(functions: string): Record<string, string> {
    return {
      FUNCTIONS: functions,
      HUB_PREFIX: '',
      HUBS: this.#hubs.connectionString,
      AzureWebJobsStorage: this.#storage.connectionString,
    }
  }

  /** A host of this test alone. */
  async host(
    t: TestContext,
    functions: string,
    app = 'event-hubs',
    more: Record<string, string> = {},
  ): Promise<TestHost> {
    const host = await startTestHost(app, { ...this.settings(functions), ...more })
    t.after(() => host.stop())
    return host
  }

  async send(
    hub: string,
    bodies: readonly string[],
    more: Partial<EventData> & { partitionId?: string } = {},
  ): Promise<void> {
    const { partitionId, ...rest } = more
    const producer = new EventHubProducerClient(this.#hubs.connectionString, hub)
    await producer.sendBatch(
      bodies.map((body) => ({ body: Buffer.from(body), ...rest })),
      partitionId === undefined ? {} : { partitionId },
    )
    await producer.close()
  }

  /** That of the hosts. */
  checkpointStore(): BlobCheckpointStore {
    const blobs = BlobServiceClient.fromConnectionString(this.#storage.connectionString)
    return new BlobCheckpointStore(blobs.getContainerClient('azure-webjobs-eventhub'))
  }

  /** Sequence number of the hub's checkpoint in the partition, as the SDK reads it. */
  async checkpointOf(hub: string, partition = '0'): Promise<number | undefined> {
    const found = await this.checkpointStore().listCheckpoints('127.0.0.1', hub, '$Default')
    return found.find(({ partitionId }) => partitionId === partition)?.sequenceNumber
  }

  async checkpointed(hub: string, sequence: number, partition = '0'): Promise<void> {
    const what = `checkpoint ${sequence} of ${hub}`
    await eventually(
      what,
      () => this.checkpointOf(hub, partition),
      (found) => found === sequence,
    )
  }
}

export interface WorldPorts {
  readonly storage: StorageOptions['ports']
  readonly hubs: number
}

export const eventHubsJson = (eventHubs: object): string =>
  JSON.stringify({ version: '2.0', extensions: { eventHubs } })

export const seenBy = (host: TestHost, name: string): Promise<Seen[]> => host.json<Seen[]>(`/api/seen/${name}`)

export const texts = (seen: readonly Seen[]): string[] =>
  seen.flatMap(({ bodies }) => bodies.map((body) => (body as { bytes: string }).bytes))

export const arrival = (host: TestHost, name: string, isThere: (seen: Seen[]) => boolean): Promise<Seen[]> =>
  eventually(`it in ${name}`, () => seenBy(host, name), isThere)
