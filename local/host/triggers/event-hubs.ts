/** Event Hubs triggers: partitions are balanced and checkpointed through blobs, one invocation at a time a partition. */
import {
  earliestEventPosition,
  EventHubConsumerClient,
  latestEventPosition,
  parseEventHubConnectionString,
  type PartitionContext,
  type ReceivedEventData,
  type Subscription,
} from '@azure/event-hubs'
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob'
import { BlobServiceClient } from '@azure/storage-blob'
import type { InvocationResult } from '../invoke.ts'
import { withRetries } from '../retry.ts'
import { connectionString, resolveText } from '../settings.ts'
import { batchData, batchMetadata, singleData, singleMetadata, type PartitionNames } from './event-hubs-data.ts'
import { watchOwnership } from './ownership.ts'
import type { Listener, ListenerContext } from './trigger.ts'

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

/** What is known of a partition while this host owns it. */
interface Owned {
  readonly lost: AbortController
  waiting: ReceivedEventData[]
  waitingSince: number
  batches: number
}

export const listenToEventHub = async (context: ListenerContext): Promise<Listener> => {
  const { fn, settings, hostJson, log } = context
  const { trigger } = fn
  const where = `Function ${fn.name}, ${trigger.type}`
  const connection = connectionString(trigger['connection'], settings, where)
  const parsed = parseEventHubConnectionString(connection)
  const named = resolveText(String(trigger['eventHubName'] ?? ''), settings, where)
  // An EntityPath in the connection string beats the binding's name.
  const hub = parsed.eventHubName ?? named
  if (hub === '')
    throw new Error(
      `${where}: eventHubName: expected the name of an event hub, as the connection string has no EntityPath.`,
    )
  const group = resolveText(String(trigger['consumerGroup'] ?? '$Default'), settings, where)
  const container = BlobServiceClient.fromConnectionString(
    connectionString('AzureWebJobsStorage', settings, where),
  ).getContainerClient(checkpointContainer)
  const stopping = new AbortController()
  const owned = new Map<string, Owned>()
  const running = new Set<Promise<void>>()
  const many = trigger['cardinality'] !== 'one'
  const limits = hostJson.eventHubs

  const names = (partition: PartitionContext): PartitionNames => ({
    fullyQualifiedNamespace: partition.fullyQualifiedNamespace,
    eventHubName: hub,
    consumerGroup: group,
    partitionId: partition.partitionId,
  })

  /** Runs one delivery with its retries; whether to checkpoint it. */
  const deliver = async (
    events: readonly ReceivedEventData[],
    partition: PartitionContext,
    signal: AbortSignal,
  ): Promise<boolean> => {
    const result = await withRetries(fn.retry ?? hostJson.retry, { signal, random: Math.random }, (retry) =>
      invokeBatch(context, events, names(partition), many, retry),
    )
    return result.kind !== 'aborted' && !signal.aborted
  }

  const handle = async (
    partition: PartitionContext,
    state: Owned,
    events: readonly ReceivedEventData[],
  ): Promise<void> => {
    const signal = AbortSignal.any([stopping.signal, state.lost.signal])
    const deliveries = many ? [events] : events.map((event) => [event])
    for (const delivery of deliveries) if (!(await deliver(delivery, partition, signal))) return
    state.batches += 1
    // After success and after failure alike: that is what the extension does.
    if (state.batches % limits.batchCheckpointFrequency === 0) await partition.updateCheckpoint(events.at(-1)!)
  }

  const received = async (events: ReceivedEventData[], partition: PartitionContext): Promise<void> => {
    const state = owned.get(partition.partitionId)
    if (state === undefined || stopping.signal.aborted) return
    // Ends this reader: should the partition come back, it is read anew from its checkpoint.
    if (state.lost.signal.aborted) throw new Error('another host has taken the partition over.')
    if (state.waiting.length === 0) state.waitingSince = Date.now()
    state.waiting.push(...events)
    if (!isDue(state, limits)) return
    while (state.waiting.length > 0 && isDue(state, limits)) {
      const batch = state.waiting.splice(0, limits.maxEventBatchSize)
      const work = handle(partition, state, batch)
      running.add(work)
      try {
        await work
      } finally {
        running.delete(work)
      }
      if (stopping.signal.aborted || state.lost.signal.aborted) return
    }
  }

  const subscribe = async (): Promise<{ subscription: Subscription; client: EventHubConsumerClient }> => {
    await container.createIfNotExists({ abortSignal: stopping.signal })
    const store = watchOwnership(new BlobCheckpointStore(container), (partitionId) =>
      owned.get(partitionId)?.lost.abort(),
    )
    const client = new EventHubConsumerClient(group, connection, hub, store, {
      loadBalancingOptions: balancing,
    })
    const subscription = client.subscribe(
      {
        processInitialize: async (partition) => {
          owned.set(partition.partitionId, { lost: new AbortController(), waiting: [], waitingSince: 0, batches: 0 })
          log('debug', `${fn.name} owns partition ${partition.partitionId}.`)
        },
        processEvents: received,
        processClose: async (reason, partition) => {
          owned.get(partition.partitionId)?.lost.abort()
          owned.delete(partition.partitionId)
          log('debug', `${fn.name} gave up partition ${partition.partitionId}: ${String(reason)}.`)
        },
        processError: async (error, partition) => {
          log('warning', `${fn.name}, partition ${partition.partitionId || '-'}: ${error.message}`)
        },
      },
      {
        startPosition: limits.startFrom === 'fromEnd' ? latestEventPosition : earliestEventPosition,
        maxBatchSize: limits.maxEventBatchSize,
        prefetchCount: Math.max(limits.prefetchCount, limits.maxEventBatchSize),
        maxWaitTimeInSeconds: lookSeconds,
        skipParsingBodyAsJson: true,
      },
    )
    return { subscription, client }
  }

  let open: Awaited<ReturnType<typeof subscribe>> | undefined
  const connecting = (async () => {
    while (!stopping.signal.aborted && open === undefined) {
      try {
        open = await subscribe()
      } catch (error) {
        log('warning', `${fn.name} cannot listen yet: ${error instanceof Error ? error.message : String(error)}`)
        await new Promise((resolve) => setTimeout(resolve, reconnectMs))
      }
    }
  })()

  return {
    run: (input) => invokeByHand(context, input ?? ''),
    stop: async () => {
      stopping.abort()
      await connecting
      await Promise.allSettled([...running])
      await open?.subscription.close()
      await open?.client.close()
    },
  }
}

const isDue = (state: Owned, limits: ListenerContext['hostJson']['eventHubs']): boolean =>
  state.waiting.length > 0 &&
  (state.waiting.length >= limits.minEventBatchSize || Date.now() - state.waitingSince >= limits.maxWaitMs)

const invokeBatch = (
  { fn, invoke, log }: ListenerContext,
  events: readonly ReceivedEventData[],
  partition: PartitionNames,
  many: boolean,
  retry: Parameters<ListenerContext['invoke']>[0]['retry'],
): Promise<InvocationResult> => {
  const dataType = fn.trigger['dataType']
  const attempt = retry === undefined ? {} : { retry }
  if (!many) {
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
  return invokeBatch(context, [event], partition, context.fn.trigger['cardinality'] !== 'one', undefined)
}
