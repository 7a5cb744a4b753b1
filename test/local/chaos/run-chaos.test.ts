import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { runChaos, type ChaosTarget } from '../../../local/chaos/run-chaos.ts'
import type { ChaosEvent } from '../../../local/chaos/schedule.ts'
import { Service } from '../../../local/run/service.ts'

const module = join(import.meta.dirname, '..', '..', 'fixtures', 'children', 'echo.ts')
const never = new AbortController().signal

/** Services that do nothing, as real processes, and what has become of them. */
const world = async (t: TestContext) => {
  const said: string[] = []
  const service = async (name: string): Promise<Service> => {
    const created = new Service({ name, module, onLine: () => undefined, onLost: () => said.push(`${name} lost`) })
    t.after(() => created.stop())
    await created.start({})
    return created
  }
  const host = await service('host')
  const cosmos = await service('cosmos')
  const other = await service('other')
  const target: ChaosTarget = {
    services: {
      ...{ eventHubs: '', cosmos: '', storage: '', lake: '', url: '' },
      processes: { host, cosmos, eventHubs: cosmos, storage: cosmos, lake: cosmos },
      startHostAgain: async () => {
        said.push(isAlive(other) ? 'host again beside another' : 'host again')
        await host.startAgain()
      },
      startHost: () => Promise.resolve(other),
      stop: () => Promise.resolve(),
    },
    lines: {
      connections: { eventHubs: '', cosmos: '', storage: '', lake: '' },
      tearEventHubs: () => said.push('torn'),
      failCosmos: () => () => said.push('healed'),
      delayCommits: () => () => said.push('in time'),
      close: () => Promise.resolve(),
    },
    hubs: [],
    say: () => undefined,
  }
  return { said, host, cosmos, other, target }
}

const isAlive = ({ ready }: Service): boolean => {
  try {
    process.kill(Number(ready['pid']), 0)
    return true
  } catch {
    return false
  }
}

const kill = (atMs: number): ChaosEvent => ({
  atMs,
  kind: 'kill host',
  downMs: 0,
  checkpoints: 'kept',
  batchSize: 1_000,
})

test('a host that stands still is not killed before it has gone on', async (t) => {
  const { said, host, other, target } = await world(t)
  const zombie: ChaosEvent = {
    atMs: 0,
    kind: 'zombie host',
    forMs: 1_500,
    bothMs: 0,
    dies: 'other',
    batchSize: 1_000,
  }
  const before = host.ready['pid']
  await runChaos([zombie, kill(300)], target, never)
  assert.deepEqual([said, isAlive(other)], [['host again'], false])
  assert.notEqual(host.ready['pid'], before)
})

test('at the end of a run nothing more goes wrong, and what has is put right at once', async (t) => {
  const { said, cosmos, other, target } = await world(t)
  const stop = new AbortController()
  const hour = 3_600_000
  const schedule: readonly ChaosEvent[] = [
    { atMs: 0, kind: 'kill cosmos', downMs: hour },
    { atMs: 0, kind: 'cosmos faults', fault: '429', forMs: hour, share: 1 },
    { atMs: 0, kind: 'second host', forMs: hour, end: 'stop', batchSize: 1_000 },
    { atMs: hour, kind: 'tear event-hubs' },
  ]
  const before = cosmos.ready['pid']
  let begun = 0
  // Once all but the last have begun.
  const say = (): void => {
    begun += 1
    if (begun === 3) setImmediate(() => stop.abort())
  }
  await runChaos(schedule, { ...target, say }, stop.signal)
  assert.deepEqual([begun, said, isAlive(other), isAlive(cosmos)], [3, ['healed'], false, true])
  assert.notEqual(cosmos.ready['pid'], before)
})

test('where something cannot be put right, it rejects when nothing is under way any more', async (t) => {
  const { said, target } = await world(t)
  const broken = { ...target.services, startHostAgain: () => Promise.reject(new Error('host cannot start: no disk')) }
  const schedule: readonly ChaosEvent[] = [
    { atMs: 0, kind: 'late commits', forMs: 3_600_000, delayMs: 1, share: 1 },
    kill(0),
  ]
  await assert.rejects(runChaos(schedule, { ...target, services: broken }, never), {
    message: 'host cannot start: no disk',
  })
  assert.deepEqual(said, ['in time'])
})

test('late commits are over when the last has arrived', async (t) => {
  const { said, target } = await world(t)
  const late: ChaosEvent = { atMs: 0, kind: 'late commits', forMs: 0, delayMs: 500, share: 1 }
  const before = sleep(400).then(() => said.push('on their way'))
  await runChaos([late], target, never)
  said.push('over')
  await before
  assert.deepEqual(said, ['in time', 'on their way', 'over'])
})
