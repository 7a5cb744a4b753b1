import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Predicate } from '../../shared/contracts/stream-definition.ts'
import { compilePredicate, fieldReader } from '../../shared/core/stream/predicate.ts'

const holds = (predicate: Predicate, event: Record<string, unknown>): boolean => compilePredicate(predicate)(event)

test('no predicate and one without comparisons hold for every event', () => {
  assert.equal(compilePredicate(undefined)({}), true)
  assert.equal(holds({}, { a: 1 }), true)
  assert.equal(holds({ all: [] }, {}), true)
})

test('a plain value means equality, without conversion', () => {
  assert.equal(holds({ a: 'x' }, { a: 'x' }), true)
  assert.equal(holds({ a: 1 }, { a: '1' }), false)
  assert.equal(holds({ a: false }, { a: 0 }), false)
  assert.equal(holds({ a: null }, { a: null }), true)
  assert.equal(holds({ a: null }, {}), false)
})

test('comparisons of one object hold together', () => {
  assert.equal(holds({ a: 1, b: 2 }, { a: 1, b: 2 }), true)
  assert.equal(holds({ a: 1, b: 2 }, { a: 1, b: 3 }), false)
  assert.equal(holds({ a: 1, b: 2, c: 3 }, { a: 1, b: 2, c: 4 }), false)
})

test('in holds for the values listed', () => {
  const predicate = { a: { in: ['x', 2, null] } }
  for (const a of ['x', 2, null]) assert.equal(holds(predicate, { a }), true)
  for (const a of ['y', '2', undefined]) assert.equal(holds(predicate, { a }), false)
  assert.equal(holds({ a: { in: [] } }, { a: 1 }), false)
})

test('bounds hold for numbers alone, ends included only by gte and lte', () => {
  assert.equal(holds({ a: { gt: 1 } }, { a: 1 }), false)
  assert.equal(holds({ a: { gte: 1 } }, { a: 1 }), true)
  assert.equal(holds({ a: { lt: 1 } }, { a: 1 }), false)
  assert.equal(holds({ a: { lte: 1 } }, { a: 1 }), true)
  assert.equal(holds({ a: { gt: 1, lte: 3 } }, { a: 3 }), true)
  assert.equal(holds({ a: { gte: 1, lt: 3 } }, { a: 0.5 }), false)
  for (const a of ['2', null, true, undefined, Number.NaN]) assert.equal(holds({ a: { gt: 1, lt: 3 } }, { a }), false)
})

test('bounds agree with their arithmetic for all numbers', () => {
  const number = fc.double({ noNaN: true })
  fc.assert(
    fc.property(number, number, number, (low, high, a) => {
      assert.equal(holds({ a: { gt: low, lt: high } }, { a }), a > low && a < high)
      assert.equal(holds({ a: { gte: low, lte: high } }, { a }), a >= low && a <= high)
    }),
  )
})

test('exists asks whether the event has the field, null included', () => {
  assert.equal(holds({ a: { exists: true } }, { a: null }), true)
  assert.equal(holds({ a: { exists: true } }, {}), false)
  assert.equal(holds({ a: { exists: false } }, {}), true)
  assert.equal(holds({ a: { exists: false } }, { a: 0 }), false)
})

test('not, any and all combine predicates', () => {
  assert.equal(holds({ not: { a: 1 } }, {}), true)
  assert.equal(holds({ not: { a: 1 } }, { a: 1 }), false)
  assert.equal(holds({ any: [{ a: 1 }, { b: 1 }] }, { b: 1 }), true)
  assert.equal(holds({ any: [{ a: 1 }, { b: 1 }] }, {}), false)
  assert.equal(holds({ any: [] }, {}), false)
  assert.equal(holds({ all: [{ a: 1 }, { b: 1 }] }, { a: 1 }), false)
  assert.equal(holds({ all: [{ a: 1 }, { not: { any: [{ b: 1 }, { c: 1 }] } }] }, { a: 1 }), true)
})

test('what objects inherit is no field', () => {
  for (const field of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    assert.equal(fieldReader(field)({}), undefined, field)
    assert.equal(holds({ [field]: { exists: true } }, {}), false, field)
  }
  const sent = JSON.parse('{"__proto__":{"isAdmin":true}}') as Record<string, unknown>
  assert.equal(fieldReader('isAdmin')(sent), undefined)
  assert.deepEqual(fieldReader('__proto__')(sent), { isAdmin: true })
})
