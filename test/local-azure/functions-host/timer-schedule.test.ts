import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSchedule } from '../../../local/host/triggers/timer-schedule.ts'

/** Schedule, a time, and when it is due next. */
const cases: readonly (readonly [what: string, schedule: string, after: string, next: string])[] = [
  ['seconds come first', '30 */5 * * * *', '2026-03-01T10:04:00Z', '2026-03-01T10:05:30.000Z'],
  ['five fields begin with minutes', '*/5 * * * *', '2026-03-01T10:04:00Z', '2026-03-01T10:05:00.000Z'],
  ['days have names', '0 0 9 * * Mon-Fri', '2026-03-06T10:00:00Z', '2026-03-09T09:00:00.000Z'],
  ['months have names', '0 0 0 1 Feb *', '2026-03-01T00:00:00Z', '2027-02-01T00:00:00.000Z'],
  ['the next is after, never at, the time', '0 0 * * * *', '2026-03-01T10:00:00Z', '2026-03-01T11:00:00.000Z'],
  ['a leap day waits for its year', '0 0 0 29 2 *', '2026-03-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
  [
    'day of the month and of the week are both asked for',
    '0 0 0 13 * 5',
    '2026-01-01T00:00:00Z',
    '2026-02-13T00:00:00.000Z',
  ],
  ['on such a day every hour counts', '0 0 * 13 * 5', '2026-02-13T23:00:00Z', '2026-03-13T00:00:00.000Z'],
  ['a time span counts from the last time', '01:30:00', '2026-03-01T10:00:07Z', '2026-03-01T11:30:07.000Z'],
  ['a time span from 24 on is in days', '24:00:00', '2026-03-01T10:00:00Z', '2026-03-25T10:00:00.000Z'],
]

for (const [what, schedule, after, next] of cases) {
  test(`${what}: ${schedule}`, () => {
    assert.equal(parseSchedule(schedule, 'w').next(new Date(after)).toISOString(), next)
  })
}

for (const schedule of ['often', '@daily', '* * * *', '60 * * * * *', '* * * * * * *', '00:60:00']) {
  test(`${schedule} is refused`, () => {
    assert.throws(() => parseSchedule(schedule, 'w'), /^Error: w: ".*" is no NCRONTAB expression/)
  })
}

test('a time span of nothing is refused', () => {
  assert.throws(() => parseSchedule('00:00:00', 'w'), { message: 'w: expected a time span above 00:00:00.' })
})

test('what is due more than once a minute is frequent', () => {
  const now = new Date('2026-03-01T10:00:10Z')
  const isFrequent = (schedule: string) => parseSchedule(schedule, 'w').isFrequent(now)
  assert.deepEqual(['*/10 * * * * *', '0 * * * * *', '00:00:59', '00:01:00'].map(isFrequent), [
    true,
    false,
    true,
    false,
  ])
})
