import type {
  ChunkDocument,
  FrontierDocument,
  HeadDocument,
  ServingDocument,
} from '../../contracts/serving-documents.ts'
import { InvariantError, TerminalError } from '../../errors.ts'
import { mostWrites, type Serving, type ServingWrite, type WriteResult } from '../../ports/serving.ts'
import type { Fenced } from '../../ports/shard-state.ts'
import { noFaults, underFault, type Faults } from './faults.ts'

/** Of a transactional batch: Azure Cosmos DB service quotas. */
const maxBatchBytes = 2 * 1_024 * 1_024

export const memoryServing = (options: { readonly faults?: Faults } = {}): Serving => {
  const { faults = noFaults } = options
  const stored = new Map<string, { json: string; etag: string }>()
  let writes = 0
  const keyOf = ({ series, id }: Pick<ServingDocument, 'series' | 'id'>): string => `${series}/${id}`
  const read = <T extends ServingDocument>(series: string, id: string): Fenced<T> | undefined => {
    const found = stored.get(keyOf({ series, id }))
    return found === undefined ? undefined : { value: JSON.parse(found.json) as T, etag: found.etag }
  }
  const store = (document: ServingDocument): string => {
    writes += 1
    stored.set(keyOf(document), { json: JSON.stringify(document), etag: String(writes) })
    return String(writes)
  }
  const isPresent = (document: ServingDocument, etag: string | undefined): boolean =>
    stored.get(keyOf(document))?.etag === etag
  const write = (batch: readonly ServingWrite[]): WriteResult => {
    assertOneBatch(batch)
    if (!batch.every(({ document, etag }) => isPresent(document, etag))) return { kind: 'conflict', ru: 1 }
    for (const { document } of batch) store(document)
    return { kind: 'written', ru: 10 * batch.length }
  }
  return {
    readWindows: (series, windowStarts, chunks) =>
      underFault(faults, 'serving.readWindows', () => ({
        windows: windowStarts.map((start) => ({
          head: read<HeadDocument>(series.name, `${start}:head`),
          chunks: Array.from({ length: chunks }, (_, i) => read<ChunkDocument>(series.name, `${start}:${i}`)),
        })),
        ru: windowStarts.length * (chunks + 1),
      })),
    write: (batch) => underFault(faults, 'serving.write', () => write(batch)),
    readRange: (series, from, to, chunks) =>
      underFault(faults, 'serving.readRange', () => {
        const documents = [...stored.values()]
          .map(({ json }) => JSON.parse(json) as ServingDocument)
          .filter((document) => document.kind !== 'frontier')
          .filter((document) => document.series === series.name)
          .filter(({ windowStart }) => windowStart >= from && windowStart < to)
          .sort((a, b) => a.windowStart - b.windowStart || (a.id < b.id ? -1 : 1))
        return {
          heads: documents.filter((document) => document.kind === 'head'),
          chunks: documents
            .filter((document) => document.kind === 'chunk')
            .filter(({ chunk }) => chunks === undefined || chunks.includes(chunk)),
          ru: documents.length,
        }
      }),
    readFrontier: (series) =>
      underFault(faults, 'serving.readFrontier', () => read<FrontierDocument>(series, 'frontier')),
    writeFrontier: (frontier, etag) =>
      underFault(faults, 'serving.writeFrontier', () =>
        isPresent(frontier, etag) ? { kind: 'written', etag: store(frontier), ru: 10 } : { kind: 'conflict', ru: 1 },
      ),
  }
}

const assertOneBatch = (batch: readonly ServingWrite[]): void => {
  const [first] = batch
  if (first === undefined || batch.length > mostWrites)
    throw new TerminalError(`A write holds 1 to ${mostWrites} documents, got ${batch.length}.`)
  const { series, day } = first.document
  if (batch.some(({ document }) => document.series !== series || document.day !== day))
    throw new TerminalError(`A write for ${day} of ${series} holds a document of another day or series.`)
  const size = batch.reduce((sum, { document }) => sum + Buffer.byteLength(JSON.stringify(document)), 0)
  if (size > maxBatchBytes)
    throw new InvariantError(`${batch.length} documents of ${series} are too large for a write.`)
}
