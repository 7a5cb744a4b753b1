import type { InstanceMeasurements, LatencyMs } from '../../contracts/api.ts'
import { DDSketch } from '../../core/ddsketch.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Meter } from '../../ports/meter.ts'
import { UnservedCommits } from '../unserved-commits.ts'

export interface Recorder extends Meter {
  /** By stream, since the recorder was made. */
  read(): Record<string, InstanceMeasurements>
}

const latencyError = 0.01

/** Keeps what this instance measures in memory, for the status page and reports. */
export const createRecorder = (clock: Clock): Recorder => {
  const streams = new Map<string, StreamRecord>()
  const record = (stream: string): StreamRecord => {
    const known = streams.get(stream) ?? new StreamRecord()
    streams.set(stream, known)
    return known
  }
  return {
    batchEnded: ({ stream }) => {
      record(stream).batches += 1
    },
    committed: ({ stream, partition, lastSequence, enqueuedAt, windows, ru }) => {
      const of = record(stream)
      const now = clock.now()
      of.commits += 1
      of.events += enqueuedAt.length
      of.ingestRu += ru
      for (const instant of enqueuedAt) of.latency.add(Math.max(0, now - instant))
      const oldest = Math.min(...enqueuedAt.slice(0, 1), ...enqueuedAt.slice(-1))
      for (const window of windows) {
        of.unserved.remember(window, { partition: Number(partition), sequence: lastSequence, since: oldest })
      }
    },
    // The same process has seen the commit itself, and knows better since when its events wait.
    changed: () => undefined,
    published: ({ stream, window, vector, ru }) => {
      const of = record(stream)
      of.publications += 1
      of.publishRu += ru
      for (const waited of of.unserved.serve(window, vector, clock.now())) of.served.add(waited)
    },
    stands: () => undefined,
    read: () => Object.fromEntries([...streams].map(([name, of]) => [name, of.read()])),
  }
}

class StreamRecord {
  batches = 0
  commits = 0
  events = 0
  ingestRu = 0
  publishRu = 0
  publications = 0
  readonly latency = new DDSketch(latencyError)
  readonly served = new DDSketch(latencyError)
  readonly unserved = new UnservedCommits()

  read(): InstanceMeasurements {
    return {
      batches: this.batches,
      commits: this.commits,
      events: this.events,
      latencyMs: percentiles(this.latency),
      servedMs: percentiles(this.served),
      ingestRu: this.ingestRu,
      publishRu: this.publishRu,
      publications: this.publications,
    }
  }
}

const percentiles = (sketch: DDSketch): LatencyMs | null =>
  sketch.count === 0
    ? null
    : { p50: sketch.quantile(0.5), p95: sketch.quantile(0.95), p99: sketch.quantile(0.99), max: sketch.max }
