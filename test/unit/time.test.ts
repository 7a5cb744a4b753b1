import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { floorToSecond, parseInstant, resolveTime } from '../../shared/core/time.ts'

test('instants with zones are read to the millisecond', () => {
  const noon = Date.UTC(2026, 10, 24, 12, 0, 0)
  assert.equal(parseInstant('2026-11-24T12:00:00Z'), noon)
  assert.equal(parseInstant('2026-11-24t12:00:00.25z'), noon + 250)
  assert.equal(parseInstant('2026-11-24 13:30:00,1239+01:30'), noon + 123)
  assert.equal(parseInstant('2026-11-24T07:00:00-0500'), noon)
})

test('what is no real instant from 1970 on is refused', () => {
  const refused = [
    '',
    '2026-11-24',
    '2026-11-24T12:00:00',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-11-24T24:00:00Z',
    '2026-11-24T12:60:00Z',
    '1900-01-01T00:00:00Z',
    '1970-01-01T00:00:00+01:00',
    '10000-01-01T00:00:00Z',
    ' 2026-11-24T12:00:00Z',
  ]
  for (const text of refused) assert.equal(parseInstant(text), undefined, text)
})

test('every instant that Node writes is read back', () => {
  const instants = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) })
  fc.assert(fc.property(instants, (instant) => parseInstant(new Date(instant).toISOString()) === instant))
})

const arrival = Date.UTC(2026, 10, 24, 12, 0, 0, 400)
const arrivedBy = floorToSecond(arrival) + 999

test('a time before the arrival is taken as it is', () => {
  assert.deepEqual(resolveTime(arrival - 5_000, arrival - 100, arrival), {
    occurredAt: arrival - 5_000,
    clockAhead: false,
    capped: false,
  })
})

test('a clock ahead is set back by as much as the sending lies after the arrival', () => {
  assert.deepEqual(resolveTime(arrivedBy + 3_599_000, arrivedBy + 3_600_000, arrival), {
    occurredAt: arrivedBy - 1_000,
    clockAhead: true,
    capped: false,
  })
})

test('a time that still lies after the arrival is cut to it', () => {
  assert.deepEqual(resolveTime(Date.UTC(9999, 0), undefined, arrival), {
    occurredAt: arrivedBy,
    clockAhead: false,
    capped: true,
  })
})

test('the resolved time depends on the second of the arrival only, as Capture keeps it', () => {
  const offsets = fc.integer({ min: -10_000_000, max: 10_000_000 })
  fc.assert(
    fc.property(offsets, fc.option(offsets, { nil: undefined }), fc.nat(999), (stated, sent, ms) => {
      const second = floorToSecond(arrival)
      const sentAt = sent === undefined ? undefined : second + sent
      assert.deepEqual(resolveTime(second + stated, sentAt, second), resolveTime(second + stated, sentAt, second + ms))
    }),
  )
})
