/** Cosmos DB triggers: the change feed of a container, with its position kept in a lease that one host holds at a time. */
import { randomUUID } from 'node:crypto'
import { ChangeFeedStartFrom, CosmosClient, type ChangeFeedIteratorOptions, type Container } from '@azure/cosmos'
import { pause } from '../pause.ts'
import { withRetries } from '../retry.ts'
import { connectionString } from '../settings.ts'
import { Ending } from './ending.ts'
import { FeedLease } from './feed-lease.ts'
import { messageOf, type Listener, type ListenerContext } from './trigger.ts'

const defaultPollMs = 5_000
/** That of the change feed processor. */
const defaultPageSize = 100
const failureWaitMs = 1_000
const othersLeaseWaitMs = 2_000

type FeedStart = NonNullable<ChangeFeedIteratorOptions['changeFeedStartFrom']>

export const listenToCosmosDb = (context: ListenerContext): Listener => {
  const { fn, settings, hostJson, log } = context
  const { trigger } = fn
  const where = `Function ${fn.name}, ${trigger.type}`
  const text = (name: string, otherwise?: string): string => {
    const value = trigger[name] ?? otherwise
    if (typeof value !== 'string') throw new Error(`${where}: ${name}: expected a text.`)
    return value
  }
  const number = (name: string, otherwise: number): number => {
    const value = trigger[name] ?? otherwise
    if (Number.isInteger(value) && (value as number) > 0) return value as number
    throw new Error(`${where}: ${name}: expected a whole number above 0.`)
  }
  const client = new CosmosClient(connectionString(trigger['connection'], settings, where))
  const database = text('databaseName')
  const containerName = text('containerName')
  const feed = client.database(database).container(containerName)
  const leaseDatabase = client.database(text('leaseDatabaseName', database))
  const leaseContainerName = text('leaseContainerName', 'leases')
  const leaseId = `${text('leaseContainerPrefix', '')}${database}.${containerName}..0`
  const pollMs = number('feedPollDelay', defaultPollMs)
  const pageSize = number('maxItemsPerInvocation', defaultPageSize)
  const start = feedStart(context, where)
  const owner = randomUUID()
  const ending = new Ending()

  const poll = async (): Promise<void> => {
    if (trigger['createLeaseContainerIfNotExists'] === true) {
      await leaseDatabase.containers.createIfNotExists({ id: leaseContainerName, partitionKey: { paths: ['/id'] } })
    }
    const lease = await FeedLease.acquire(leaseDatabase.container(leaseContainerName), leaseId, owner)
    if (lease === undefined) return pause(othersLeaseWaitMs, ending.begun)
    try {
      await follow(lease)
      await lease.release()
    } finally {
      lease.abandon()
    }
  }

  /** Hands page after page to the function, until it is time to end or the lease is somebody else's. */
  const follow = async (lease: FeedLease): Promise<void> => {
    const signal = AbortSignal.any([ending.stopped, lease.lost])
    const isOver = AbortSignal.any([ending.begun, lease.lost])
    while (!isOver.aborted) {
      const page = await readPage(feed, lease.continuation, pageSize, start)
      if (page.documents.length === 0) {
        // Also a feed read "from now" has a position, from the first look on.
        if (page.continuation !== lease.continuation) await lease.move(page.continuation)
        await pause(pollMs, isOver)
        continue
      }
      const result = await withRetries(fn.retry ?? hostJson.retry, { signal, random: Math.random }, (retry) =>
        context.invoke({ data: { json: JSON.stringify(page.documents) }, ...(retry === undefined ? {} : { retry }) }),
      )
      // After success and after failure alike: the extension moves on, and only a retry policy saves what failed.
      if (result.kind !== 'aborted' && !signal.aborted) await lease.move(page.continuation)
    }
  }

  const running = (async () => {
    while (!ending.begun.aborted) {
      try {
        await poll()
      } catch (error) {
        log('warning', `${fn.name} cannot read its change feed yet: ${messageOf(error)}`)
        await pause(failureWaitMs, ending.begun)
      }
    }
    client.dispose()
  })()

  return {
    run: (input) => context.invoke({ data: { json: input === undefined || input === '' ? '[]' : input } }),
    ...ending.waysOut(() => running),
  }
}

/** Where a feed starts that has no lease yet. */
const feedStart = ({ fn: { trigger } }: ListenerContext, where: string): FeedStart => {
  const { startFromBeginning, startFromTime } = trigger
  if (startFromTime === undefined || startFromTime === '') {
    return startFromBeginning === true ? ChangeFeedStartFrom.Beginning() : ChangeFeedStartFrom.Now()
  }
  if (startFromBeginning === true)
    throw new Error(`${where}: startFromBeginning, startFromTime: expected only one of them.`)
  const time = new Date(String(startFromTime))
  if (Number.isNaN(time.getTime())) {
    throw new Error(`${where}: startFromTime: expected a date with time such as 2026-01-31T12:00:00Z.`)
  }
  return ChangeFeedStartFrom.Time(time)
}

const readPage = async (
  feed: Container,
  continuation: string | undefined,
  maxItemCount: number,
  start: FeedStart,
): Promise<{ documents: readonly unknown[]; continuation: string }> => {
  const changeFeedStartFrom = continuation === undefined ? start : ChangeFeedStartFrom.Continuation(continuation)
  const response = await feed.items.getChangeFeedIterator<unknown>({ maxItemCount, changeFeedStartFrom }).readNext()
  return { documents: response.statusCode === 304 ? [] : response.result, continuation: response.continuationToken }
}
