/** Documents of the `state` container: one logical partition a shard, written only by the shard's own commits. */
import type { HeartbeatSource } from './heartbeat.ts'
import type { Ledger } from './ledger.ts'
import type { ReferenceVersions } from './reference-documents.ts'

export const stateSchemaVersion = 3

/** `clickstream:live:3` */
export const shardId = (stream: string, generation: string, partition: string): string =>
  `${stream}:${generation}:${partition}`

/** A definition as far as newer can be told from older. */
export interface DefinitionVersions {
  /** All but the rollups and the hub. */
  readonly rules: { readonly version: number; readonly hash: string }
  /** By name. */
  readonly rollups: Readonly<Record<string, { readonly version: number; readonly hash: string }>>
}

export interface Progress {
  readonly id: 'progress'
  readonly shard: string
  readonly kind: 'progress'
  readonly schemaVersion: number
  readonly stream: string
  readonly generation: string
  readonly partition: string
  /** When the hub was created, as the hub says it: another value means another hub under the same name. */
  readonly hubCreatedOn: string
  /** Hash of the stream definition whose rules made this state. */
  readonly definition: string
  readonly versions: DefinitionVersions
  /**
   * By rollup, for one whose version began in mid-stream: its windows that start before this instant (epoch ms) lack the
   * events that came before it began.
   */
  readonly partialUntil: Readonly<Record<string, number>>
  readonly heartbeats: HeartbeatSource
  /** By which versions of the reference data the events up to the next commit's are enriched. */
  readonly reference: ReferenceVersions
  readonly firstSequence: number
  readonly lastSequence: number
  /** The newest `enqueuedAt` of the shard, floored to the second, in epoch ms: the clock of duplicate detection. */
  readonly clock: number
  /** The newest `occurredAt` that may move the watermark, in epoch ms; null before the first. Watermark = this - lateness. */
  readonly newestOccurredAt: number | null
  /** The newest `occurredAt` of any event whose time could be read, heartbeats too, epoch ms; -1 before the first. */
  readonly newest: number
  /** End of the latest window that holds an accepted event, in epoch ms; null before the first. */
  readonly openUntil: number | null
  readonly ledger: Ledger
  /** Late events of hours, epoch ms, whose documents are behind: they are written with the marks, not with every commit. */
  readonly dirtyHours: Readonly<Record<string, DirtyHour>>
  /** Seconds, of a replay's shard; live's stays. */
  readonly ttl?: number
  /** Counted oddities that changed how an event was read, by name (`clock-ahead`, `time-capped`, `group-overflow`). */
  readonly warnings: Readonly<Record<string, number>>
}

/** Up to `groupsPerSlab` groups of one window, in order of first appearance. */
export interface SlabDocument {
  /** `w:pages@1:<start>:<slab>` */
  readonly id: string
  readonly shard: string
  readonly kind: 'slab'
  readonly schemaVersion: number
  /** `pages@1` */
  readonly rollup: string
  /** Epoch ms. */
  readonly windowStart: number
  readonly windowEnd: number
  readonly slab: number
  /** `lastSequence` of the commit that wrote this version. */
  readonly sequence: number
  /** The window has turned new groups away to `__other__`. */
  readonly approximate: boolean
  readonly groups: number
  /** Base64 of the groups' binary encoding. */
  readonly data: string
  /** Seconds, counted by Cosmos from the last write. */
  readonly ttl: number
  /** When it was last written, in epoch seconds: Cosmos adds it. */
  readonly _ts?: number
}

/** Identities that one commit added to the seen set. */
export interface SeenDocument {
  /** `seen:<lastSequence, 16 digits>` */
  readonly id: string
  readonly shard: string
  readonly kind: 'seen'
  readonly schemaVersion: number
  /** The newest clock second among the entries, epoch ms: the document matters while `seenUntil >= clock - horizon`. */
  readonly seenUntil: number
  /** Base64 of the entries' binary encoding. */
  readonly data: string
  readonly ttl: number
}

export type DeadStep = 'decode' | 'identity' | 'time' | 'enrich' | 'filter' | 'fold'

/** One event that could not be processed, with all that is needed to mend and send it again. */
export interface DeadLetter {
  readonly sequence: number
  /** ISO 8601, UTC. */
  readonly enqueuedAt: string
  readonly partitionKey?: string
  readonly properties: Readonly<Record<string, unknown>>
  /** The original bytes, base64. */
  readonly body: string
  /** What did not fit into a document, if anything: application properties, and bytes at the end of the body. */
  readonly leftOut?: { readonly properties: number; readonly bodyBytes: number }
  readonly step: DeadStep
  /** Short machine-readable cause: `malformed`, `schema`, `unknown-version`, `too-large`, `no-identity`, `time-range`, `bug`. */
  readonly reason: string
  /** Names the field and what was expected; never holds the payload. */
  readonly detail: string
}

/** The dead letters of one commit, waiting to be copied to the `deadLetters` container and then deleted. */
export interface OutboxDocument {
  /** `dead:<lastSequence, 16 digits>` */
  readonly id: string
  readonly shard: string
  readonly kind: 'outbox'
  readonly schemaVersion: number
  /** 1, indexed: finds what is left in the outbox. */
  readonly outbox: 1
  readonly stream: string
  readonly partition: string
  /** As in `progress`. */
  readonly hubCreatedOn: string
  readonly letters: readonly DeadLetter[]
  readonly ttl: number
}

/**
 * A place in a shard's sequence, just before the first event of a later enqueued minute, with all that a replay needs to start
 * there and to be compared from there on. Each of the numbers never falls from one mark to the next.
 */
export interface MarkPlace {
  /** Of the last event before it. */
  readonly sequence: number
  /** As `progress.clock`: the newest enqueued second before it, epoch ms; 0 before the shard's first event. */
  readonly clock: number
  /** The newest `occurredAt` of any event before it whose time could be read, heartbeats too, epoch ms; -1 where there is none. */
  readonly newest: number
  /** The newest `occurredAt` before it that may move the watermark, epoch ms; -1 where there is none. */
  readonly advancedTo: number
}

/** Kept longer than the rest of the state: as long as captured events are of use. */
export interface MarkDocument {
  /** `mark:<sequence, 16 digits>` */
  readonly id: string
  readonly shard: string
  readonly kind: 'mark'
  readonly schemaVersion: number
  readonly at: MarkPlace
  readonly ledger: Ledger
  /** By whose rules the events after it are counted: hash of the stream definition. */
  readonly definition: string
  /** By which versions of the reference data they are enriched. */
  readonly reference: ReferenceVersions
  readonly ttl: number
}

/** The late events of one hour: what a replay that counts them would add to its windows. */
export interface DirtyHour {
  readonly late: number
  /** Of the first and the last of them. */
  readonly firstSequence: number
  readonly lastSequence: number
}

export interface DirtyHourDocument extends DirtyHour {
  /** `dirty:<hour, epoch ms>` */
  readonly id: string
  readonly shard: string
  readonly kind: 'dirty'
  readonly schemaVersion: number
  /** Epoch ms: they occurred in this hour. */
  readonly dirtyHour: number
  readonly ttl: number
}

export type StateDocument = Progress | SlabDocument | SeenDocument | OutboxDocument | MarkDocument | DirtyHourDocument

/** Documents of the `deadLetters` container, partitioned by `/stream`, `/day`. */
export interface DeadLetterDocument extends DeadLetter {
  /** Name of the body in the lake's container `dead-letters`, where it is over 64 KB; `body` is then empty. */
  readonly bodyName?: string
  /** `<shard>:<hub's creation, epoch ms>:<sequence>`: a hub made anew counts its sequences from 0 again. */
  readonly id: string
  readonly stream: string
  /** UTC day of `enqueuedAt`, `2026-11-24`. */
  readonly day: string
  readonly partition: string
  readonly schemaVersion: number
}
