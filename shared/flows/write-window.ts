import type { WindowDocuments } from '../core/served-window.ts'
import type { ServedWindowDocuments, Serving } from '../ports/serving.ts'

/** `conflict`: somebody else has written one of the documents; those before it are stored. */
export interface WindowWrites {
  readonly kind: 'written' | 'conflict'
  readonly ru: number
}

/** Chunks that differ first, the head last: a reader who sees the head finds everything that it counts. */
export const writeChanged = async (
  serving: Serving,
  { head, chunks }: WindowDocuments,
  served: ServedWindowDocuments,
): Promise<WindowWrites> => {
  let ru = 0
  let changed = served.head === undefined
  for (const [i, chunk] of chunks.entries()) {
    const stored = served.chunks[i]
    if (stored?.value.data === chunk.data) continue
    const result = await serving.writeChunk(chunk, stored?.etag)
    ru += result.ru
    if (result.kind === 'conflict') return { kind: 'conflict', ru }
    changed = true
  }
  const before = served.head?.value
  changed ||=
    before?.totals !== head.totals ||
    before.final !== head.final ||
    before.approximate !== head.approximate ||
    before.slabs.some((count, i) => count !== head.slabs[i])
  if (!changed) return { kind: 'written', ru }
  const result = await serving.writeHead(head, served.head?.etag)
  return { kind: result.kind, ru: ru + result.ru }
}
