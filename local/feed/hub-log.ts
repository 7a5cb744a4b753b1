/** Reads a whole hub as it stands: what was really enqueued, in which order, and when. */
import { earliestEventPosition, EventHubConsumerClient, type ReceivedEventData } from '@azure/event-hubs'

export interface LogEntry {
  readonly sequence: number
  /** Epoch ms. */
  readonly enqueuedAt: number
  readonly body: Uint8Array
  readonly properties: Readonly<Record<string, unknown>>
}

const silenceMs = 20_000

/** By partition, from the first event to the last there is at the time of the call. */
export const readHubLog = async (connectionString: string, hub: string, group = '$Default'): Promise<LogEntry[][]> => {
  const client = new EventHubConsumerClient(group, connectionString, hub)
  try {
    const { partitionIds } = await client.getEventHubProperties()
    const ordered = partitionIds.toSorted((a, b) => Number(a) - Number(b))
    return await Promise.all(ordered.map((partition) => readPartition(client, partition)))
  } finally {
    await client.close()
  }
}

const readPartition = async (client: EventHubConsumerClient, partition: string): Promise<LogEntry[]> => {
  const { lastEnqueuedSequenceNumber: last, isEmpty } = await client.getPartitionProperties(partition)
  if (isEmpty) return []
  const entries: LogEntry[] = []
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let timer = setTimeout(silent, silenceMs)
  function silent(): void {
    reject(
      new Error(`Partition ${partition} delivered nothing for ${silenceMs / 1_000} s although it has more events.`),
    )
  }
  const subscription = client.subscribe(
    partition,
    {
      processEvents: async (events) => {
        if (events.length === 0) return
        clearTimeout(timer)
        timer = setTimeout(silent, silenceMs)
        for (const event of events) entries.push(toEntry(event))
        if (entries.at(-1)!.sequence >= last) resolve()
        await Promise.resolve()
      },
      // The SDK goes on by itself after a passing failure; the silence above ends what does not.
      processError: async () => {
        await Promise.resolve()
      },
    },
    {
      startPosition: earliestEventPosition,
      maxBatchSize: 1_000,
      prefetchCount: 3_000,
      maxWaitTimeInSeconds: 1,
      skipParsingBodyAsJson: true,
    },
  )
  try {
    await promise
    return entries.filter(({ sequence }) => sequence <= last)
  } finally {
    clearTimeout(timer)
    await subscription.close()
  }
}

const toEntry = (event: ReceivedEventData): LogEntry => ({
  sequence: event.sequenceNumber,
  enqueuedAt: event.enqueuedTimeUtc.getTime(),
  body: event.body instanceof Uint8Array ? event.body : new Uint8Array(),
  properties: event.properties ?? {},
})

/** Which of a feed's items are in the log already. */
export const sentIndexes = (log: readonly (readonly LogEntry[])[]): Set<number> =>
  new Set(
    log
      .flat()
      .flatMap(({ properties }) => (typeof properties['feedIndex'] === 'number' ? [properties['feedIndex']] : [])),
  )
