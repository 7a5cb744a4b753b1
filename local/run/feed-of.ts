import { generateClickstream } from '../feed/clickstream-generator.ts'
import type { FeedItem } from '../feed/feed-item.ts'
import { recordedClickstream } from '../feed/recorded-clickstream.ts'
import type { ManifestStream } from './manifest.ts'
import type { RunOptions } from './options.ts'
import type { RunState } from './run-state.ts'

/** What a run feeds into a stream: its recordings if it has any, else generated events. */
export const feedOf = (
  { description }: ManifestStream,
  options: RunOptions,
  state: RunState,
): Iterable<FeedItem> | AsyncIterable<FeedItem> => {
  const { partitions } = description.hub
  const recordings = options.feeds.filter(({ stream }) => stream === description.name).map(({ path }) => path)
  if (recordings.length > 0) return recordedClickstream(recordings, partitions)
  return generateClickstream({
    seed: options.seed,
    rate: options.rate,
    durationMs: options.forMs ?? Infinity,
    startedAt: state.startedAt,
    partitions,
    runId: state.runId,
    ownHeartbeats: options.forMs !== undefined,
  })
}
