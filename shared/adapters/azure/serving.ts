import type { Container, SqlQuerySpec } from '@azure/cosmos'
import {
  windowDay,
  windowDays,
  type ChunkDocument,
  type FrontierDocument,
  type HeadDocument,
  type ServingDocument,
} from '../../contracts/serving-documents.ts'
import { InvariantError } from '../../errors.ts'
import type { Serving, WriteResult } from '../../ports/serving.ts'
import { readItem } from './read-item.ts'
import { chargeOf, statusOf, translated } from './translate-errors.ts'

/** The `serving` container of Cosmos DB, partitioned by series and day. */
export const azureServing = (container: Container): Serving => {
  const read = <T extends ServingDocument>(series: string, day: string, id: string) =>
    readItem<T>(container, id, [series, day])
  return {
    readWindow: (series, windowStart, chunks) =>
      translated(`Reading window ${windowStart} of ${series.name}`, async () => {
        const day = windowDay(windowStart, series.everyMs)
        const head = await read<HeadDocument>(series.name, day, `${windowStart}:head`)
        // No head: nothing was finished here; chunks of an attempt that ended before its head may still be there.
        const parts = await Promise.all(
          Array.from({ length: chunks }, (_, i) => read<ChunkDocument>(series.name, day, `${windowStart}:${i}`)),
        )
        return {
          head: head.document,
          chunks: parts.map(({ document }) => document),
          ru: parts.reduce((sum, { ru }) => sum + ru, head.ru),
        }
      }),

    writeChunk: (chunk, etag) => write(container, chunk, etag),
    writeHead: (head, etag) => write(container, head, etag),

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
        async () => (await read<FrontierDocument>(series, '-', 'frontier')).document,
      ),

    writeFrontier: (frontier, etag) => write(container, frontier, etag),
  }
}

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

const write = (container: Container, document: ServingDocument, etag: string | undefined): Promise<WriteResult> =>
  translated(`Writing ${document.id} of ${document.series}`, async () => {
    try {
      const { requestCharge, etag: written } =
        etag === undefined
          ? await container.items.create(document)
          : await container
              .item(document.id, [document.series, document.day])
              .replace(document, { accessCondition: { type: 'IfMatch', condition: etag } })
      return { kind: 'written', etag: written, ru: requestCharge }
    } catch (error) {
      // 404: the document that we would replace has expired meanwhile.
      const status = statusOf(error)
      if (status === 409 || status === 412 || status === 404) return { kind: 'conflict', ru: chargeOf(error) }
      if (status === 413) throw tooLarge(document)
      throw error
    }
  })

const tooLarge = ({ id, series }: ServingDocument): InvariantError =>
  new InvariantError(
    `Document ${id} of ${series} is larger than Cosmos DB takes and was not stored: the window stays as it was served. ` +
      'Lower maxGroups or the metrics of the rollup in its next version.',
  )
