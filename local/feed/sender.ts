/** Sends a feed to the hub: paced by its own times, strictly in order within each partition. */
import { setTimeout as sleep } from 'node:timers/promises'
import { EventHubProducerClient, type EventData } from '@azure/event-hubs'
import type { FeedItem } from './feed-item.ts'

export interface SendOptions {
  readonly connectionString: string
  readonly hub: string
  readonly items: Iterable<FeedItem> | AsyncIterable<FeedItem>
  /** Multiple of the feed's own pace; full: as fast as the hub takes it. */
  readonly speed: number | 'full'
  /** Items that the hub has already, from an earlier attempt. */
  readonly alreadySent: ReadonlySet<number>
  readonly signal: AbortSignal
}

/** How long events gather before they are sent together. */
const gatherMs = 50
const fullSpeedBatch = 500
const retryMs = 500
/** How long an attempt may take: the hub answers at once, or never where it was killed while a link to it was being made. */
const attemptMs = 5_000

/**
 * Resolves with the number of events sent, when the feed ends or the signal says so. Where the feed itself fails, what it
 * had given is sent first.
 */
export const sendFeed = async (options: SendOptions): Promise<number> => {
  // By itself the SDK would wait half a minute before it tries again, and a minute for an answer.
  const retryOptions = { retryDelayInMs: retryMs, timeoutInMs: attemptMs }
  const producer = new EventHubProducerClient(options.connectionString, options.hub, { retryOptions })
  const lanes = new Map<number, FeedItem[]>()
  let sent = 0
  let startedAt: number | undefined
  let firstDue = 0

  const flush = async (): Promise<void> => {
    const batches = [...lanes].filter(([, items]) => items.length > 0)
    lanes.clear()
    await Promise.all(batches.map(([partition, items]) => sendInOrder(producer, partition, items, options.signal)))
    sent += batches.reduce((sum, [, items]) => sum + items.length, 0)
  }

  try {
    let gathered = 0
    for await (const item of options.items) {
      if (options.signal.aborted) break
      if (options.alreadySent.has(item.index)) continue
      if (startedAt === undefined) {
        // A resumed feed goes on from where it stopped, at its own pace, not in a rush to catch up.
        startedAt = Date.now()
        firstDue = item.dueMs
      }
      if (options.speed !== 'full') {
        const wait = startedAt + (item.dueMs - firstDue) / options.speed - Date.now()
        if (wait > gatherMs / 2) {
          await flush()
          gathered = 0
          await sleep(Math.max(gatherMs, wait), undefined, { signal: options.signal }).catch(() => undefined)
        }
      }
      const lane = lanes.get(item.partition) ?? []
      lanes.set(item.partition, lane)
      lane.push(item)
      gathered += 1
      if (gathered >= fullSpeedBatch * 4) {
        await flush()
        gathered = 0
      }
    }
    await flush()
    return sent
  } catch (error) {
    await flush()
    throw error
  } finally {
    await producer.close().catch(() => undefined)
  }
}

/**
 * Sends one partition's items, in as many batches as they take. After a failure the same batch is sent again: if the
 * first had arrived and only its acknowledgement was lost, the hub has it twice, as with any producer.
 */
const sendInOrder = async (
  producer: EventHubProducerClient,
  partition: number,
  items: readonly FeedItem[],
  signal: AbortSignal,
): Promise<void> => {
  let rest = items
  while (rest.length > 0) {
    try {
      const batch = await producer.createBatch({ partitionId: String(partition) })
      let taken = 0
      while (taken < rest.length && batch.tryAdd(toEvent(rest[taken]!))) taken += 1
      if (taken === 0) throw new RangeError(`Item ${rest[0]!.index} is larger than the hub takes.`)
      await producer.sendBatch(batch)
      rest = rest.slice(taken)
    } catch (error) {
      if (error instanceof RangeError || signal.aborted) throw error
      await sleep(retryMs)
    }
  }
}

const toEvent = (item: FeedItem): EventData => ({ body: Buffer.from(item.body), properties: { ...item.properties } })
