import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from '@sinclair/typebox'
import type { MetricDefinition, StreamDescription } from '../../shared/contracts/stream-definition.ts'
import type { CompiledRollup } from '../../shared/core/compiled-stream.ts'
import { encodeGroups } from '../../shared/core/group-codec.ts'
import { RollupWindow } from '../../shared/core/rollup.ts'
import { boundsOf, bytesOf } from '../../shared/core/stream/bounds.ts'
import { compileStream } from '../../shared/core/stream/compile.ts'
import { defineStream, type DefinedStream } from '../../shared/core/stream/define-stream.ts'
import { count, distinct, quantiles } from '../../shared/core/stream/metrics.ts'
import { TerminalError } from '../../shared/errors.ts'
import { streams } from '../../shared/streams/index.ts'

const visits = defineStream({
  name: 'visits',
  event: Type.Object({
    source: Type.String(),
    id: Type.String(),
    time: Type.String(),
    page: Type.String(),
    user: Type.String(),
    ms: Type.Number(),
  }),
  identity: { source: 'source', id: 'id' },
  time: { occurredAt: 'time', lateness: '2m' },
  deduplicate: { horizon: '10m' },
  enrich: [],
  rollups: { total: { every: '1m', by: [], keep: '30d', metrics: { views: count() } } },
})

interface Change {
  readonly retention?: string
  readonly horizon?: string
  readonly maxGroups?: number
  readonly metrics?: Readonly<Record<string, MetricDefinition>>
  /** Of the one rollup. */
  readonly copies?: number
}

const define = (change: Change): DefinedStream => {
  const { maxGroups = 1_000, metrics = { views: count(), users: distinct('user') }, copies = 1 } = change
  const pages = { every: '1m', by: ['page'], maxGroups, keep: '30d', metrics }
  const description: StreamDescription = {
    ...visits.description,
    hub: { partitions: 4, retention: change.retention ?? '1d' },
    deduplicate: { horizon: change.horizon ?? '10m' },
    rollups: Object.fromEntries(Array.from({ length: copies }, (_, i) => [i === 0 ? 'pages' : `pages${i}`, pages])),
  }
  return { ...visits, description }
}

const refused = (change: Change): string[] => {
  try {
    compileStream(define(change))
    return []
  } catch (error) {
    assert.ok(error instanceof TerminalError)
    return error.message.split('\n  ')
  }
}

test('the streams that ship fit, with room to spare', () => {
  for (const stream of streams) {
    for (const bound of boundsOf(compileStream(stream))) {
      assert.ok(bytesOf(bound) < 0.75 * bound.limit, `${bound.what}: ${bytesOf(bound)} of ${bound.limit}`)
    }
  }
})

test('identities that memory cannot hold are refused, with the arithmetic', () => {
  assert.deepEqual(refused({ horizon: '1d' }), [
    'Stream "visits" does not fit:',
    'deduplicate.horizon: expected the memory of a shard to fit into 512 MB, got 7.8 GB (7.8 GB of identities: 86,400,000, ' +
      'at 1,000 events/s for 1d; 15 MB of pages: 4 open windows of 3.8 MB). Shorten deduplicate.horizon or ' +
      'time.lateness, lower maxGroups, or leave metrics out.',
  ])
})

test('state that a logical partition cannot hold is refused, with the arithmetic', () => {
  assert.deepEqual(refused({ retention: '7d', copies: 2 }), [
    'Stream "visits" does not fit:',
    'rollups.pages: expected the state of a shard, kept for hub.retention (7d) and a day, to fit into 20 GB, got 25 GB (8.6 GB of ' +
      'pages: 11,520 windows of 749 KB; 8.6 GB of pages1: 11,520 windows of 749 KB; 7.4 GB of identities: 691,200,000, at ' +
      '1,000 events/s). Shorten hub.retention, lower maxGroups, raise every, or leave metrics out.',
  ])
})

test('everything that does not fit is named at once', () => {
  const sketches = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [`users${i}`, distinct('user', { precision: 16 })]),
  )
  assert.deepEqual(
    refused({ horizon: '3h', maxGroups: 50, metrics: sketches }).map((line) => line.split(', got')[0]),
    [
      'Stream "visits" does not fit:',
      'deduplicate.horizon: expected the memory of a shard to fit into 512 MB',
      'rollups.pages: expected the state of a shard, kept for hub.retention (1d) and a day, to fit into 20 GB',
      'rollups.pages: expected the commit of one event to fit into 2 MB',
      'rollups.pages.metrics: expected a slab to fit into 2 MB',
      'rollups.pages: expected a day of served windows to fit into 20 GB',
      'rollups.pages: expected a month of served windows to fit into 20 GB',
      'rollups.pages: expected a year of served windows to fit into 20 GB',
    ],
  )
})

test('a commit that one event makes too large is refused', () => {
  assert.equal(refused({ copies: 9, retention: '1h' }).length, 0)
  assert.match(
    refused({ copies: 20, retention: '1h' }).join('\n'),
    /rollups\.pages: expected the commit of one event to fit into 2 MB, got 3\.9 MB \(19\d KB of pages: a slab of 1\d\d dense groups; /,
  )
})

/** As many events as a partition gets in a window: 20 groups of many, and all the others of few. */
const fullWindow = (rollup: CompiledRollup): RollupWindow => {
  const window = new RollupWindow(rollup, 0)
  for (let i = 0; i < 60_000; i += 1) {
    const page = `/page/${i % 2 === 0 ? i % 20 : i % 1_000}`
    window.fold(
      page,
      { page, user: `user-${i}`, ms: 10 ** (((i * 7_919) % 40_000) / 1e4) },
      { occurredAt: i, partition: 0, sequence: i },
    )
  }
  return window
}

test('a window that is as full as it can get stays within what was reckoned', () => {
  const stream = compileStream(define({ metrics: { views: count(), users: distinct('user'), ms: quantiles('ms') } }))
  const rollup = stream.rollups[0]!
  const state = boundsOf(stream).find(({ what }) => what.startsWith('the state'))!
  const reckoned = state.parts.find(({ path }) => path === 'rollups.pages')!.bytes / (2 * 1_440)
  const window = fullWindow(rollup)
  const slabs = Array.from({ length: Math.ceil(window.groups.length / rollup.groupsPerSlab) }, (_, i) => window.slab(i))
  const stored = slabs.reduce((sum, slab) => sum + encodeGroups(slab).length, 0)
  assert.ok(stored < reckoned, `${stored} of ${reckoned}`)
  assert.ok(stored > reckoned / 3, `${stored} of ${reckoned}: reckoned too high to be of use`)
})
