import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import type { StreamDescription } from '../../shared/contracts/stream-definition.ts'
import { compileStream, definitionHash } from '../../shared/core/stream/compile.ts'
import { clickstream } from '../../shared/streams/clickstream.ts'
import { streams } from '../../shared/streams/index.ts'
import { manifestText } from '../../shared/streams/manifest.ts'
import { testDefinition, testStream } from '../support/test-stream.ts'

const compiled = compileStream(clickstream)
const click = {
  source: 'browser-1',
  id: '1',
  type: 'purchase',
  time: '2026-11-24T12:00:00Z',
  userId: 'user-1',
  url: 'https://shop.example/',
}

test('manifest.json says what the definitions say', () => {
  const written = readFileSync(new URL('../../shared/streams/manifest.json', import.meta.url), 'utf8')
  assert.ok(
    written === manifestText(streams),
    'shared/streams/manifest.json is stale: run `npm run streams` and commit it',
  )
})

test('durations become numbers', () => {
  assert.equal(compiled.latenessMs, 120_000)
  assert.equal(compiled.horizonMs, 600_000)
  assert.equal(compiled.retentionSeconds, 2 * 86_400)
  assert.equal(compiled.rollups[0]?.everyMs, 10_000)
  assert.equal(compiled.rollups[0]?.keepSeconds, 30 * 86_400)
})

test('an event that fits the schema passes, with fields that the schema does not know', () => {
  assert.equal(compiled.check(click), undefined)
  assert.equal(compiled.check({ ...click, colour: 'red', nested: { a: 1 } }), undefined)
  assert.equal(compiled.check(JSON.parse(JSON.stringify(click).replace('{', '{"__proto__":{"x":1},'))), undefined)
})

const misfits: readonly (readonly [value: unknown, problem: string])[] = [
  [null, '/: expected object'],
  [[], '/: expected object'],
  ['secret', '/: expected object'],
  [{}, '/source: expected required property'],
  [{ ...click, id: '' }, '/id: expected string length greater or equal to 1'],
  [{ ...click, id: 's'.repeat(129) }, '/id: expected string length less or equal to 128'],
  [{ ...click, type: 'secret' }, '/type: expected one of page_view, search, cart, purchase'],
  [{ ...click, amount: -1 }, '/amount: expected number to be greater or equal to 0'],
  [{ ...click, amount: 'secret' }, '/amount: expected number'],
  [{ ...click, quantity: 1.5 }, '/quantity: expected integer'],
  [{ ...click, currency: 'secret' }, '/currency: expected string length less or equal to 3'],
]

for (const [value, problem] of misfits) {
  test(`an event that does not fit is told the field and the expectation: ${problem}`, () => {
    assert.equal(compiled.check(value), problem)
  })
}

test('what is said about an event never holds its values', () => {
  const fields = fc.constantFrom(...Object.keys(clickstream.schema.properties))
  fc.assert(
    fc.property(fields, fc.uuid(), (field, secret) => {
      const problem = compiled.check({ ...click, [field]: { secret } }) ?? 'nothing'
      assert.ok(problem.startsWith(`/${field}: expected`), problem)
      assert.ok(!problem.includes(secret))
    }),
  )
})

test('a crawler is filtered, unless everything is kept', () => {
  const everything = compileStream(clickstream, { keepAll: true })
  assert.equal(compiled.keep({ isBot: true }), false)
  assert.equal(compiled.keep({ isBot: false }), true)
  assert.equal(everything.keep({ isBot: true }), true)
  assert.notEqual(everything.hash, compiled.hash)
})

test('metrics are in order of their names, whatever the order they were written in', () => {
  const traffic = compiled.rollups.find((rollup) => rollup.name === 'traffic')
  const names = traffic?.metrics.map((metric) => metric.name)
  assert.deepEqual(names, ['carts', 'events', 'purchases', 'searches', 'views', 'visitors'])
})

test('a metric counts the events of its own predicate and reads its field', () => {
  const revenue = compiled.rollups.find((rollup) => rollup.name === 'revenue')
  const amount = revenue?.metrics.find((metric) => metric.name === 'amount')
  assert.equal(revenue?.where({ type: 'purchase' }), true)
  assert.equal(revenue.where({ type: 'cart' }), false)
  assert.equal(amount?.read({ amount: 2.5 }), 2.5)
  assert.equal(amount.read({}), undefined)
})

test('slabs and chunks stay below the sizes that documents may have', () => {
  for (const rollup of [...compiled.rollups, ...testStream.rollups]) {
    assert.ok(rollup.groupsPerSlab >= 1 && rollup.groupsPerSlab <= rollup.maxGroups, rollup.id)
    assert.ok((rollup.groupsPerSlab * rollup.maxGroupBytes * 4) / 3 < 1_500_000, rollup.id)
    assert.equal(rollup.chunks === 0, rollup.by.length === 0, rollup.id)
  }
})

test('a rollup names its version, 1 where none is given', () => {
  assert.deepEqual(
    testStream.rollups.map((rollup) => rollup.id),
    ['total@1', 'rooms@1'],
  )
  const { description } = testDefinition
  const raised = { ...description, rollups: { total: { ...description.rollups['total']!, version: 2 } } }
  assert.deepEqual(
    compileStream({ ...testDefinition, description: raised }).rollups.map((rollup) => rollup.id),
    ['total@2'],
  )
})

test('the hash is 16 hex digits and stays the same', () => {
  assert.match(compiled.hash, /^[0-9a-f]{16}$/)
  assert.equal(compileStream(clickstream).hash, compiled.hash)
})

const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, part]) => [key, reversed(part)]),
  )
}

test('the hash does not change with the order of keys', () => {
  assert.equal(definitionHash(reversed(clickstream.description) as StreamDescription), compiled.hash)
})

const { description } = clickstream
const pages = description.rollups['pages']!
const { traffic: _traffic, ...withoutTraffic } = description.rollups
const changes: Readonly<Record<string, Partial<StreamDescription>>> = {
  'the name': { name: 'clicks' },
  'a schema bound': { event: JSON.parse(JSON.stringify(description.event).replace('8192', '8193')) as unknown },
  lateness: { time: { ...description.time, lateness: '3m' } },
  'the horizon': { deduplicate: { horizon: '11m' } },
  'the order of steps': { enrich: description.enrich.toReversed() },
  'a step left out': { enrich: description.enrich.slice(1) },
  'the filter': { keep: { isBot: false } },
  'a rollup left out': { rollups: withoutTraffic },
  'the window size': { rollups: { ...description.rollups, pages: { ...pages, every: '2m' } } },
  'the groups': { rollups: { ...description.rollups, pages: { ...pages, by: ['host', 'page'] } } },
  'a metric': { rollups: { ...description.rollups, pages: { ...pages, metrics: { views: { kind: 'count' } } } } },
  'the size limit': { maxEventBytes: 1_000 },
}

for (const [what, change] of Object.entries(changes)) {
  test(`the hash changes with ${what}`, () => {
    assert.notEqual(definitionHash({ ...description, ...change }), compiled.hash)
  })
}
