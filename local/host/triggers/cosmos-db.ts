/** Cosmos DB triggers: the change feed of a container, with its position kept in a lease that one host holds at a time. */
import { randomUUID } from 'node:crypto'
import { ChangeFeedStartFrom, CosmosClient, type Container } from '@azure/cosmos'
import type { InvocationResult } from '../invoke.ts'
import { withRetries } from '../retry.ts'
import { connectionString, resolveText } from '../settings.ts'
import { FeedLease } from './feed-lease.ts'
import type { Listener, ListenerContext } from './trigger.ts'

const defaultPollMs = 5_000
const failureWaitMs = 1_000
const othersLeaseWaitMs = 2_000

export const listenToCosmosDb = (context: ListenerContext): Listener => {
  const { fn, settings, hostJson, log } = context
  const { trigger } = fn
  const where = `Function ${fn.name}, ${trigger.type}`
  const text = (name: string, otherwise?: string): string => {
    const value = trigger[name] ?? otherwise
    if (typeof value !== 'string') throw new Error(`${where}: ${name}: expected a text.`)
    return resolveText(value, settings, where)
  }
  const client = new CosmosClient(connectionString(trigger['connection'], settings, where))
  const database = text('databaseName')
  const feed = client.database(database).container(text('containerName'))
  const leases = client.database(text('leaseDatabaseName', database)).container(text('leaseContainerName', 'leases'))
  const leaseId = `${text('leaseContainerPrefix', '')}${database}.${text('containerName')}..0`
  const pollMs = Number(trigger['feedPollDelay'] ?? defaultPollMs)
  const pageSize = Number(trigger['maxItemsPerInvocation'] ?? 100)
  const owner = randomUUID()
  const stopping = new AbortController()

  const poll = async (): Promise<void> => {
    const lease = await FeedLease.acquire(leases, leaseId, owner)
    if (lease === undefined) return pause(othersLeaseWaitMs, stopping.signal)
    try {
      await follow(lease, AbortSignal.any([stopping.signal, lease.lost]))
      await lease.release()
    } finally {
      lease.abandon()
    }
  }

  /** Hands page after page to the function, until the signal says to end. */
  const follow = async (lease: FeedLease, signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      const page = await readPage(feed, lease.continuation, pageSize, trigger['startFromBeginning'] === true)
      if (page.documents.length === 0) {
        // Also a feed read "from now" has a position, from the first look on.
        if (page.continuation !== lease.continuation) await lease.move(page.continuation)
        await pause(pollMs, signal)
        continue
      }
      const result = await withRetries(fn.retry ?? hostJson.retry, { signal, random: Math.random }, (retry) =>
        context.invoke({ data: { json: JSON.stringify(page.documents) }, ...(retry === undefined ? {} : { retry }) }),
      )
      if (result.kind === 'success') await lease.move(page.continuation)
      // The position stays: what failed is delivered again.
      else await pause(failureWaitMs, signal)
    }
  }

  const running = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await poll()
      } catch (error) {
        log(
          'warning',
          `${fn.name} cannot read its change feed yet: ${error instanceof Error ? error.message : String(error)}`,
        )
        await pause(failureWaitMs, stopping.signal)
      }
    }
  })()

  return {
    run: (input): Promise<InvocationResult> =>
      context.invoke({ data: { json: input === undefined || input === '' ? '[]' : input } }),
    stop: async () => {
      stopping.abort()
      await running
      client.dispose()
    },
  }
}

const readPage = async (
  feed: Container,
  continuation: string | undefined,
  maxItemCount: number,
  fromBeginning: boolean,
): Promise<{ documents: readonly unknown[]; continuation: string }> => {
  const changeFeedStartFrom =
    continuation !== undefined
      ? ChangeFeedStartFrom.Continuation(continuation)
      : fromBeginning
        ? ChangeFeedStartFrom.Beginning()
        : ChangeFeedStartFrom.Now()
  const response = await feed.items.getChangeFeedIterator<unknown>({ maxItemCount, changeFeedStartFrom }).readNext()
  return { documents: response.statusCode === 304 ? [] : response.result, continuation: response.continuationToken }
}

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, signal.aborted ? 0 : milliseconds)
    function done(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
  })
