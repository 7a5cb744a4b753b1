import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rangesOf } from '../../../local/run/read-ranges.ts'

const minute = 60_000
const hour = 60 * minute

test('the range of expected windows reaches an hour of minutes further to both sides, but not before 1970', () => {
  assert.deepEqual(rangesOf([5 * hour, 3 * hour, 4 * hour], minute), [{ from: 2 * hour, to: 6 * hour }])
  assert.deepEqual(rangesOf([10 * minute], minute), [{ from: 0, to: 70 * minute }])
})

test('a hole of more than a thousand windows is left out, a smaller one is not', () => {
  const day = 24 * hour
  assert.deepEqual(rangesOf([day, day + 1_000 * minute, 5 * day, 5 * day + minute], minute), [
    { from: 23 * hour, to: day + 1_060 * minute },
    { from: 5 * day - hour, to: 5 * day + minute + hour },
  ])
})

test('without expected windows the beginning of time is looked at', () => {
  assert.deepEqual(rangesOf([], 10_000), [{ from: 0, to: 600_000 }])
})
