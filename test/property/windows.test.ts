import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { windowStart } from '../../shared/core/time.ts'

const sizes = fc.constantFrom(1_000, 10_000, 60_000, 3_600_000, 86_400_000)
const instants = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) })

//  |──────── every ────────|──────── every ────────|
//  start ≤ instant < end = the next window's start
test('every instant is in exactly one window', () => {
  fc.assert(
    fc.property(instants, sizes, (instant, every) => {
      const start = windowStart(instant, every)
      assert.ok(start <= instant && instant < start + every)
      assert.equal(start % every, 0)
      assert.equal(windowStart(start, every), start)
      assert.equal(windowStart(start + every - 1, every), start)
      assert.equal(windowStart(start + every, every), start + every)
    }),
  )
})

test('a smaller window that divides a larger one lies in exactly one of it', () => {
  fc.assert(
    fc.property(instants, (instant) => {
      const small = windowStart(instant, 10_000)
      assert.equal(windowStart(small, 60_000), windowStart(instant, 60_000))
      assert.equal(windowStart(small + 9_999, 60_000), windowStart(instant, 60_000))
    }),
  )
})
