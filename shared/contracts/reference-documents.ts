/** Documents of the `reference` container, partitioned by `/kind`: structured facts in versions that never change. */

export const referenceSchemaVersion = 1

/** One fact: what is known of the thing that `id` names. */
export type ReferenceRecord = Readonly<Record<string, string | number | boolean>> & { readonly id: string }

/** The versions by which a shard looks facts up, by kind; 0 where there was none yet. */
export type ReferenceVersions = Readonly<Record<string, number>>

/** Makes a version: written once, after its parts. */
export interface ReferenceVersionDocument {
  /** `v3` */
  readonly id: string
  readonly kind: string
  readonly schemaVersion: number
  /** 1, 2, 3, … */
  readonly version: number
  /** Of the records' canonical JSON; names the parts. */
  readonly hash: string
  readonly parts: number
  readonly records: number
  /** ISO 8601, UTC. */
  readonly publishedAt: string
}

/** A share of a version's records, named by content: versions with the same records share their parts. */
export interface ReferencePartDocument {
  /** `<hash>:<part>` */
  readonly id: string
  readonly kind: string
  readonly schemaVersion: number
  /** Ordered by id. */
  readonly items: readonly ReferenceRecord[]
}
