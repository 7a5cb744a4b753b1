/** Documents of the `serving` container, partitioned by `/series`, `/day`: what apps, dashboards and the API read. */

export const servingSchemaVersion = 1

/** `clickstream:live:pages@1` */
export const windowSeries = (stream: string, generation: string, rollup: string): string =>
  `${stream}:${generation}:${rollup}`
/** `clickstream:live`: holds the frontier. */
export const frontierSeries = (stream: string, generation: string): string => `${stream}:${generation}`

/** UTC day of an instant, `2026-11-24`. */
export const dayOf = (instantMs: number): string => new Date(instantMs).toISOString().slice(0, 10)

/** Describes one served window; written after its chunks. */
export interface HeadDocument {
  /** `<start>:head` */
  readonly id: string
  readonly series: string
  readonly day: string
  readonly kind: 'head'
  readonly schemaVersion: number
  /** Epoch ms. */
  readonly windowStart: number
  readonly windowEnd: number
  /** For each partition, in order, the sequence up to which its events are in here at least; -1 before its first. */
  readonly vector: readonly number[]
  /** For each partition the number of its slabs merged: never falls. */
  readonly slabs: readonly number[]
  readonly groups: number
  readonly approximate: boolean
  readonly final: boolean
  /** Base64: all groups merged into one, same encoding as a slab with a single group. */
  readonly totals: string
  readonly ttl: number
}

/** The groups of one window whose key hash falls to this chunk. */
export interface ChunkDocument {
  /** `<start>:<chunk>` */
  readonly id: string
  readonly series: string
  readonly day: string
  readonly kind: 'chunk'
  readonly schemaVersion: number
  readonly windowStart: number
  readonly chunk: number
  readonly vector: readonly number[]
  /** Base64 of the groups' binary encoding, groups ordered by key. */
  readonly data: string
  readonly ttl: number
}

/** Everything before `frontier` is final. Never goes back. */
export interface FrontierDocument {
  readonly id: 'frontier'
  readonly series: string
  /** Always `-`: one document a series. */
  readonly day: '-'
  readonly kind: 'frontier'
  readonly schemaVersion: number
  /** Epoch ms. */
  readonly frontier: number
}

export type ServingDocument = HeadDocument | ChunkDocument | FrontierDocument
