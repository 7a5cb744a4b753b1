/** Documents of the `control` container, partitioned by `/stream`: who answers for which time, replays, and who did what. */
import type { Ledger } from './ledger.ts'
import type { ReferenceVersions } from './reference-documents.ts'
import type { ServedMetric } from './served-metric.ts'
import type { MarkPlace } from './state-documents.ts'
import type { StreamDescription } from './stream-definition.ts'

export const controlSchemaVersion = 1

/** `[from, to)`, epoch ms, aligned to the windows of every rollup of the stream. */
export interface TimeRange {
  readonly from: number
  readonly to: number
}

/** Which generation answers for which time range: `live` wherever no range says otherwise. */
export interface TimelineDocument {
  readonly id: 'timeline'
  readonly stream: string
  readonly kind: 'timeline'
  readonly schemaVersion: number
  /** In order of time; of one rollup none overlaps another. In a range a window that its generation lacks is empty. */
  readonly ranges: readonly (TimeRange & {
    readonly generation: string
    /** What it has counted, `pages@2`: readers of other versions are not led to it. */
    readonly rollups: readonly string[]
    /** ISO 8601: when it was promoted. */
    readonly since: string
  })[]
  /** Ranges that replays are at work on or wait for a decision about: none overlaps another. */
  readonly claims: readonly (TimeRange & { readonly replay: string })[]
}

/** A replay's way: the last three, and `promoted`, are its ends. */
export type ReplayState = 'planned' | 'running' | 'ready' | 'promoted' | 'discarded' | 'cancelled' | 'failed'

/** What one partition contributes to a replay, fixed when it is created. */
export interface PartitionPlan {
  readonly partition: string
  /** ISO 8601: the hub whose sequences live has counted, which may be gone by now. */
  readonly hubCreatedOn: string
  /** Where reading starts: a duplicate horizon or more before `countFrom`, or at the shard's first mark. */
  readonly start: MarkPlace
  /** Reference data by which the first events are enriched. */
  readonly reference: ReferenceVersions
  /** No event up to here occurred in the range or later: ledgers are compared from here on. */
  readonly countFrom: { readonly sequence: number; readonly ledger: Ledger }
  /** Where reading ends: nothing after it falls into the range, as the replay counts. `ledger` is live's there. */
  readonly countTo: { readonly sequence: number; readonly ledger: Ledger }
  /** Last sequence of each slice, in order; the last one is that of `countTo`. */
  readonly slices: readonly number[]
}

export interface ReplayRequest extends TimeRange {
  readonly stream: string
  /** `promote`: as soon as it is compared. `compare`: it waits for a decision. */
  readonly mode: 'compare' | 'promote'
  /** `as-live`: by the law of live. `count`: late events count, and identities are unique over the range. */
  readonly late: 'as-live' | 'count'
  /** `as-live`: each event by the versions that live used. `newest`: all by the newest versions at the replay's creation. */
  readonly facts: 'as-live' | 'newest'
  /** Why, in the caller's words. */
  readonly reason: string
}

export interface ReplayDocument extends ReplayRequest {
  /** Also the name of its generation: `clickstream-20261126T013000Z-3f9a`. */
  readonly id: string
  readonly kind: 'replay'
  readonly schemaVersion: number
  readonly state: ReplayState
  /** Hash of the stream definition by whose rules it counts. */
  readonly definition: string
  /** What it counts, `pages@2`. */
  readonly rollups: readonly string[]
  /** By which versions it enriches where `facts` is `newest`. */
  readonly newestFacts: ReferenceVersions
  readonly partitions: readonly PartitionPlan[]
  /** ISO 8601. */
  readonly createdAt: string
  readonly startedAt?: string
  /** When the last event was folded. */
  readonly foldedAt?: string
  readonly endedAt?: string
  readonly report?: ReplayReport
  /** Why it failed. */
  readonly failure?: string
}

/** How the windows of one rollup compare: each is counted once. */
export interface WindowComparison {
  readonly equal: number
  readonly changed: number
  /** Served by the replay alone. */
  readonly added: number
  /** Served so far, and not by the replay. */
  readonly removed: number
}

/** One value that the replay would change; absent where the group or window is not there. */
export interface Difference {
  readonly rollup: string
  /** ISO 8601. */
  readonly windowStart: string
  /** Dimension name to value. */
  readonly key: Readonly<Record<string, string>>
  readonly metric: string
  readonly served?: ServedMetric
  readonly replayed?: ServedMetric
}

export interface ReplayReport {
  /** By rollup id. */
  readonly windows: Readonly<Record<string, WindowComparison>>
  /** The largest, by share of the larger value; of equal ones the largest in themselves. */
  readonly differences: readonly Difference[]
  /** What became of the events between the two sequences (after the first, up to the last), by partition. */
  readonly ledgers: readonly {
    readonly partition: string
    readonly after: number
    readonly upTo: number
    readonly live: Ledger
    readonly replay: Ledger
  }[]
  /** Events that live counted and that neither the capture nor the hub holds any more. With any, a replay is not promoted. */
  readonly missing: number
  /** Every event read, those before `countFrom` included. */
  readonly events: number
  /** From the first slice's begin to the last one's end. */
  readonly seconds: number
  readonly eventsPerSecond: number
}

/** One admin action: written before its effect. */
export interface AuditDocument {
  /** `audit:<instant>:<a random part>` */
  readonly id: string
  readonly stream: string
  readonly kind: 'audit'
  readonly schemaVersion: number
  /** ISO 8601. */
  readonly at: string
  /** `replay.create`, `replay.promote`, … */
  readonly action: string
  /** What it is done to: a replay's id, a kind of reference data. */
  readonly target: string
  /** What the caller asked for. */
  readonly request: Readonly<Record<string, unknown>>
  /** The name that the platform vouches for, where it does; a function key names nobody. */
  readonly caller: string | null
}

/** A definition that has counted, kept so that its windows stay readable after it has changed. */
export interface DefinitionDocument {
  /** `definition:<hash>` */
  readonly id: string
  readonly stream: string
  readonly kind: 'definition'
  readonly schemaVersion: number
  readonly description: StreamDescription
}

export type ControlDocument = TimelineDocument | ReplayDocument | AuditDocument | DefinitionDocument
