/** Definitions that must not compile: each stands under the error it has to give, or the type check of this file fails. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from '@sinclair/typebox'
import { parseUrl } from '../../shared/core/enrich/parse-url.ts'
import { defineStream } from '../../shared/core/stream/define-stream.ts'
import { count, distinct, max, sum } from '../../shared/core/stream/metrics.ts'
import { TerminalError } from '../../shared/errors.ts'

const visits = {
  name: 'visits',
  event: Type.Object({ source: Type.String(), id: Type.String(), time: Type.String(), url: Type.String() }),
  identity: { source: 'source', id: 'id' },
  time: { occurredAt: 'time', lateness: '1m' },
  deduplicate: { horizon: '5m' },
  enrich: [parseUrl('url')],
} as const

const pages = { every: '1m', by: ['page'], maxGroups: 10, keep: '1d', metrics: { events: count() } } as const

const refused = (define: () => unknown, problem: RegExp): void => {
  assert.throws(define, (error) => error instanceof TerminalError && problem.test(error.message))
}

test('fields of the event and fields that steps add may be used everywhere', () => {
  defineStream({
    ...visits,
    keep: { all: [{ host: { exists: true } }, { not: { page: '/health' } }] },
    rollups: {
      pages: { ...pages, where: { host: 'a' }, metrics: { hosts: distinct('host'), own: count({ page: '/' }) } },
    },
  })
})

test('an identity must be a field of the event, not one that a step adds', () => {
  const identity = { source: 'page', id: 'id' } as const
  // @ts-expect-error: page is added by enrichment, after identity is decided
  refused(() => defineStream({ ...visits, identity, rollups: { pages } }), /identity\.source/)
})

test('the event time must be a field of the event', () => {
  const time = { occurredAt: 'when', lateness: '1m' } as const
  // @ts-expect-error: no such field
  refused(() => defineStream({ ...visits, time, rollups: { pages } }), /time\.occurredAt/)
})

test('a step must read a field that exists', () => {
  // @ts-expect-error: no such field
  refused(() => defineStream({ ...visits, enrich: [parseUrl('link')], rollups: { pages } }), /enrich\.0\.parseUrl\.url/)
})

test('groups must be made by fields that exist', () => {
  // @ts-expect-error: no such field
  refused(() => defineStream({ ...visits, rollups: { pages: { ...pages, by: ['colour'] } } }), /rollups\.pages\.by\.0/)
})

test('predicates must compare fields that exist', () => {
  // @ts-expect-error: no such field
  refused(() => defineStream({ ...visits, keep: { colour: 'red' }, rollups: { pages } }), /keep\.colour/)
  // @ts-expect-error: no such field
  refused(() => defineStream({ ...visits, keep: { not: { colour: 'red' } }, rollups: { pages } }), /keep\.not\.colour/)
  // @ts-expect-error: no such field
  refused(() => defineStream({ ...visits, rollups: { pages: { ...pages, where: { colour: 1 } } } }), /where\.colour/)
})

test('metrics must read and compare fields that exist', () => {
  const unknownField = { ...pages, metrics: { total: sum('colour') } }
  // @ts-expect-error: no such field
  refused(() => defineStream({ ...visits, rollups: { pages: unknownField } }), /metrics\.total\.field/)
  const unknownInWhere = { ...pages, metrics: { total: max('url', { any: [{ id: 'a' }, { colour: 'red' }] }) } }
  // @ts-expect-error: no such field
  refused(() => defineStream({ ...visits, rollups: { pages: unknownInWhere } }), /where\.any\.1\.colour/)
})
