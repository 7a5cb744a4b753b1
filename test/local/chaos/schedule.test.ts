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
    const schedule = chaosSchedule(seed, 20_000)
    assert.deepEqual([...new Set(schedule.map(({ kind }) => kind))].sort(), kinds)
    assert.ok(schedule.filter(({ kind }) => kind === 'kill host').length >= 3)
    assert.ok(schedule.every(({ atMs }, i) => atMs >= (schedule[i - 1]?.atMs ?? 0) && atMs <= 16_000))
  }
})

test('no host is killed while it stands still or just goes on, and none stands still before another has gone on', () => {
  for (const seed of seeds) {
    for (const durationMs of [20_000, 60_000, 300_000]) {
      const schedule = chaosSchedule(seed, durationMs)
      let before = 0
      for (const zombie of schedule.filter((event) => event.kind === 'zombie host')) {
        const until = zombie.atMs + zombie.forMs + zombie.bothMs
        assert.ok(zombie.atMs >= before)
        assert.ok(!schedule.some(({ kind, atMs }) => kind === 'kill host' && atMs >= zombie.atMs && atMs < until))
        before = until
      }
    }
  }
})

test('a schedule reads as lines', () => {
  assert.equal(describeChaos({ atMs: 3_249, kind: 'kill cosmos', downMs: 500 }), '+3.2 s  kill cosmos: down 0.5 s')
  assert.equal(describeChaos({ atMs: 0, kind: 'tear event-hubs' }), '+0.0 s  tear event-hubs')
})
