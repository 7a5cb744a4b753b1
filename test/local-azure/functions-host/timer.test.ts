import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually, startTestHost, type TestHost } from './support.ts'

interface Run {
  readonly name: string
  readonly running?: number
  readonly timer: {
    readonly isPastDue: boolean
    readonly schedule: { readonly adjustForDST: boolean }
    readonly scheduleStatus: { readonly last: string; readonly next: string; readonly lastUpdated: string }
  }
}

let host: TestHost
before(async () => {
  host = await startTestHost('timer', { EVERY_SECOND: '* * * * * *' })
})
after(() => host.stop())

const runsOf = async (name: string): Promise<Run[]> =>
  (await host.json<Run[]>('/api/runs')).filter((run) => run.name === name)

test('a timer runs on its six-field schedule, taken from a setting, with its status', async () => {
  const runs = await eventually(
    'two runs',
    () => runsOf('every-second'),
    ({ length }) => length >= 2,
  )
  const [first, second] = runs.map(({ timer }) => timer)
  assert.equal(first!.isPastDue, false)
  assert.deepEqual(first!.schedule, { adjustForDST: true })
  const { last, next } = second!.scheduleStatus
  assert.ok(Date.parse(next) > Date.parse(last))
  assert.ok(Date.parse(last) > Date.parse(first!.scheduleStatus.last))
  assert.equal(Date.parse(next) % 1_000, 0)
})

test('a timer runs on a time span too', async () => {
  await eventually(
    'two runs',
    () => runsOf('span'),
    ({ length }) => length >= 2,
  )
})

test('a timer with runOnStartup runs at once, however far its schedule', async () => {
  assert.equal(
    (
      await eventually(
        'a run',
        () => runsOf('at-start'),
        ({ length }) => length > 0,
      )
    ).length,
    1,
  )
})

test('a timer that is asked to run while it runs does so afterwards, never twice at once', async () => {
  for (let i = 0; i < 3; i += 1) assert.equal((await host.send('POST', '/admin/functions/guarded', '{}')).status, 202)
  for (let runs = 1; runs <= 3; runs += 1) {
    const seen = await eventually(
      `run ${runs}`,
      () => runsOf('guarded'),
      ({ length }) => length >= runs,
    )
    assert.equal(seen.length, runs)
    await host.send('POST', '/api/release')
  }
})
