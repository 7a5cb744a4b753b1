/** Cosmos DB triggers: the change feed of a container, with its position kept in a lease that one host holds at a time. */
import { randomUUID } from 'node:crypto'
import { ChangeFeedStartFrom, CosmosClient, type Container } from '@azure/cosmos'
import type { InvocationResult } from '../invoke.ts'
import { withRetries } from '../retry.ts'
import { connectionString, resolveText } from '../settings.ts'
import type { Listener, ListenerContext } from './trigger.ts'

interface Lease {
  readonly id: string
  readonly owner: string
  /** Epoch ms: until then nobody else may take it. */
  readonly heldUntil: number
  readonly continuation: string | undefined
}

const leaseMs = 6_000
const renewBeforeMs = 3_000
const defaultPollMs = 5_000
const failureWaitMs = 1_000

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
    let held = await acquire(leases, leaseId, owner)
    while (held !== undefined && !stopping.signal.aborted) {
      const page = await readPage(feed, held.lease.continuation, pageSize, trigger['startFromBeginning'] === true)
      if (page.documents.length === 0) {
        if (held.lease.heldUntil - Date.now() < renewBeforeMs) held = await renew(leases, held, held.lease.continuation)
        await pause(pollMs, stopping.signal)
        continue
      }
      const result = await withRetries(fn.retry ?? hostJson.retry, { signal: stopping.signal, random: Math.random }, (retry) =>
        context.invoke({ data: { json: JSON.stringify(page.documents) }, ...(retry === undefined ? {} : { retry }) }),
      )
      if (result.kind === 'success') held = await renew(leases, held, page.continuation)
      // The position stays: what failed is delivered again.
      else await pause(failureWaitMs, stopping.signal)
    }
    if (held !== undefined) await release(leases, held)
    else await pause(renewBeforeMs, stopping.signal)
  }

  const running = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await poll()
      } catch (error) {
        log('warning', `${fn.name} cannot read its change feed yet: ${error instanceof Error ? error.message : String(error)}`)
        await pause(failureWaitMs, stopping.signal)
      }
    }
  })()

  return {
    run: (input): Promise<InvocationResult> => context.invoke({ data: { json: input === undefined || input === '' ? '[]' : input } }),
    stop: async () => {
      stopping.abort()
      await running
      client.dispose()
    },
  }
}

interface Held {
  readonly lease: Lease
  readonly etag: string
}

/** Takes the lease if nobody holds it; undefined where somebody does. */
const acquire = async (leases: Container, id: string, owner: string): Promise<Held | undefined> => {
  const { resource, etag } = await leases.item(id, id).read<Lease>()
  const lease: Lease = { id, owner, heldUntil: Date.now() + leaseMs, continuation: resource?.continuation }
  if (resource === undefined) return attempt(() => leases.items.create(lease), lease)
  if (resource.owner !== owner && resource.heldUntil > Date.now()) return undefined
  return attempt(() => leases.item(id, id).replace(lease, match(etag)), lease)
}

/** Undefined where somebody else has taken it meanwhile: what was done since is done again there. */
const renew = (leases: Container, { lease, etag }: Held, continuation: string | undefined): Promise<Held | undefined> => {
  const renewed: Lease = { ...lease, heldUntil: Date.now() + leaseMs, continuation }
  return attempt(() => leases.item(lease.id, lease.id).replace(renewed, match(etag)), renewed)
}

const release = async (leases: Container, { lease, etag }: Held): Promise<void> => {
  const released: Lease = { ...lease, heldUntil: 0 }
  await attempt(() => leases.item(lease.id, lease.id).replace(released, match(etag)), released)
}

const match = (etag: string) => ({ accessCondition: { type: 'IfMatch', condition: etag } })

const attempt = async (write: () => Promise<{ readonly etag: string }>, lease: Lease): Promise<Held | undefined> => {
  try {
    return { lease, etag: (await write()).etag }
  } catch (error) {
    const { code } = error as { code?: number }
    if (code === 409 || code === 412) return undefined
    throw error
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
