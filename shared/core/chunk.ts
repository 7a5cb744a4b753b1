import {
  stateSchemaVersion,
  type DirtyHourDocument,
  type MarkDocument,
  type OutboxDocument,
  type Progress,
  type SeenDocument,
  type SlabDocument,
  type StateDocument,
} from '../contracts/state-documents.ts'
import { encodeGroups } from './group-codec.ts'
import type { RollupWindow } from './rollup.ts'
import { encodeSeen } from './seen.ts'
import type { Shard } from './shard.ts'

/** Everything that one commit stores, `progress` first: its condition is the fence of them all. */
export const chunkDocuments = (shard: Shard): StateDocument[] => [
  progressDocument(shard),
  ...[...shard.draft.changed].flatMap(([window, slabs]) =>
    [...slabs].sort((a, b) => a - b).map((slab) => slabDocument(shard, window, slab)),
  ),
  ...seenDocument(shard),
  ...outboxDocument(shard),
  ...markDocuments(shard),
  ...dirtyHourDocuments(shard),
]

const progressDocument = (shard: Shard): Progress => ({
  id: 'progress',
  shard: shard.id,
  kind: 'progress',
  schemaVersion: stateSchemaVersion,
  stream: shard.place.stream.name,
  generation: shard.place.generation,
  partition: shard.place.partition,
  hubCreatedOn: shard.place.hubCreatedOn,
  definition: shard.place.stream.hash,
  versions: shard.place.stream.versions,
  partialUntil: shard.partialUntil,
  heartbeats: shard.place.heartbeats,
  reference: shard.reference,
  firstSequence: shard.firstSequence,
  lastSequence: shard.lastSequence,
  clock: shard.clock,
  newestOccurredAt: shard.newestOccurredAt,
  newest: shard.newest,
  openUntil: shard.openUntil,
  ledger: shard.ledger,
  warnings: shard.warnings,
  dirtyHours: Object.fromEntries([...shard.unwrittenHours].map((hour) => [hour, shard.dirtyHours.get(hour)!])),
  ...(shard.place.replay === undefined ? {} : { ttl: replayTtl }),
})

/** Seconds: what a replay has folded is of no use long after the decision about it. */
const replayTtl = 30 * 86_400

const stateTtl = ({ place: { stream, replay } }: Shard): number =>
  replay === undefined ? stream.retentionSeconds : replayTtl

const slabDocument = (shard: Shard, window: RollupWindow, slab: number): SlabDocument => {
  const groups = window.slab(slab)
  const data = encodeGroups(groups)
  window.recordStoredBytes(slab, data.length)
  return {
    id: `w:${window.rollup.id}:${window.start}:${slab}`,
    shard: shard.id,
    kind: 'slab',
    schemaVersion: stateSchemaVersion,
    rollup: window.rollup.id,
    windowStart: window.start,
    windowEnd: window.end,
    slab,
    sequence: shard.lastSequence,
    approximate: window.approximate,
    groups: groups.length,
    data,
    ttl: stateTtl(shard),
  }
}

const seenDocument = (shard: Shard): SeenDocument[] =>
  shard.draft.seen.length === 0
    ? []
    : [
        {
          id: `seen:${padded(shard.lastSequence)}`,
          shard: shard.id,
          kind: 'seen',
          schemaVersion: stateSchemaVersion,
          seenUntil: shard.draft.seen.at(-1)!.seenAt,
          data: encodeSeen(shard.draft.seen),
          ttl: stateTtl(shard),
        },
      ]

/** The letters of a replay are those of live, and are where people look for them. */
const outboxDocument = (shard: Shard): OutboxDocument[] =>
  shard.draft.letters.length === 0 || shard.place.replay !== undefined
    ? []
    : [
        {
          id: `dead:${padded(shard.lastSequence)}`,
          shard: shard.id,
          kind: 'outbox',
          schemaVersion: stateSchemaVersion,
          outbox: 1,
          stream: shard.place.stream.name,
          partition: shard.place.partition,
          hubCreatedOn: shard.place.hubCreatedOn,
          letters: shard.draft.letters,
          ttl: stateTtl(shard),
        },
      ]

/** Seconds. Whoever keeps captured events for longer can replay them from the beginning of a shard only. */
const repairTtl = 90 * 86_400

const markDocuments = (shard: Shard): MarkDocument[] =>
  shard.draft.marks.map((mark) => ({
    ...mark,
    id: `mark:${padded(mark.at.sequence)}`,
    shard: shard.id,
    kind: 'mark',
    schemaVersion: stateSchemaVersion,
    definition: shard.place.stream.hash,
    ttl: repairTtl,
  }))

const dirtyHourDocuments = (shard: Shard): DirtyHourDocument[] =>
  [...shard.draft.dirtyHours].map((dirtyHour) => ({
    ...shard.dirtyHours.get(dirtyHour)!,
    id: `dirty:${dirtyHour}`,
    shard: shard.id,
    kind: 'dirty',
    schemaVersion: stateSchemaVersion,
    dirtyHour,
    ttl: repairTtl,
  }))

const padded = (sequence: number): string => String(sequence).padStart(16, '0')
