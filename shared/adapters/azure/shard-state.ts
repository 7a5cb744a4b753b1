import type { Container, OperationInput, OperationResponse, SqlQuerySpec } from '@azure/cosmos'
import type {
  OutboxDocument,
  Progress,
  SeenDocument,
  SlabDocument,
  StateDocument,
} from '../../contracts/state-documents.ts'
import type { CommitResult, Fenced, ShardState } from '../../ports/shard-state.ts'
import { endedWindows } from '../ended-windows.ts'
import { cosmosStatus, statusOf, translateCosmosError } from './translate-errors.ts'

/** The `state` container of Cosmos DB. All reads and writes go through one client, whose session they share. */
export const azureShardState = (container: Container): ShardState => {
  const query = async <T>(shard: string, sql: string, parameters: Readonly<Record<string, number>>): Promise<T[]> => {
    const spec: SqlQuerySpec = {
      query: sql,
      parameters: Object.entries(parameters).map(([name, value]) => ({ name: `@${name}`, value })),
    }
    const { resources } = await container.items.query<T>(spec, { partitionKey: shard, maxItemCount: -1 }).fetchAll()
    return resources
  }
  return {
    loadProgress: (shard) =>
      translated(`Reading progress of ${shard}`, () => readOne<Progress>(container, shard, 'progress')),

    loadDetails: (shard, openAfter, seenFrom) =>
      translated(`Reading the state of ${shard}`, async () => {
        const slabs = await query<SlabDocument>(shard, 'SELECT * FROM c WHERE c.windowEnd > @openAfter', { openAfter })
        const seen = await query<SeenDocument>(shard, 'SELECT * FROM c WHERE c.seenUntil >= @seenFrom', { seenFrom })
        return { slabs: byId(slabs), seen: byId(seen) }
      }),

    commit: (shard, documents, fence) =>
      translated(`Committing to ${shard}`, async () => {
        const response = await container.items.batch(operations(documents, fence), shard)
        return commitResult(shard, response.result ?? [], response.code ?? 0)
      }),

    loadWindow: (shard, rollup, windowStart, groupsPerSlab) =>
      translated(`Reading window ${windowStart} of ${shard}`, async () => {
        const slabs: SlabDocument[] = []
        let ru = 0
        for (let slab = 0; ; slab += 1) {
          const id = `w:${rollup}:${windowStart}:${slab}`
          const { resource, requestCharge } = await container.item(id, shard).read<SlabDocument>()
          ru += requestCharge
          if (resource === undefined) break
          slabs.push(resource)
          // Groups fill one slab after another: one that is not full is the last.
          if (resource.groups < groupsPerSlab) break
        }
        return { slabs, ru }
      }),

    windowsEnding: (shard, after, upTo) =>
      translated(`Looking for ended windows of ${shard}`, async () => {
        const sql =
          'SELECT c.rollup, c.windowStart, c.windowEnd, c.sequence FROM c WHERE c.windowEnd > @after AND c.windowEnd <= @upTo'
        return endedWindows(await query<SlabDocument>(shard, sql, { after, upTo }))
      }),

    outbox: (shard) =>
      translated(`Reading the outbox of ${shard}`, async () =>
        byId(await query<OutboxDocument>(shard, 'SELECT * FROM c WHERE c.outbox = @outbox', { outbox: 1 })),
      ),

    deleteOutbox: (shard, id) =>
      translated(`Deleting ${id} of ${shard}`, async () => {
        try {
          await container.item(id, shard).delete()
        } catch (error) {
          if (statusOf(error) !== 404) throw error
        }
      }),
  }
}

const operations = (documents: readonly StateDocument[], fence: string | undefined): OperationInput[] =>
  documents.map((document): OperationInput => {
    const resourceBody = document as unknown as Extract<OperationInput, { operationType: 'Create' }>['resourceBody']
    if (document.kind !== 'progress') return { operationType: 'Upsert', resourceBody }
    return fence === undefined
      ? { operationType: 'Create', resourceBody }
      : { operationType: 'Replace', id: document.id, resourceBody: resourceBody, ifMatch: fence }
  })

/** `progress` stands first: its 412, or 409 on creation, is the fence. 424 only says that another operation failed. */
const commitResult = (shard: string, results: readonly OperationResponse[], code: number): CommitResult => {
  const ru = results.reduce((sum, { requestCharge }) => sum + requestCharge, 0)
  const failed = results.find(({ statusCode }) => statusCode >= 400 && statusCode !== 424)
  const progress = results[0]
  if (failed === undefined && progress?.eTag !== undefined) return { kind: 'committed', etag: progress.eTag, ru }
  const status = failed?.statusCode ?? code
  if (failed === progress && (status === 412 || status === 409 || status === 404)) return { kind: 'fenced', ru }
  if (status === 413) return { kind: 'too-large', ru }
  const { retryAfterMilliseconds } = (failed ?? {}) as { readonly retryAfterMilliseconds?: number }
  throw cosmosStatus(status, `Committing to ${shard}`, retryAfterMilliseconds)
}

const readOne = async <T extends object>(
  container: Container,
  shard: string,
  id: string,
): Promise<Fenced<T> | undefined> => {
  const { resource, etag } = await container.item(id, shard).read<T>()
  return resource === undefined ? undefined : { value: resource, etag }
}

const byId = <T extends { readonly id: string }>(documents: readonly T[]): T[] =>
  documents.toSorted((a, b) => (a.id < b.id ? -1 : 1))

const translated = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    // 413 for the whole request: the batch never was.
    if (statusOf(error) === 413 && doing.startsWith('Committing')) return { kind: 'too-large', ru: 0 } as T
    throw translateCosmosError(error, doing)
  }
}
