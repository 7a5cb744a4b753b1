import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chaosSchedule, describeChaos } from '../../../local/chaos/schedule.ts'

const seeds = Array.from({ length: 50 }, (_, i) => i)

test('the same seed makes the same schedule, another one another', () => {
  assert.deepEqual(chaosSchedule(7, 20_000), chaosSchedule(7, 20_000))
  assert.equal(new Set(seeds.map((seed) => JSON.stringify(chaosSchedule(seed, 20_000)))).size, seeds.length)
})

test('everything goes wrong in the shortest run, the host dies three times, and the end is left in peace', () => {
  const kinds = [
    'cosmos faults',
    'kill cosmos',
    'kill event-hubs',
    'kill host',
    'kill storage',
    'late commits',
    'second host',
    'tear event-hubs',
    'zombie host',
  ]
  for (const seed of seeds) {
    const schedule = chaosSchedule(seed, 10_000)
    assert.deepEqual([...new Set(schedule.map(({ kind }) => kind))].sort(), kinds)
    assert.ok(schedule.filter(({ kind }) => kind === 'kill host').length >= 3)
    assert.ok(schedule.every(({ atMs }, i) => atMs >= (schedule[i - 1]?.atMs ?? 0) && atMs <= 8_000))
  }
})

test('a schedule reads as lines', () => {
  assert.equal(describeChaos({ atMs: 3_249, kind: 'kill cosmos', downMs: 500 }), '+3.2 s  kill cosmos: down 0.5 s')
  assert.equal(describeChaos({ atMs: 0, kind: 'tear event-hubs' }), '+0.0 s  tear event-hubs')
})
