/** The report of a run that ended: what was sent, what became of it, what it cost. Described in docs/report.md. */
import type { InstanceMeasurements, LatencyMs } from '../../shared/contracts/api.ts'
import type { Ledger } from '../../shared/contracts/ledger.ts'
import type { FileReading } from '../feed/recorded/reading.ts'
import type { GroupValues } from './served-counts.ts'

export interface StreamReport {
  /** Events in the hub, heartbeats left out. */
  readonly sent: number
  readonly ledger: Ledger
  readonly windowsCompared: number
  /** How many served values differ from the oracle's, the first of them in words. */
  readonly mismatches: number
  readonly firstMismatches: readonly string[]
  /** Root-mean-square of the distinct estimates' errors in standard errors; null where none was estimated. */
  readonly distinctRms: number | null
  readonly eventsPerSecond: number
  readonly latencyMs: LatencyMs | null
  readonly servedMs: LatencyMs | null
  readonly ruPerEvent: number | null
  readonly ruPerCommit: number | null
  readonly publishRuPerEvent: number | null
  /** Where RU figures come from. */
  readonly ruModel: string
  readonly batches: number
  /** For each rollup its count metrics summed over all served windows, by group key. */
  readonly counts: Readonly<Record<string, GroupValues>>
  /** Likewise the least of its minima and the greatest of its maxima. */
  readonly extremes: Readonly<Record<string, GroupValues>>
  /** The recordings that were fed, as far as they were read; empty where events were generated. */
  readonly read: readonly FileReading[]
}

export interface RunReport {
  readonly verified: boolean
  readonly durationSeconds: number
  /** What went wrong on purpose, in words, in the order of time. */
  readonly chaos: readonly string[]
  readonly streams: Readonly<Record<string, StreamReport>>
}

const ruModel = 'local Cosmos DB, charges interpolated from the published table of request units'

/** The measured part of a stream's report; nulls where this process measured nothing. */
export const measuredPart = (measured: InstanceMeasurements | undefined) => ({
  latencyMs: measured?.latencyMs ?? null,
  servedMs: measured?.servedMs ?? null,
  ruPerEvent: ratio(measured?.ingestRu, measured?.events),
  ruPerCommit: ratio(measured?.ingestRu, measured?.commits),
  publishRuPerEvent: ratio(measured?.publishRu, measured?.events),
  ruModel,
  batches: measured?.batches ?? 0,
})

const ratio = (sum: number | undefined, count: number | undefined): number | null =>
  sum === undefined || count === undefined || count === 0 ? null : sum / count
