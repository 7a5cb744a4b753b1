/** Documents of the `serving` container, partitioned by `/series`, `/day`: what apps, dashboards and the API read. */

export const servingSchemaVersion = 2

/** Windows of one size of one rollup in one generation. */
export interface WindowSeries {
  /** `clickstream:live:pages@1`, and of a coarser tier `clickstream:live:pages@1:1h` */
  readonly name: string
  /** Length of its windows. */
  readonly everyMs: number
}

/** `clickstream:live`: holds the frontier. */
export const frontierSeries = (stream: string, generation: string): string => `${stream}:${generation}`

const hourMs = 3_600_000
const dayMs = 86_400_000

/** UTC day of an instant, `2026-11-24`. */
export const dayOf = (instantMs: number): string => new Date(instantMs).toISOString().slice(0, 10)

/**
 * The UTC day in which a window starts; for windows of an hour and more the month, for those of a day the
 * year: what a long range asks for stands in few logical partitions.
 */
export const windowDay = (windowStart: number, everyMs: number): string =>
  dayOf(windowStart).slice(0, everyMs >= dayMs ? 4 : everyMs >= hourMs ? 7 : 10)

/** The days, months or years of the windows that start in `[from, to)`. */
export const windowDays = (from: number, to: number, everyMs: number): string[] => {
  const days = new Set<string>()
  for (let day = Math.floor(from / dayMs) * dayMs; day < to; day += dayMs) days.add(windowDay(day, everyMs))
  return [...days]
}

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
  /** The newest enqueued second that any partition had committed when this was computed, epoch ms. */
  readonly clock: number
  /** For each partition the number of its slabs merged: never falls. Empty in a tier, which is merged from served windows. */
  readonly slabs: readonly number[]
  readonly groups: number
  readonly approximate: boolean
  /** Lacks events that came before this version of the rollup began, or may lack some since it ended. Absent: no. */
  readonly partial?: true
  /** Never changes any more. A tier's window that is not final could not be merged: the finer ones are what is served. */
  readonly final: boolean
  /** Base64: all groups merged into one, same encoding as a slab with a single group. */
  readonly totals: string
  readonly ttl: number
}

/** The groups of one window whose key hash falls to this chunk. It is not stored before there is one. */
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

/** A tier's window that the frontier stands in: how many of its parts are before the frontier by now. */
export interface OpenTierWindow {
  /** Epoch ms. */
  readonly start: number
  readonly parts: number
}

/** Everything before `frontier` is final, in every tier too. Never goes back. */
export interface FrontierDocument {
  readonly id: 'frontier'
  readonly series: string
  /** Always `-`: one document a series. */
  readonly day: '-'
  readonly kind: 'frontier'
  readonly schemaVersion: number
  /** Epoch ms. */
  readonly frontier: number
  /** By tier, `pages@1:1h`: what of it is not yet complete. A tier that is not named has nothing there. */
  readonly open: Readonly<Record<string, OpenTierWindow>>
}

export type ServingDocument = HeadDocument | ChunkDocument | FrontierDocument
