import type { Outcome } from '../contracts/ledger.ts'
import type { DeadLetter, MarkDocument } from '../contracts/state-documents.ts'
import type { CompiledStream } from './compiled-stream.ts'
import { letterBytes } from './dead-letter.ts'
import type { RollupWindow } from './rollup.ts'
import type { SeenEntry } from './seen.ts'

/** A transactional batch holds at most 100 operations (Azure Cosmos DB service limits). */
const maxOperations = 100
/** Dirty hours that are written with one mark, an operation each; further ones wait for the next mark. */
export const hoursWithMark = 20
/** progress, seen and outbox take one operation each; one more event may bring a mark, and dirty hours with it. */
const fixedOperations = 3 + 1 + hoursWithMark
/** Below the 2 MB of a transactional batch by more than one event can add: every rollup's slab dense and full. */
const softByteLimit = 1_000_000
const documentEnvelope = 600
/** Upper bound in base64 of what one event adds to a metric: a sketch entry or a few digits. */
const growthPerMetric = 16
/** And to its group's key, usually. */
const growthPerKey = 86
const seenEntryBytes = 16

/** What the events folded since the last commit have changed, and how large the chunk is getting. */
export class Draft {
  /** `enqueuedAt` of every event in the draft, epoch ms. */
  readonly enqueuedAt: number[] = []
  readonly outcomes: Record<Outcome, number> = { accepted: 0, duplicate: 0, late: 0, filtered: 0, dead: 0, control: 0 }
  readonly changed = new Map<RollupWindow, Set<number>>()
  readonly seen: SeenEntry[] = []
  readonly letters: DeadLetter[] = []
  readonly marks: Pick<MarkDocument, 'at' | 'ledger' | 'reference'>[] = []
  /** Hours whose documents are written, epoch ms. */
  readonly dirtyHours = new Set<number>()
  /** Sequences recorded as lost, without an event. */
  lost = 0
  #slabs = 0
  #bytes = documentEnvelope

  get isEmpty(): boolean {
    return this.enqueuedAt.length === 0 && this.lost === 0
  }

  /** Whether one more event with a body of this size surely fits into the same transactional batch. */
  hasRoomFor(stream: CompiledStream, bodyBytes: number): boolean {
    if (this.isEmpty) return true
    const operations = this.#slabs + this.marks.length + this.dirtyHours.size + stream.rollups.length + fixedOperations
    return operations <= maxOperations && this.#bytes < softByteLimit && this.#bytes + base64(bodyBytes) < softByteLimit
  }

  touch(window: RollupWindow, slab: number): void {
    let slabs = this.changed.get(window)
    if (slabs === undefined) this.changed.set(window, (slabs = new Set()))
    if (!slabs.has(slab)) {
      slabs.add(slab)
      this.#slabs += 1
      // What the slab held before is at most this; what this draft adds is counted below.
      this.#bytes += documentEnvelope + window.storedBytes(slab)
    }
    this.#bytes += window.rollup.metrics.length * growthPerMetric + growthPerKey
  }

  identify(entry: SeenEntry): void {
    this.seen.push(entry)
    this.#bytes += seenEntryBytes
  }

  bury(letter: DeadLetter): void {
    this.letters.push(letter)
    this.#bytes += letterBytes(letter) + documentEnvelope
  }
}

const base64 = (bytes: number): number => Math.ceil((bytes * 4) / 3)
