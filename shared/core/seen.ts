import { InvariantError } from '../errors.ts'
import { ByteWriter, toBase64 } from './bytes.ts'

/** One identity and the shard's clock (epoch ms, whole seconds) when an event last carried it. */
export interface SeenEntry {
  readonly identity: bigint
  readonly seenAt: number
}

/**
 * The identities of a shard's recent events. Entries stand in the order of the shard's clock, which never goes back: a
 * renewed one moves to the end, so forgetting looks only at the front.
 */
export class SeenSet {
  readonly #seenAt = new Map<bigint, number>()

  get size(): number {
    return this.#seenAt.size
  }

  /** Whether an event carried this identity at most `horizonMs` before `clock`. */
  has(identity: bigint, clock: number, horizonMs: number): boolean {
    const seenAt = this.#seenAt.get(identity)
    return seenAt !== undefined && seenAt + horizonMs >= clock
  }

  add({ identity, seenAt }: SeenEntry): void {
    this.#seenAt.delete(identity)
    this.#seenAt.set(identity, seenAt)
  }

  /** Drops what no later event can be a duplicate of. Forgetting changes no decision. */
  forget(clock: number, horizonMs: number): void {
    for (const [identity, seenAt] of this.#seenAt) {
      if (seenAt + horizonMs >= clock) return
      this.#seenAt.delete(identity)
    }
  }

  entries(): SeenEntry[] {
    return [...this.#seenAt].map(([identity, seenAt]) => ({ identity, seenAt }))
  }
}

const runHeader = 8
const identityBytes = 8

/** Runs of [second since the epoch: u32, count: u32, identities: count x u64], little endian, in the order added. */
export const encodeSeen = (entries: readonly SeenEntry[]): string => {
  const runs = Map.groupBy(entries, (entry) => entry.seenAt)
  const writer = new ByteWriter()
  for (const [seenAt, run] of runs) {
    writer.u32(seenAt / 1_000)
    writer.u32(run.length)
    writer.u64s(BigUint64Array.from(run, ({ identity }) => identity))
  }
  return toBase64(writer.finish())
}

export const decodeSeen = (data: string): SeenEntry[] => {
  const bytes = Buffer.from(data, 'base64')
  const entries: SeenEntry[] = []
  let offset = 0
  while (offset < bytes.length) {
    if (offset + runHeader > bytes.length) throw cut()
    const seenAt = bytes.readUInt32LE(offset) * 1_000
    const end = offset + runHeader + bytes.readUInt32LE(offset + 4) * identityBytes
    if (end > bytes.length) throw cut()
    for (offset += runHeader; offset < end; offset += identityBytes) {
      entries.push({ identity: bytes.readBigUInt64LE(offset), seenAt })
    }
  }
  return entries
}

const cut = (): InvariantError =>
  new InvariantError('A seen document is cut short: duplicates could be counted. Restore the state container.')
