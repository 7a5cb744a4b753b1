/** A local Event Hubs with SDK clients for one test; all end with the test. */
import {
  EventHubConsumerClient,
  EventHubProducerClient,
  type EventData,
  type ReceivedEventData,
  type SubscribeOptions,
  type Subscription,
} from '@azure/event-hubs'
import type { TestContext } from 'node:test'
import { startEventHubs, type EventHubsOptions, type RunningEventHubs } from '../../../local/event-hubs/server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

export const hub = 'readings'
export const group = 'repair'
export const defaultHubs = [{ name: hub, partitions: 4, consumerGroups: [group] }]

/** Whoever is refused is told at once. */
const retryOptions = { maxRetries: 0, timeoutInMs: 30_000 }

export interface TestHubs {
  readonly running: RunningEventHubs
  readonly directory: string
  producer(connectionString?: string, name?: string): EventHubProducerClient
  consumer(consumerGroup?: string, connectionString?: string, name?: string): EventHubConsumerClient
  /** Sends the events and, where no partition and no key is named, all to partition 0. */
  send(
    events: readonly EventData[],
    to?: { readonly partitionId?: string; readonly partitionKey?: string },
  ): Promise<void>
  /** The next `count` events of the partition, from its beginning where nothing else is said. */
  receive(partition: string, count: number, options?: SubscribeOptions): Promise<ReceivedEventData[]>
}

export const testHubs = async (t: TestContext, options: Partial<EventHubsOptions> = {}): Promise<TestHubs> => {
  const directory = options.directory ?? temporaryFolder()
  const running = await startEventHubs({ port: 0, directory, hubs: defaultHubs, ...options })
  const { close, ...clients } = clientsOf(running.connectionString)
  t.after(async () => {
    await close()
    await running.close()
  })
  return { running, directory, ...clients }
}

export interface Clients extends Omit<TestHubs, 'running' | 'directory'> {
  /** While the server is there: afterwards the SDK waits a minute for its answer. */
  close(): Promise<void>
}

export const clientsOf = (own: string): Clients => {
  const opened: { close(): Promise<void> }[] = []
  const producer: TestHubs['producer'] = (connectionString = own, name = hub) => {
    const client = new EventHubProducerClient(connectionString, name, { retryOptions })
    opened.push(client)
    return client
  }
  const consumer: TestHubs['consumer'] = (consumerGroup = '$Default', connectionString = own, name = hub) => {
    const client = new EventHubConsumerClient(consumerGroup, connectionString, name, { retryOptions })
    opened.push(client)
    return client
  }
  let sender: EventHubProducerClient | undefined
  let receiver: EventHubConsumerClient | undefined
  return {
    producer,
    consumer,
    send: (events, to = { partitionId: '0' }) => (sender ??= producer()).sendBatch([...events], to),
    receive: (partition, count, options) => receiveFrom((receiver ??= consumer()), partition, count, options),
    close: async () => {
      await Promise.all(opened.map((client) => client.close()))
    },
  }
}

/** Rejects with the first error that the reader meets. */
export const receiveFrom = async (
  client: EventHubConsumerClient,
  partition: string,
  count: number,
  options: SubscribeOptions = {},
): Promise<ReceivedEventData[]> => {
  const events: ReceivedEventData[] = []
  let subscription: Subscription | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      subscription = client.subscribe(
        partition,
        {
          processEvents: async (batch) => {
            events.push(...batch)
            if (events.length >= count) resolve()
          },
          processError: async (error) => reject(error),
        },
        {
          startPosition: { offset: '-1' },
          maxWaitTimeInSeconds: 1,
          // The default is 1, and after every third batch the SDK waits for more.
          maxBatchSize: Math.min(count, 500),
          skipParsingBodyAsJson: true,
          ...options,
        },
      )
    })
  } finally {
    await subscription?.close()
  }
  return events
}

/** The error that this reader meets, by its code. */
export const readingFailsWith = async (
  client: EventHubConsumerClient,
  partition = '0',
  options: SubscribeOptions = {},
): Promise<string> =>
  receiveFrom(client, partition, 1, options).then(
    () => 'none',
    (error: { readonly code?: string }) => String(error.code),
  )

export const texts = (events: readonly ReceivedEventData[]): string[] =>
  events.map(({ body }) => (body as Buffer).toString())

export const sequences = (events: readonly ReceivedEventData[]): number[] =>
  events.map(({ sequenceNumber }) => sequenceNumber)

export const numbered = (from: number, to: number): EventData[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ body: Buffer.from(String(from + i)) }))

export const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)
