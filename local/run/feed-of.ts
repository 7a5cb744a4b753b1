import type { PublishedRecords } from '../feed/expected-facts.ts'
import type { FeedItem } from '../feed/feed-item.ts'
import { fleetDevices } from '../feed/fleet-devices.ts'
import { fleetOf, registryOf } from '../feed/fleet.ts'
import { generateEvents, type Population } from '../feed/generator.ts'
import { recordedClickstream } from '../feed/recorded-clickstream.ts'
import { shopVisitors } from '../feed/shop-visitors.ts'
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
  return generateEvents(populationOf(description.name, state), {
    seed: options.seed,
    rate: options.rate,
    durationMs: options.forMs ?? Infinity,
    startedAt: state.startedAt,
    partitions,
    runId: state.runId,
    ownHeartbeats: options.forMs !== undefined,
  })
}

const fleet = fleetOf(500)

/** Reference data of what is generated, by kind. */
export const registry: PublishedRecords = { devices: registryOf(fleet) }

const populationOf = (stream: string, { startedAt }: RunState): Population => {
  if (stream === 'clickstream') return shopVisitors()
  if (stream === 'telemetry') return fleetDevices(fleet, startedAt)
  throw new Error(`No events are generated for the stream ${stream}: feed it with --feed ${stream}=<path>.`)
}
