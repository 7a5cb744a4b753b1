import type { Event } from '../contracts/raw-event.ts'
import type { DefinitionVersions } from '../contracts/state-documents.ts'
import type { MetricDefinition, RollupDefinition, StreamDescription } from '../contracts/stream-definition.ts'
import type { Facts } from '../ports/facts.ts'

/** A metric with its predicate and field access compiled to functions. */
export interface CompiledMetric {
  readonly name: string
  readonly definition: MetricDefinition
  /** Whether the event counts for this metric. */
  readonly where: (event: Event) => boolean
  /** The field's value; undefined where absent, and always for `count`. */
  readonly read: (event: Event) => unknown
}

export interface CompiledRollup {
  readonly name: string
  /** Its place among the stream's rollups, from 0 on. */
  readonly place: number
  /** `pages@1`: how documents name this version of the rollup. */
  readonly id: string
  readonly version: number
  readonly definition: RollupDefinition
  readonly everyMs: number
  readonly by: readonly string[]
  readonly where: (event: Event) => boolean
  readonly metrics: readonly CompiledMetric[]
  /** 1 where `by` is empty. */
  readonly maxGroups: number
  /** Groups in one slab document: dense and full it stays under 192 KB. A constant of the rollup version. */
  readonly groupsPerSlab: number
  /** Chunk documents of a served window; 0 where `by` is empty (the totals are the window). A constant of the rollup version. */
  readonly chunks: number
  /** Upper bound of one group's encoding in bytes (key and all metrics dense). */
  readonly maxGroupBytes: number
  readonly keepSeconds: number
}

/** A stream definition turned into what the hot path runs. */
export interface CompiledStream {
  readonly name: string
  readonly description: StreamDescription
  /** Hash over everything in the description that decides what becomes of an event. */
  readonly hash: string
  readonly versions: DefinitionVersions
  readonly latenessMs: number
  readonly horizonMs: number
  readonly retentionSeconds: number
  /** undefined where the value fits the schema; else the first problem: field, expectation, never the payload. */
  readonly check: (value: unknown) => string | undefined
  /** The kinds of reference data that enrichment looks up, with the fields it takes from each record. */
  readonly reference: ReadonlyMap<string, readonly string[]>
  /** Runs the enrichment steps in order on the event, in place. */
  readonly enrich: (event: Event, facts: Facts) => void
  /** Whether the stream keeps the event; always true without `keep`. */
  readonly keep: (event: Event) => boolean
  readonly rollups: readonly CompiledRollup[]
}
