import type { Container, OperationInput, SqlQuerySpec } from '@azure/cosmos'
import {
  windowDay,
  windowDays,
  type ChunkDocument,
  type FrontierDocument,
  type HeadDocument,
} from '../../contracts/serving-documents.ts'
import { InvariantError } from '../../errors.ts'
import type { FrontierResult, ServedWindowDocuments, Serving, ServingWrite, WriteResult } from '../../ports/serving.ts'
import type { Fenced } from '../../ports/shard-state.ts'
import { failedOperation } from './failed-operation.ts'
import { leastForQuery, queryItems, readItem, readItems } from './read-item.ts'
import { chargeOf, cosmosStatus, statusOf, translated } from './translate-errors.ts'

/** The `serving` container of Cosmos DB, partitioned by series and day. */
export const azureServing = (container: Container): Serving => ({
  readWindows: (series, windowStarts, chunks) =>
    translated(`Reading windows of ${series.name}`, async () => {
      const found = new Map<string, Fenced<HeadDocument | ChunkDocument>>()
      let ru = 0
      for (const [day, starts] of Map.groupBy(windowStarts, (start) => windowDay(start, series.everyMs))) {
        const read = await readDay(container, [series.name, day], starts, chunks)
        ru += read.ru
        for (const document of read.documents) found.set(document.value.id, document)
      }
      return { windows: windowStarts.map((start) => windowOf(found, start, chunks)), ru }
    }),

  write: (writes) => write(container, writes),

  readRange: (series, from, to, chunks) =>
    translated(`Reading windows of ${series.name}`, async () => {
      const heads: HeadDocument[] = []
      const found: ChunkDocument[] = []
      let ru = 0
      for (const day of windowDays(from, to, series.everyMs)) {
        const { resources, requestCharge } = await container.items
          .query<HeadDocument | ChunkDocument>(rangeQuery(from, to, chunks), {
            partitionKey: [series.name, day],
            maxItemCount: -1,
          })
          .fetchAll()
        ru += requestCharge
        for (const document of resources) {
          if (document.kind === 'head') heads.push(document)
          else found.push(document)
        }
      }
      return { heads: heads.sort(byStartThenId), chunks: found.sort(byStartThenId), ru }
    }),

  readFrontier: (series) =>
    translated(
      `Reading the frontier of ${series}`,
      async () => (await readItem<FrontierDocument>(container, 'frontier', [series, '-'])).document,
    ),

  writeFrontier: (frontier, etag) => writeFrontier(container, frontier, etag),
})

type Placed = Pick<HeadDocument, 'id' | 'windowStart'>

const byStartThenId = (a: Placed, b: Placed): number => a.windowStart - b.windowStart || (a.id < b.id ? -1 : 1)

const rangeQuery = (from: number, to: number, chunks: readonly number[] | undefined): SqlQuerySpec => {
  const range = 'SELECT * FROM c WHERE c.windowStart >= @from AND c.windowStart < @to'
  const bounds = [
    { name: '@from', value: from },
    { name: '@to', value: to },
  ]
  if (chunks === undefined) return { query: range, parameters: bounds }
  return {
    query: `${range} AND (c.kind = 'head' OR ARRAY_CONTAINS(@chunks, c.chunk))`,
    parameters: [...bounds, { name: '@chunks', value: [...chunks] }],
  }
}

/** Also chunks without a head: of an attempt that ended before it. */
const readDay = async (
  container: Container,
  partitionKey: string[],
  starts: readonly number[],
  chunks: number,
): Promise<{ readonly documents: Iterable<Fenced<HeadDocument | ChunkDocument>>; readonly ru: number }> => {
  if (starts.length * (1 + chunks) >= leastForQuery) {
    return queryItems<HeadDocument | ChunkDocument>(container, 'windowStart', starts, partitionKey)
  }
  const ids = starts.flatMap((start) => [`${start}:head`, ...Array.from({ length: chunks }, (_, i) => `${start}:${i}`)])
  const { documents, ru } = await readItems<HeadDocument | ChunkDocument>(container, ids, partitionKey)
  return { documents: documents.values(), ru }
}

const windowOf = (
  found: ReadonlyMap<string, Fenced<HeadDocument | ChunkDocument>>,
  start: number,
  chunks: number,
): ServedWindowDocuments => ({
  head: found.get(`${start}:head`) as Fenced<HeadDocument> | undefined,
  chunks: Array.from({ length: chunks }, (_, i) => found.get(`${start}:${i}`) as Fenced<ChunkDocument> | undefined),
})

/** One transactional batch. */
const write = (container: Container, writes: readonly ServingWrite[]): Promise<WriteResult> => {
  const { id, series, day } = writes[0]!.document
  const doing = `Writing ${writes.length} documents of ${series} from ${id} on`
  return translated(doing, async () => {
    const batch = container.items.batch(writes.map(operation), [series, day], { contentResponseOnWriteEnabled: false })
    const { result = [], code = 0 } = await batch.catch((error: unknown) => {
      // 413 for the whole request: the batch never was.
      throw statusOf(error) === 413 ? tooLarge(writes) : error
    })
    const ru = result.reduce((sum, { requestCharge }) => sum + requestCharge, 0)
    const failed = failedOperation(result)
    if (failed === undefined && result.length === writes.length) return { kind: 'written', ru }
    const status = failed?.statusCode ?? code
    if (isConflict(status)) return { kind: 'conflict', ru }
    if (status === 413) throw tooLarge(writes)
    throw cosmosStatus(status, doing, failed?.retryAfterMilliseconds)
  })
}

const operation = ({ document, etag }: ServingWrite): OperationInput => {
  const resourceBody = document as unknown as Extract<OperationInput, { operationType: 'Create' }>['resourceBody']
  return etag === undefined
    ? { operationType: 'Create', resourceBody }
    : { operationType: 'Replace', id: document.id, resourceBody, ifMatch: etag }
}

const writeFrontier = (
  container: Container,
  frontier: FrontierDocument,
  etag: string | undefined,
): Promise<FrontierResult> =>
  translated(`Writing the frontier of ${frontier.series}`, async () => {
    try {
      const { requestCharge, etag: written } =
        etag === undefined
          ? await container.items.create(frontier)
          : await container
              .item(frontier.id, [frontier.series, frontier.day])
              .replace(frontier, { accessCondition: { type: 'IfMatch', condition: etag } })
      return { kind: 'written', etag: written, ru: requestCharge }
    } catch (error) {
      if (isConflict(statusOf(error))) return { kind: 'conflict', ru: chargeOf(error) }
      throw error
    }
  })

/** 404: the document that we would replace has expired meanwhile. */
const isConflict = (status: number | undefined): boolean => status === 409 || status === 412 || status === 404

const tooLarge = (writes: readonly ServingWrite[]): InvariantError => {
  const { id, series } = writes[0]!.document
  const what =
    writes.length === 1
      ? `Document ${id} of ${series} is larger than Cosmos DB takes and was not stored: the window stays as it was served.`
      : `${writes.length} documents of ${series} are larger than a batch of Cosmos DB and were not stored: their windows stay as they were served.`
  return new InvariantError(`${what} Lower maxGroups or the metrics of the rollup in its next version.`)
}
