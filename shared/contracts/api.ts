/** What the HTTP API answers. Instants are ISO 8601 in UTC. */
import type { ReplayReport, ReplayState } from './control-documents.ts'
import type { HeartbeatSource } from './heartbeat.ts'
import type { Ledger } from './ledger.ts'
import type { ServedMetric } from './served-metric.ts'

export interface ServedGroup {
  /** Dimension name to value; absent values are the empty string; overflow is `__other__` in every dimension. */
  readonly key: Readonly<Record<string, string>>
  readonly metrics: Readonly<Record<string, ServedMetric>>
}

export interface ServedWindow {
  readonly start: string
  readonly end: string
  /** Never changes any more. */
  readonly final: boolean
  /** Groups beyond `maxGroups` were counted together as `__other__`. */
  readonly approximate: boolean
  /** Lacks events that came before this version of the rollup began: a replay can heal it. Absent: no. */
  readonly partial?: boolean
  /** What it reflects: the newest enqueued second that any partition had committed when this was computed. */
  readonly asOf: string
  readonly totals: Readonly<Record<string, ServedMetric>>
  /** Absent where the rollup has no dimensions. Ordered by key; with `top` the largest first. */
  readonly groups?: readonly ServedGroup[]
}

/** `GET /api/streams/{stream}/rollups/{rollup}`: see docs/rollups.md. Windows without events are absent. */
export interface RollupAnswer {
  readonly stream: string
  readonly rollup: string
  readonly version: number
  /** Window size of the rollup itself. */
  readonly everyMs: number
  /** From one answered window to the next. */
  readonly stepMs: number
  /** Length of each answered window; more than `stepMs` in a sliding view. */
  readonly windowMs: number
  readonly from: string
  /** Where this answer ends: the `to` of the request, or earlier where that is too much for one answer. */
  readonly to: string
  /** The `from` of the request that goes on after this answer; null where nothing is left. */
  readonly next: string | null
  /** Everything before is final; null while a partition has no watermark. */
  readonly frontier: string | null
  /** The newest of the windows' `asOf`; null without a window. */
  readonly asOf: string | null
  /** Nothing in this answer changes any more, windows that are absent included. */
  readonly final: boolean
  readonly windows: readonly ServedWindow[]
}

export interface ShardStatus {
  readonly partition: string
  /** null before the shard's first commit. */
  readonly firstSequence: number | null
  readonly lastSequence: number | null
  /** Last sequence in the hub; -1 for an empty partition. */
  readonly hubLastSequence: number
  /** Events in the hub that are not yet committed. */
  readonly lag: number
  readonly watermark: string | null
  readonly openUntil: string | null
  readonly ledger: Ledger
}

export interface LatencyMs {
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** What this instance of the app has measured since it started; other instances have their own. */
export interface InstanceMeasurements {
  readonly batches: number
  readonly commits: number
  readonly events: number
  /** From the hub's enqueued time to the acknowledged commit, every event. Null before the first. */
  readonly latencyMs: LatencyMs | null
  /** From the hub's enqueued time to the served window, at the oldest event of each commit in each window. */
  readonly servedMs: LatencyMs | null
  readonly ingestRu: number
  readonly publishRu: number
  readonly publications: number
}

export interface StreamStatus {
  readonly definition: string
  readonly heartbeats: HeartbeatSource
  readonly frontier: string | null
  /** All that was committed lies in final windows. */
  readonly final: boolean
  readonly lag: number
  readonly ledger: Ledger
  readonly warnings: Readonly<Record<string, number>>
  readonly shards: readonly ShardStatus[]
}

export interface StatusAnswer {
  readonly streams: Readonly<Record<string, StreamStatus>>
  readonly instance: {
    readonly startedAt: string
    readonly streams: Readonly<Record<string, InstanceMeasurements>>
  }
}

/** `GET` and `PUT /api/manage/reference/{kind}`. */
export interface ReferenceAnswer {
  readonly kind: string
  /** 0 before the first. */
  readonly version: number
  readonly records: number
  readonly publishedAt: string | null
}

/** A replay as `/api/manage/replays` shows it. */
export interface ReplayAnswer {
  readonly id: string
  readonly stream: string
  readonly from: string
  readonly to: string
  readonly mode: 'compare' | 'promote'
  readonly late: 'as-live' | 'count'
  readonly facts: 'as-live' | 'newest'
  readonly reason: string
  readonly state: ReplayState
  readonly createdAt: string
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly progress: {
    /** Events to read, in all partitions. */
    readonly events: number
    readonly eventsDone: number
    readonly slices: number
    readonly slicesDone: number
    /** Since it started; null before, and once it has ended. */
    readonly eventsPerSecond: number | null
    /** Of reading; null where there is no rate yet. */
    readonly secondsLeft: number | null
  }
  /** null before everything was compared. */
  readonly report: ReplayReport | null
  readonly failure: string | null
}

export interface ReplayListAnswer {
  /** Newest first. */
  readonly replays: readonly ReplayAnswer[]
}

/** RFC 9457. */
export interface ProblemDetails {
  readonly type: string
  readonly title: string
  readonly status: number
  /** With several problems one line each. */
  readonly detail: string
  readonly parameter?: string
  /** Everything that is wrong with the request, by parameter. */
  readonly errors?: readonly ParameterProblem[]
}

export interface ParameterProblem {
  readonly parameter: string
  /** What was expected. */
  readonly detail: string
}
