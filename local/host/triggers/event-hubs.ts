/** Event Hubs triggers: partitions are balanced and checkpointed through blobs, one invocation at a time a partition. */
import {
  earliestEventPosition,
  EventHubConsumerClient,
  latestEventPosition,
  parseEventHubConnectionString,
  type EventPosition,
  type PartitionContext,
  type ReceivedEventData,
} from '@azure/event-hubs'
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob'
import { BlobServiceClient } from '@azure/storage-blob'
import type { StartPosition } from '../host-json.ts'
import type { InvocationResult } from '../invoke.ts'
import { pause } from '../pause.ts'
import { withRetries } from '../retry.ts'
import { connectionString } from '../settings.ts'
import { Ending } from './ending.ts'
import { batchData, batchMetadata, singleData, singleMetadata, type PartitionNames } from './event-hubs-data.ts'
import { OwnedPartition } from './event-hubs-partition.ts'
import { watchOwnership } from './ownership.ts'
import { messageOf, type Listener, type ListenerContext } from './trigger.ts'

/** Where the extension keeps ownership and checkpoints. */
const checkpointContainer = 'azure-webjobs-eventhub'
/** Shorter than the cloud's, so that the partitions of a host that was killed are taken over within seconds. */
const balancing = {
  strategy: 'greedy',
  updateIntervalInMs: 1_000,
  partitionOwnershipExpirationIntervalInMs: 6_000,
} as const
/** How often waiting for a fuller batch is looked at. */
const lookSeconds = 0.1
const reconnectMs = 1_000

export const listenToEventHub = (context: ListenerContext): Listener => {
  const { fn, settings, hostJson, log } = context
  const { trigger } = fn
  const where = `Function ${fn.name}, ${trigger.type}`
  const connection = connectionString(trigger['connection'], settings, where)
  // An EntityPath in the connection string beats the binding's name.
  const hub = parseEventHubConnectionString(connection).eventHubName ?? String(trigger['eventHubName'] ?? '')
  if (hub === '')
    throw new Error(
      `${where}: eventHubName: expected the name of an event hub, as the connection string has no EntityPath.`,
    )
  const group = String(trigger['consumerGroup'] ?? '$Default')
  const container = BlobServiceClient.fromConnectionString(
    connectionString('AzureWebJobsStorage', settings, where),
  ).getContainerClient(checkpointContainer)
  const ending = new Ending()
  const limits = hostJson.eventHubs

  const world = {
    ...{ limits, ending, isOneByOne: isOneByOne(context) },
    deliver: async (events: readonly ReceivedEventData[], partition: PartitionContext, signal: AbortSignal) => {
      const names = {
        fullyQualifiedNamespace: partition.fullyQualifiedNamespace,
        eventHubName: hub,
        consumerGroup: group,
        partitionId: partition.partitionId,
      }
      const result = await withRetries(fn.retry ?? hostJson.retry, { signal, random: Math.random }, (retry) =>
        invokeBatch(context, events, names, retry),
      )
      return result.kind !== 'aborted'
    },
  }
  /** By reader: an old one of a partition may still be closing when the next has begun. */
  const owned = new Map<PartitionContext, OwnedPartition>()

  const subscribe = async () => {
    await container.createIfNotExists({ abortSignal: ending.begun })
    const store = watchOwnership(new BlobCheckpointStore(container), (partitionId) => {
      for (const partition of owned.values()) if (partition.id === partitionId) partition.lose()
    })
    const client = new EventHubConsumerClient(group, connection, hub, store, { loadBalancingOptions: balancing })
    const subscription = client.subscribe(
      {
        processInitialize: async (partition) => {
          owned.set(partition, new OwnedPartition(partition, world))
          log('debug', `${fn.name} owns partition ${partition.partitionId}.`)
        },
        processEvents: async (events, partition) => owned.get(partition)?.take(events),
        processClose: async (reason, partition) => {
          owned.get(partition)?.lose()
          owned.delete(partition)
          log('debug', `${fn.name} gave up partition ${partition.partitionId}: ${String(reason)}.`)
        },
        processError: async (error, partition) => {
          log('warning', `${fn.name}, partition ${partition.partitionId || '-'}: ${error.message}`)
        },
      },
      {
        startPosition: startPosition(limits.startFrom),
        maxBatchSize: limits.maxEventBatchSize,
        prefetchCount: Math.max(limits.prefetchCount, limits.maxEventBatchSize),
        maxWaitTimeInSeconds: lookSeconds,
        skipParsingBodyAsJson: true,
      },
    )
    return { subscription, client }
  }

  const connecting = (async () => {
    while (!ending.begun.aborted) {
      try {
        return await subscribe()
      } catch (error) {
        log('warning', `${fn.name} cannot listen yet: ${messageOf(error)}`)
        await pause(reconnectMs, ending.begun)
      }
    }
    return undefined
  })()

  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    const open = await connecting
    const partitions = [...owned.values()]
    await Promise.all(partitions.map((partition) => partition.settle()))
    for (const partition of partitions) {
      await partition.checkpoint().catch((error: unknown) => {
        log('warning', `${fn.name}, partition ${partition.id}: no checkpoint at the end: ${messageOf(error)}`)
      })
    }
    await open?.subscription.close()
    await open?.client.close()
  }
  return {
    run: (input) => invokeByHand(context, input ?? ''),
    ...ending.waysOut(() => (closing ??= close())),
  }
}

const isOneByOne = ({ fn }: ListenerContext): boolean => fn.trigger['cardinality'] === 'one'

const startPosition = (from: StartPosition): EventPosition => {
  switch (from.type) {
    case 'fromStart':
      return earliestEventPosition
    case 'fromEnd':
      return latestEventPosition
    case 'fromEnqueuedTime':
      return { enqueuedOn: from.enqueuedTimeUtc }
  }
}

const invokeBatch = (
  context: ListenerContext,
  events: readonly ReceivedEventData[],
  partition: PartitionNames,
  retry: Parameters<ListenerContext['invoke']>[0]['retry'],
): Promise<InvocationResult> => {
  const { fn, invoke, log } = context
  const dataType = fn.trigger['dataType']
  const attempt = retry === undefined ? {} : { retry }
  if (isOneByOne(context)) {
    return invoke({
      data: singleData(events[0]!, dataType),
      metadata: singleMetadata(events[0]!, partition),
      ...attempt,
    })
  }
  const batch = batchData(events, dataType)
  if ('failure' in batch) {
    log('error', batch.failure)
    return Promise.resolve({ kind: 'failure', error: new Error(batch.failure) })
  }
  return invoke({ data: batch.data, metadata: batchMetadata(events, partition), ...attempt })
}

/** One event with this body, from no partition. */
const invokeByHand = (context: ListenerContext, input: string): Promise<InvocationResult> => {
  const event = {
    body: Buffer.from(input),
    sequenceNumber: 0,
    offset: '0',
    enqueuedTimeUtc: new Date(),
  } as unknown as ReceivedEventData
  const partition = { fullyQualifiedNamespace: '', eventHubName: '', consumerGroup: '', partitionId: '0' }
  return invokeBatch(context, [event], partition, undefined)
}
