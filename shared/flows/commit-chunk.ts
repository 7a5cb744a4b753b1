import { chunkDocuments } from '../core/chunk.ts'
import type { Shard } from '../core/shard.ts'
import { RetryableError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { CommitResult, ShardState } from '../ports/shard-state.ts'

/** How long one chunk is sent again and again before the invocation fails and the host's own retry goes on. */
const patienceMs = 30_000
const firstDelayMs = 50
const maxDelayMs = 5_000

/**
 * Sends one chunk until the store answers. Sending the same chunk again after an unknown outcome is harmless: an attempt
 * that did arrive has moved the fence, and the next one is answered `fenced`.
 */
export const commitChunk = async (
  ports: { readonly state: ShardState; readonly clock: Clock },
  shard: Shard,
  fence: string | undefined,
): Promise<CommitResult> => {
  const documents = chunkDocuments(shard)
  const deadline = ports.clock.now() + patienceMs
  for (let delay = firstDelayMs; ; delay = Math.min(delay * 2, maxDelayMs)) {
    try {
      return await ports.state.commit(shard.id, documents, fence)
    } catch (error) {
      const wait = error instanceof RetryableError ? Math.max(delay, error.retryAfterMs ?? 0) : Infinity
      if (ports.clock.now() + wait > deadline) throw error
      await ports.clock.sleep(wait)
    }
  }
}
