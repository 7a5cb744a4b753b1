/**
 * Writes windows as they were computed, many at once: those of one series and day that fit into one batch are stored together.
 *
 *   batch    │ chunks, head │ chunks, head │ head │ …        windows that share one
 *   batches  │ chunks …  │ chunks …  │ chunks, head │        a window too large for one
 */
import { noGroups } from '../core/group-codec.ts'
import type { WindowDocuments } from '../core/served-window.ts'
import { InvariantError } from '../errors.ts'
import { mostWrites, type ServedWindowDocuments, type Serving, type ServingWrite } from '../ports/serving.ts'
import { mapInOrder } from './map-in-order.ts'

export interface WindowToWrite {
  readonly documents: WindowDocuments
  /** What was there before it was computed. */
  readonly served: ServedWindowDocuments
}

/**
 * `stands`: as computed. `conflict`: somebody else has written it or one that shared its batch, so that it has to be computed anew.
 * An error: no attempt can store it, and it stays as it was served.
 */
export type WindowOutcome = 'stands' | 'conflict' | InvariantError

export interface WindowWrites {
  /** In the order of the windows. */
  readonly outcomes: readonly WindowOutcome[]
  readonly ru: number
}

/** JSON of one batch, with room below the 2 MB of a request for what each operation adds. */
const batchBytes = 1_800_000
const concurrency = 8

/** `apart`: no two windows in one batch, so that those that somebody else writes, too, hold no other up. */
export const writeWindows = async (
  serving: Serving,
  windows: readonly WindowToWrite[],
  { apart }: { readonly apart: boolean },
): Promise<WindowWrites> => {
  const outcomes = windows.map((): WindowOutcome => 'stands')
  const sharings = shareBatches(windows.map(changes), apart)
  const ru = await mapInOrder(sharings, concurrency, async (sharing) => {
    const written = await writeInTurn(serving, sharing)
    for (const window of sharing.windows) outcomes[window] = written.outcome
    return written.ru
  })
  return { outcomes, ru: ru.reduce((sum, charge) => sum + charge, 0) }
}

/** Chunks that differ first, the head last: a reader who sees the head finds everything that it counts. */
const changes = ({ documents: { head, chunks }, served }: WindowToWrite): ServingWrite[] => {
  const writes: ServingWrite[] = []
  for (const [i, chunk] of chunks.entries()) {
    const stored = served.chunks[i]
    if ((stored?.value.data ?? noGroups) !== chunk.data) writes.push({ document: chunk, etag: stored?.etag })
  }
  const before = served.head?.value
  const isChanged =
    writes.length > 0 ||
    before?.totals !== head.totals ||
    before.final !== head.final ||
    before.approximate !== head.approximate ||
    before.partial !== head.partial ||
    before.slabs.some((count, i) => count !== head.slabs[i])
  return isChanged ? [...writes, { document: head, etag: served.head?.etag }] : []
}

/** Windows whose documents stand together in these batches. */
interface Sharing {
  readonly windows: number[]
  readonly batches: ServingWrite[][]
}

const shareBatches = (windows: readonly (readonly ServingWrite[])[], apart: boolean): Sharing[] => {
  const sharings: Sharing[] = []
  /** By series and day the one that has room left. */
  const open = new Map<string, { readonly sharing: Sharing; bytes: number }>()
  for (const [window, writes] of windows.entries()) {
    const [first] = writes
    if (first === undefined) continue
    const place = `${first.document.series}/${first.document.day}`
    const bytes = writes.reduce((sum, write) => sum + bytesOf(write), 0)
    const shared = open.get(place)
    const writesThere = shared?.sharing.batches[0]
    const fits =
      writesThere !== undefined &&
      writesThere.length + writes.length <= mostWrites &&
      shared!.bytes + bytes <= batchBytes
    if (fits) {
      shared!.sharing.windows.push(window)
      shared!.bytes += bytes
      writesThere.push(...writes)
      continue
    }
    const isOneBatch = writes.length <= mostWrites && bytes <= batchBytes
    const sharing: Sharing = { windows: [window], batches: isOneBatch ? [[...writes]] : cut(writes) }
    sharings.push(sharing)
    if (!apart && isOneBatch) open.set(place, { sharing, bytes })
  }
  return sharings
}

/** Into batches in the given order. A document that is too large for any stands alone. */
const cut = (writes: readonly ServingWrite[]): ServingWrite[][] => {
  const batches: ServingWrite[][] = []
  let bytes = 0
  for (const write of writes) {
    const added = bytesOf(write)
    const last = batches.at(-1)
    if (last !== undefined && last.length < mostWrites && bytes + added <= batchBytes) {
      last.push(write)
      bytes += added
    } else {
      batches.push([write])
      bytes = added
    }
  }
  return batches
}

const bytesOf = ({ document }: ServingWrite): number => JSON.stringify(document).length

const writeInTurn = async (
  serving: Serving,
  { windows, batches }: Sharing,
): Promise<{ readonly outcome: WindowOutcome; readonly ru: number }> => {
  let ru = 0
  for (const batch of batches) {
    try {
      const result = await serving.write(batch)
      ru += result.ru
      if (result.kind === 'conflict') return { outcome: 'conflict', ru }
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error
      // Whose trouble it is shows when each is written apart.
      return { outcome: windows.length > 1 ? 'conflict' : error, ru }
    }
  }
  return { outcome: 'stands', ru }
}
