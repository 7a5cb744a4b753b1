/** A small stream whose rules are easy to see through, for tests of the hot path. */
import { Type } from '@sinclair/typebox'
import { compileStream } from '../../shared/core/stream/compile.ts'
import { defineStream } from '../../shared/core/stream/define-stream.ts'
import { count, distinct, last, max, quantiles, sum } from '../../shared/core/stream/metrics.ts'

export const testDefinition = defineStream({
  name: 'readings',
  hub: { partitions: 3, retention: '1d' },
  event: Type.Object({
    schemaVersion: Type.Optional(Type.Integer()),
    source: Type.String({ minLength: 1 }),
    id: Type.String({ minLength: 1 }),
    time: Type.String(),
    sentAt: Type.Optional(Type.String()),
    room: Type.Optional(Type.String()),
    value: Type.Optional(Type.Number({ minimum: -1_000, maximum: 1_000 })),
    skip: Type.Optional(Type.Boolean()),
  }),
  identity: { source: 'source', id: 'id' },
  time: { occurredAt: 'time', sentAt: 'sentAt', lateness: '10s' },
  deduplicate: { horizon: '1m' },
  enrich: [],
  keep: { not: { skip: true } },
  rollups: {
    total: {
      every: '10s',
      by: [],
      keep: '1d',
      metrics: { events: count(), sources: distinct('source', { precision: 6 }), sum: sum('value') },
    },
    rooms: {
      every: '1m',
      by: ['room'],
      maxGroups: 4,
      keep: '1d',
      metrics: { events: count(), highest: max('value'), latest: last('value'), values: quantiles('value') },
    },
  },
})

export const testStream = compileStream(testDefinition)
