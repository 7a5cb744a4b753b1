import type { Shard } from '../core/shard.ts'

/** A shard's state as of its last acknowledged commit, with the fence that its next commit must find. */
export interface HeldShard {
  readonly shard: Shard
  /** undefined before the shard's first commit. */
  readonly fence: string | undefined
  /** When the hub's creation time was last compared, epoch ms. */
  readonly hubCheckedAt: number
}

/**
 * What this instance remembers between batches. An invocation takes a shard out and puts it back only after an
 * acknowledged commit, so that a failure leaves nothing half-folded behind.
 */
export class ShardCache {
  readonly #held = new Map<string, HeldShard>()

  take(shardId: string): HeldShard | undefined {
    const held = this.#held.get(shardId)
    this.#held.delete(shardId)
    return held
  }

  putBack(held: HeldShard): void {
    this.#held.set(held.shard.id, held)
  }
}
