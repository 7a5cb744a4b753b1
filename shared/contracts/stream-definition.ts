/**
 * A stream as data. Everything here crosses to Spark, Bicep and the docs as JSON, but for the enrichment steps,
 * which cross by name and parameters.
 */

/** A comparison of one field: a plain value means equality. */
export type Comparison =
  | string
  | number
  | boolean
  | null
  | { readonly in: readonly (string | number | boolean | null)[] }
  | { readonly gt?: number; readonly gte?: number; readonly lt?: number; readonly lte?: number }
  | { readonly exists: boolean }

/** Field comparisons hold together (and); `not`, `any` and `all` combine predicates and are reserved as field names. */
export type Predicate<Field extends string = string> =
  | { readonly not: Predicate<Field> }
  | { readonly any: readonly Predicate<Field>[] }
  | { readonly all: readonly Predicate<Field>[] }
  | { readonly [F in Field]?: Comparison }

export type MetricDefinition =
  | { readonly kind: 'count'; readonly where?: Predicate }
  | {
      readonly kind: 'sum' | 'min' | 'max' | 'mean' | 'last'
      readonly field: string
      readonly where?: Predicate
    }
  | {
      readonly kind: 'distinct'
      readonly field: string
      /** HyperLogLog precision: 2^p registers, standard error 1.04 / sqrt(2^p). */
      readonly precision: number
      readonly where?: Predicate
    }
  | {
      readonly kind: 'quantiles'
      readonly field: string
      /** DDSketch accuracy: a quantile is within this share of the true value. */
      readonly relativeError: number
      readonly where?: Predicate
    }

export interface RollupDefinition<Field extends string = string> {
  /** Window size, e.g. `10s`, `1m`. */
  readonly every: string
  /** Fields whose values make the groups; empty means one total. */
  readonly by: readonly Field[]
  /** Only events for which this holds belong to the rollup. Default: all that the stream keeps. */
  readonly where?: Predicate<Field>
  readonly metrics: Readonly<Record<string, MetricDefinition>>
  /** Groups a window may hold; further ones go to `__other__`. Required where `by` is not empty. */
  readonly maxGroups?: number
  /** How long served windows are kept, e.g. `30d`. */
  readonly keep: string
  /** Raised by one whenever anything above changes; windows of the older version stay readable. Default 1. */
  readonly version?: number
}

/** A named enrichment step with its parameters, as the manifest shows it. */
export interface EnrichmentDescription {
  readonly step: string
  readonly parameters: Readonly<Record<string, string>>
  /** The kind of reference data that the step looks up, if any. */
  readonly reference?: string
  /** Fields that the step adds to the event or replaces. */
  readonly adds: readonly string[]
}

export interface StreamDescription {
  readonly name: string
  /** Raised by one whenever anything but the rollups and the hub changes, or a rollup is added or removed. Absent: 1. */
  readonly version?: number
  readonly hub: { readonly partitions: number; readonly retention: string }
  /** JSON Schema of the event. */
  readonly event: unknown
  /** The versions of the event's own `schemaVersion` field that are known; absent counts as the first. */
  readonly eventVersions: readonly number[]
  readonly identity: { readonly source: string; readonly id: string }
  readonly time: { readonly occurredAt: string; readonly sentAt?: string; readonly lateness: string }
  readonly deduplicate: { readonly horizon: string }
  readonly enrich: readonly EnrichmentDescription[]
  readonly keep?: Predicate
  readonly rollups: Readonly<Record<string, RollupDefinition>>
  /** Bodies above this many bytes are dead letters without being parsed. */
  readonly maxEventBytes: number
}
