import type {
  ChunkDocument,
  FrontierDocument,
  HeadDocument,
  ServingDocument,
} from '../../contracts/serving-documents.ts'
import type { Serving } from '../../ports/serving.ts'
import type { Fenced } from '../../ports/shard-state.ts'
import { noFaults, underFault, type Faults } from './faults.ts'

export const memoryServing = (options: { readonly faults?: Faults } = {}): Serving => {
  const { faults = noFaults } = options
  const stored = new Map<string, { json: string; etag: string }>()
  let writes = 0
  const read = <T extends ServingDocument>(series: string, id: string): Fenced<T> | undefined => {
    const found = stored.get(`${series}/${id}`)
    return found === undefined ? undefined : { value: JSON.parse(found.json) as T, etag: found.etag }
  }
  const write = (document: ServingDocument, etag: string | undefined) => {
    const key = `${document.series}/${document.id}`
    if (stored.get(key)?.etag !== etag) return { kind: 'conflict', ru: 1 } as const
    writes += 1
    stored.set(key, { json: JSON.stringify(document), etag: String(writes) })
    return { kind: 'written', etag: String(writes), ru: 10 } as const
  }
  return {
    readWindow: (series, windowStart, chunks) =>
      underFault(faults, 'serving.readWindow', () => ({
        head: read<HeadDocument>(series.name, `${windowStart}:head`),
        chunks: Array.from({ length: chunks }, (_, i) => read<ChunkDocument>(series.name, `${windowStart}:${i}`)),
        ru: chunks + 1,
      })),
    writeChunk: (chunk, etag) => underFault(faults, 'serving.writeChunk', () => write(chunk, etag)),
    writeHead: (head, etag) => underFault(faults, 'serving.writeHead', () => write(head, etag)),
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
    writeFrontier: (frontier, etag) => underFault(faults, 'serving.writeFrontier', () => write(frontier, etag)),
  }
}
