import type { Container, OperationInput, OperationResponse, SqlQuerySpec } from '@azure/cosmos'
import type {
  DirtyHourDocument,
  MarkDocument,
  OutboxDocument,
  Progress,
  SeenDocument,
  SlabDocument,
  StateDocument,
} from '../../contracts/state-documents.ts'
import type { CommitResult, ShardState, SlabsOfWindows, WindowToLoad } from '../../ports/shard-state.ts'
import { endedWindows } from '../ended-windows.ts'
import { failedOperation } from './failed-operation.ts'
import { readItem, readItems } from './read-item.ts'
import { chargeOf, cosmosStatus, statusOf, translateCosmosError, translated } from './translate-errors.ts'

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
  /** Those at which `by` has this value, in order. */
  const marksAt = async (shard: string, by: string, value: number): Promise<MarkDocument[]> =>
    byId(await query<MarkDocument>(shard, `SELECT * FROM c WHERE c.at.${by} = @value`, { value }))
  return {
    loadProgress: (shard) =>
      translated(
        `Reading progress of ${shard}`,
        async () => (await readItem<Progress>(container, 'progress', shard)).document,
      ),

    loadDetails: (shard, openAfter, seenFrom) =>
      translated(`Reading the state of ${shard}`, async () => {
        const slabs = await query<SlabDocument>(shard, 'SELECT * FROM c WHERE c.windowEnd > @openAfter', { openAfter })
        const seen = await query<SeenDocument>(shard, 'SELECT * FROM c WHERE c.seenUntil >= @seenFrom', { seenFrom })
        const dirty = await query<DirtyHourDocument>(shard, 'SELECT * FROM c WHERE c.dirtyHour >= @from', { from: 0 })
        return { slabs: byId(slabs), seen: byId(seen), dirty: byId(dirty) }
      }),

    commit: async (shard, documents, fence) => {
      const doing = `Committing to ${shard}`
      try {
        const { result = [], code = 0 } = await container.items.batch(operations(documents, fence), shard)
        return commitResult(doing, result, code)
      } catch (error) {
        // 413 for the whole request: the batch never was.
        if (statusOf(error) === 413) return { kind: 'too-large', ru: chargeOf(error) }
        throw translateCosmosError(error, doing)
      }
    },

    loadWindow: (shard, rollup, windowStart, groupsPerSlab) =>
      translated(`Reading window ${windowStart} of ${shard}`, async () => {
        const { windows, ru } = await loadSlabs(container, shard, [{ rollup, windowStart, groupsPerSlab }])
        return { slabs: windows[0]!, ru }
      }),

    loadWindows: (shard, windows) =>
      translated(`Reading ${windows.length} windows of ${shard}`, () => loadSlabs(container, shard, windows)),

    windowsEnding: (shard, after, upTo) =>
      translated(`Looking for ended windows of ${shard}`, async () => {
        const sql =
          'SELECT c.rollup, c.windowStart, c.windowEnd, c.sequence FROM c WHERE c.windowEnd > @after AND c.windowEnd <= @upTo'
        return endedWindows(await query<SlabDocument>(shard, sql, { after, upTo }))
      }),

    lastMark: (shard, by, atMost) =>
      translated(`Looking for a mark of ${shard}`, async () => {
        const sql = `SELECT VALUE MAX(c.at.${by}) FROM c WHERE c.at.${by} <= @atMost`
        const value = extreme(Math.max, await query<number | undefined>(shard, sql, { atMost }))
        return value === undefined ? undefined : (await marksAt(shard, by, value)).at(-1)
      }),

    firstMark: (shard, by, atLeast) =>
      translated(`Looking for a mark of ${shard}`, async () => {
        const sql = `SELECT VALUE MIN(c.at.${by}) FROM c WHERE c.at.${by} >= @atLeast`
        const value = extreme(Math.min, await query<number | undefined>(shard, sql, { atLeast }))
        return value === undefined ? undefined : (await marksAt(shard, by, value))[0]
      }),

    marks: (shard, from, to) =>
      translated(`Reading marks of ${shard}`, async () => {
        const sql = 'SELECT * FROM c WHERE c.at.sequence >= @from AND c.at.sequence <= @to'
        return byId(await query<MarkDocument>(shard, sql, { from, to }))
      }),

    dirtyHours: (shard, from, to) =>
      translated(`Reading dirty hours of ${shard}`, async () => {
        const sql = 'SELECT * FROM c WHERE c.dirtyHour >= @from AND c.dirtyHour < @to'
        return (await query<DirtyHourDocument>(shard, sql, { from, to })).sort((a, b) => a.dirtyHour - b.dirtyHour)
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

/** Of a query's pages each may answer its own; one over nothing may answer nothing. */
const extreme = (
  choose: (...values: number[]) => number,
  answers: readonly (number | undefined)[],
): number | undefined => {
  const values = answers.filter((value) => typeof value === 'number')
  return values.length === 0 ? undefined : choose(...values)
}

/** The first slabs of all windows, then the second ones of those that go on, and so forth. */
const loadSlabs = async (
  container: Container,
  shard: string,
  windows: readonly WindowToLoad[],
): Promise<SlabsOfWindows> => {
  const slabs = windows.map((): SlabDocument[] => [])
  let going = windows.map((window, place) => ({ ...window, place }))
  let ru = 0
  for (let slab = 0; going.length > 0; slab += 1) {
    const idOf = ({ rollup, windowStart }: WindowToLoad): string => `w:${rollup}:${windowStart}:${slab}`
    const read = await readItems<SlabDocument>(container, going.map(idOf), shard)
    ru += read.ru
    going = going.filter((window) => {
      const found = read.documents.get(idOf(window))?.value
      if (found === undefined) return false
      slabs[window.place]!.push(found)
      // Groups fill one slab after another: one that is not full is the last.
      return found.groups >= window.groupsPerSlab
    })
  }
  return { windows: slabs, ru }
}

const operations = (documents: readonly StateDocument[], fence: string | undefined): OperationInput[] =>
  documents.map((document): OperationInput => {
    const resourceBody = document as unknown as Extract<OperationInput, { operationType: 'Create' }>['resourceBody']
    if (document.kind !== 'progress') return { operationType: 'Upsert', resourceBody }
    return fence === undefined
      ? { operationType: 'Create', resourceBody }
      : { operationType: 'Replace', id: document.id, resourceBody: resourceBody, ifMatch: fence }
  })

/** `progress` stands first: its 412, or 409 on creation, is the fence. */
const commitResult = (doing: string, results: readonly OperationResponse[], code: number): CommitResult => {
  const ru = results.reduce((sum, { requestCharge }) => sum + requestCharge, 0)
  const failed = failedOperation(results)
  const progress = results[0]
  if (failed === undefined && progress?.eTag !== undefined) return { kind: 'committed', etag: progress.eTag, ru }
  const status = failed?.statusCode ?? code
  if (failed === progress && (status === 412 || status === 409 || status === 404)) return { kind: 'fenced', ru }
  if (status === 413) return { kind: 'too-large', ru }
  throw cosmosStatus(status, doing, failed?.retryAfterMilliseconds)
}

const byId = <T extends { readonly id: string }>(documents: readonly T[]): T[] =>
  documents.toSorted((a, b) => (a.id < b.id ? -1 : 1))
