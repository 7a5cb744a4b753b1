/** Documents of the `state` container for contract tests. */
import { emptyLedger } from '../../shared/contracts/ledger.ts'
import {
  shardId,
  stateSchemaVersion,
  type DirtyHourDocument,
  type MarkDocument,
  type MarkPlace,
  type OutboxDocument,
  type Progress,
  type SeenDocument,
  type SlabDocument,
} from '../../shared/contracts/state-documents.ts'

const windowMs = 60_000
const ttl = 86_400
let shards = 0

/** A shard that no other test of this process uses. */
export const newShard = (): string => shardId('readings', 'live', String((shards += 1)))

export const progressAt = (shard: string, lastSequence: number): Progress => ({
  id: 'progress',
  shard,
  kind: 'progress',
  schemaVersion: stateSchemaVersion,
  stream: 'readings',
  generation: 'live',
  partition: shard.split(':')[2]!,
  hubCreatedOn: '2026-01-01T00:00:00.000Z',
  reference: {},
  definition: 'a1b2',
  versions: { rules: { version: 1, hash: 'c3' }, rollups: { pages: { version: 1, hash: 'd4' } } },
  partialUntil: {},
  dirtyHours: {},
  heartbeats: 'timer',
  firstSequence: 0,
  lastSequence,
  clock: 1_000,
  newestOccurredAt: null,
  newest: -1,
  openUntil: null,
  ledger: { ...emptyLedger(), received: lastSequence + 1, accepted: lastSequence + 1 },
  warnings: {},
})

export const aSlab = (
  shard: string,
  fields: Partial<Pick<SlabDocument, 'rollup' | 'windowStart' | 'slab' | 'sequence' | 'groups' | 'data'>>,
): SlabDocument => {
  const { rollup = 'pages@1', windowStart = 1_000, slab = 0, sequence = 1, groups = 2, data = 'AAEC' } = fields
  return {
    id: `w:${rollup}:${windowStart}:${slab}`,
    shard,
    kind: 'slab',
    schemaVersion: stateSchemaVersion,
    rollup,
    windowStart,
    windowEnd: windowStart + windowMs,
    slab,
    sequence,
    approximate: false,
    groups,
    data,
    ttl,
  }
}

const padded = (sequence: number): string => String(sequence).padStart(16, '0')

export const aSeen = (shard: string, sequence: number, seenUntil: number): SeenDocument => ({
  id: `seen:${padded(sequence)}`,
  shard,
  kind: 'seen',
  schemaVersion: stateSchemaVersion,
  seenUntil,
  data: 'AAEC',
  ttl,
})

export const anOutbox = (shard: string, sequence: number): OutboxDocument => ({
  id: `dead:${padded(sequence)}`,
  shard,
  kind: 'outbox',
  schemaVersion: stateSchemaVersion,
  outbox: 1,
  stream: 'readings',
  hubCreatedOn: '2026-01-01T00:00:00.000Z',
  partition: shard.split(':')[2]!,
  letters: [
    {
      sequence,
      enqueuedAt: '2026-01-01T00:00:00.000Z',
      properties: { source: 'ö' },
      body: '//4=',
      step: 'decode',
      reason: 'malformed',
      detail: 'The body is not JSON.',
    },
  ],
  ttl,
})

export const aMark = (shard: string, at: MarkPlace): MarkDocument => ({
  id: `mark:${padded(at.sequence)}`,
  shard,
  kind: 'mark',
  schemaVersion: stateSchemaVersion,
  at,
  ledger: { ...emptyLedger(), received: at.sequence + 1, accepted: at.sequence + 1 },
  definition: 'a1b2',
  reference: { devices: 2 },
  ttl,
})

export const aDirtyHour = (shard: string, dirtyHour: number, lastSequence: number): DirtyHourDocument => ({
  id: `dirty:${dirtyHour}`,
  shard,
  kind: 'dirty',
  schemaVersion: stateSchemaVersion,
  dirtyHour,
  late: 3,
  firstSequence: 1,
  lastSequence,
  ttl,
})
