import { statSync } from 'node:fs'
import type { PublishedRecords } from '../feed/expected-facts.ts'
import type { FeedItem } from '../feed/feed-item.ts'
import { fleetDevices } from '../feed/fleet-devices.ts'
import { fleetOf, registryOf } from '../feed/fleet.ts'
import { generateEvents, type Population } from '../feed/generator.ts'
import { newReading, type FileReading } from '../feed/recorded/reading.ts'
import { recordedFeed } from '../feed/recorded/recorded-feed.ts'
import { shopVisitors } from '../feed/shop-visitors.ts'
import type { RecordedFeed } from './feed-options.ts'
import type { ManifestStream } from './manifest.ts'
import type { RunOptions } from './options.ts'
import type { RunState } from './run-state.ts'

/** What a run feeds into a stream: its recordings if it has any, whose readings are kept up to date, else generated events. */
export const feedOf = (
  { description }: ManifestStream,
  options: RunOptions,
  state: Pick<RunState, 'runId' | 'startedAt'>,
  readings: readonly FileReading[],
): Iterable<FeedItem> | AsyncIterable<FeedItem> => {
  const recordings = feedsOf(description.name, options)
  if (recordings.length > 0) {
    return recordedFeed(recordings, {
      stream: description,
      startedAt: state.startedAt,
      shiftToNow: options.shiftToNow,
      isPaced: options.speed !== 'full',
      readings,
    })
  }
  return generateEvents(populationOf(description.name, state), {
    seed: options.seed,
    rate: options.rate,
    durationMs: options.forMs ?? Infinity,
    startedAt: state.startedAt,
    partitions: description.hub.partitions,
    runId: state.runId,
    ownHeartbeats: options.forMs !== undefined,
  })
}

/** For each recording of a stream, in their order. */
export const newReadings = (stream: string, options: RunOptions): FileReading[] =>
  feedsOf(stream, options).map(({ label, path }) => newReading(label, statSync(path).size))

const feedsOf = (stream: string, { feeds }: RunOptions): readonly RecordedFeed[] =>
  feeds.filter((feed) => feed.stream === stream)

const fleet = fleetOf(500)

/** Reference data of what is generated, by kind. */
export const registry: PublishedRecords = { devices: registryOf(fleet) }

const populationOf = (stream: string, { startedAt }: Pick<RunState, 'startedAt'>): Population => {
  if (stream === 'clickstream') return shopVisitors()
  if (stream === 'telemetry') return fleetDevices(fleet, startedAt)
  throw new Error(`No events are generated for the stream ${stream}: feed it with --feed ${stream}=<path>.`)
}
