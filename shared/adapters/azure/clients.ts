/** The SDK clients, built once from the settings; they connect on first use. */
import { ConsistencyLevel, CosmosClient, type Container, type CosmosClientOptions } from '@azure/cosmos'
import { EventHubConsumerClient, EventHubProducerClient, type EventHubClientOptions } from '@azure/event-hubs'
import { DefaultAzureCredential } from '@azure/identity'
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob'
import type { Config, Connection } from '../../config.ts'
import { captureContainer } from '../../contracts/capture.ts'
import { databaseName, letterBodiesContainer } from '../../contracts/containers.ts'

export interface HubClients {
  readonly producer: EventHubProducerClient
  /** In the consumer group for direct reads, apart from the trigger's. */
  readonly consumer: EventHubConsumerClient
}

export interface AzureClients {
  container(name: string): Container
  hub(name: string): HubClients
  /** Where captured events are; undefined where the app has no lake. */
  readonly captured: ContainerClient | undefined
  /** Where bodies of dead letters go; undefined likewise. */
  readonly letterBodies: ContainerClient | undefined
  close(): Promise<void>
}

export const repairGroup = 'repair'

/**
 * The SDK's own patience with throttling is kept short: the flows wait themselves, with the same chunk in hand, and a
 * partition that waits inside the SDK could not be stopped. Without endpoint discovery, which one write region has no use
 * for, it also gives up on lost names and timeouts instead of trying 120 times, and does not answer a read from a replica
 * that is behind by reading again without the session.
 *
 * The level is named although it is the account's own: only then does the SDK send the session that it has seen, without
 * which a read may be answered by a replica that is behind it.
 */
const cosmosOptions: Omit<CosmosClientOptions, 'endpoint'> = {
  consistencyLevel: ConsistencyLevel.Session,
  connectionPolicy: {
    enableEndpointDiscovery: false,
    requestTimeout: 10_000,
    retryOptions: { maxRetryAttemptCount: 2, fixedRetryIntervalInMilliseconds: 0, maxWaitTimeInSeconds: 5 },
  },
}

/** One quick second attempt: by default the SDK keeps refused credentials or a lost hub to itself for minutes. */
const hubOptions: EventHubClientOptions = {
  retryOptions: { maxRetries: 1, retryDelayInMs: 1_000, timeoutInMs: 10_000 },
}

export const azureClients = (config: Pick<Config, 'cosmos' | 'eventHubs' | 'lake' | 'clientId'>): AzureClients => {
  const credential = (): DefaultAzureCredential =>
    new DefaultAzureCredential(config.clientId === undefined ? {} : { managedIdentityClientId: config.clientId })
  // One client for all containers: reads that follow a write or another read see at least as much (session tokens).
  const cosmos = cosmosClient(config.cosmos, credential)
  const database = cosmos.database(databaseName)
  const hubs = new Map<string, HubClients>()
  const lake = config.lake === undefined ? undefined : lakeClient(config.lake, credential)
  return {
    container: (name) => database.container(name),
    hub: (name) => {
      const known = hubs.get(name) ?? hubClients(config.eventHubs, name, credential)
      hubs.set(name, known)
      return known
    },
    captured: lake?.getContainerClient(captureContainer),
    letterBodies: lake?.getContainerClient(letterBodiesContainer),
    close: async () => {
      for (const { producer, consumer } of hubs.values()) await Promise.all([producer.close(), consumer.close()])
      cosmos.dispose()
    },
  }
}

const cosmosClient = (connection: Connection, credential: () => DefaultAzureCredential): CosmosClient =>
  connection.kind === 'connection string'
    ? new CosmosClient({ connectionString: connection.value, ...cosmosOptions })
    : new CosmosClient({ endpoint: connection.endpoint, aadCredentials: credential(), ...cosmosOptions })

/** What the app keeps in the lake are plain blobs: through the blob endpoint of the same account. */
const lakeClient = (connection: Connection, credential: () => DefaultAzureCredential): BlobServiceClient =>
  connection.kind === 'connection string'
    ? BlobServiceClient.fromConnectionString(connection.value)
    : new BlobServiceClient(connection.endpoint.replace('.dfs.', '.blob.'), credential())

const hubClients = (connection: Connection, hub: string, credential: () => DefaultAzureCredential): HubClients =>
  connection.kind === 'connection string'
    ? {
        producer: new EventHubProducerClient(connection.value, hub, hubOptions),
        consumer: new EventHubConsumerClient(repairGroup, connection.value, hub, hubOptions),
      }
    : {
        producer: new EventHubProducerClient(connection.endpoint, hub, credential(), hubOptions),
        consumer: new EventHubConsumerClient(repairGroup, connection.endpoint, hub, credential(), hubOptions),
      }
