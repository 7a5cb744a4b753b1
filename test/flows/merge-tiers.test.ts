import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Fault } from '../../shared/adapters/memory/faults.ts'
import { controlProperty, heartbeatValue } from '../../shared/contracts/heartbeat.ts'
import type { ServedWindow } from '../../shared/contracts/api.ts'
import { InvariantError, RetryableError } from '../../shared/errors.ts'
import { advanceFrontier } from '../../shared/flows/advance-frontier.ts'
import { readRollup } from '../../shared/flows/read-rollup.ts'
import type { Serving } from '../../shared/ports/serving.ts'
import { fill, ingestWorld } from '../support/ingest-world.ts'
import { noon, reading } from '../support/raw.ts'
import { rollupQuery } from '../support/rollup-query.ts'

type World = ReturnType<typeof ingestWorld>
const partitions = ['0', '1', '2']
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
const range = { from: noon - 12 * hour, to: noon + 36 * hour }
const sizes = {
  minutes: { name: 'readings:live:total@1:1m', everyMs: minute },
  hours: { name: 'readings:live:total@1:1h', everyMs: hour },
  days: { name: 'readings:live:total@1:1d', everyMs: day },
  roomHours: { name: 'readings:live:rooms@1:1h', everyMs: hour },
  roomDays: { name: 'readings:live:rooms@1:1d', everyMs: day },
}

const room = (id: string, at: number, name = 'red') => reading(id, at, { fields: { room: name, value: 1 } })

/** Moves the watermark of every partition, and then the frontier. */
const passTime = async (world: World, at: number): Promise<void> => {
  const beat = { enqueuedAt: noon + at, body: Buffer.from('{}'), properties: { [controlProperty]: heartbeatValue } }
  for (const partition of partitions) await world.instance().ingest(partition, fill(world, partition, [beat]))
}
const frontier = (world: World, serving: Serving = world.serving) =>
  advanceFrontier({ ...world.publishing, serving }, world.setting)()
const heads = async (world: World, size: keyof typeof sizes) =>
  (await world.serving.readRange(sizes[size], range.from, range.to, [])).heads
const starts = async (world: World, size: keyof typeof sizes): Promise<number[]> =>
  (await heads(world, size)).map(({ windowStart }) => (windowStart - noon) / minute)
const read = async (
  world: World,
  rollup: string,
  more: Readonly<Record<string, string>>,
  over = range,
): Promise<readonly ServedWindow[]> => {
  const compiled = world.setting.stream.rollups.find(({ name }) => name === rollup)!
  return (await readRollup(world, world.setting, compiled, rollupQuery(compiled, over, more))).windows
}

/** Calls of the serving container, by name and series. */
const counted = (world: World): { readonly serving: Serving; readonly calls: string[] } => {
  const calls: string[] = []
  const { serving } = world
  return {
    calls,
    serving: {
      ...serving,
      readRange: (series, ...rest) => {
        calls.push(`read ${series.name}`)
        return serving.readRange(series, ...rest)
      },
      write: (writes) => {
        for (const { document } of writes) if (document.kind === 'head') calls.push(`write ${document.series}`)
        return serving.write(writes)
      },
    },
  }
}

test('a tier is merged when the frontier passes its end, and not before', async () => {
  const world = ingestWorld()
  await world.instance().ingest('0', fill(world, '0', [room('a', 1_000), room('b', 50_000), room('c', 61_000)]))
  await passTime(world, 60_000)
  await frontier(world)
  assert.deepEqual(await starts(world, 'minutes'), [])
  assert.deepEqual((await world.serving.readFrontier('readings:live'))?.value.open, {
    'total@1:1m': { start: noon, parts: 1 },
  })
  await passTime(world, 70_000)
  await frontier(world)
  assert.deepEqual(await starts(world, 'minutes'), [0])
  await passTime(world, 2 * hour)
  await frontier(world)
  assert.deepEqual([await starts(world, 'minutes'), await starts(world, 'hours')], [[0, 1], [0]])
  assert.deepEqual([await starts(world, 'roomHours'), await starts(world, 'days')], [[0], []])
  await passTime(world, 13 * hour)
  await frontier(world)
  assert.deepEqual([await starts(world, 'days'), await starts(world, 'roomDays')], [[-720], [-720]])
  assert.ok((await heads(world, 'days')).every((head) => head.final && head.ttl === (24 * day) / 1_000))
})

test('each window of a tier is merged once, of parts read once', async () => {
  const world = ingestWorld()
  await world.instance().ingest('0', fill(world, '0', [room('a', 1_000), room('b', 50_000), room('c', 61_000)]))
  const { serving, calls } = counted(world)
  for (const at of [30_000, 65_000, 80_000, 100_000, 140_000, 2 * hour, 2 * hour + 20_000, 14 * hour]) {
    await passTime(world, at)
    await frontier(world, serving)
  }
  const tiers = Map.groupBy(
    calls.filter((call) => /:1[mhd]$/.test(call)),
    (call) => call,
  )
  assert.deepEqual([...tiers].map(([call, times]) => [call, times.length]).sort(), [
    // Minutes are read for the hour, hours for the day; a window without events is not even looked for.
    ['read readings:live:rooms@1:1h', 1],
    ['read readings:live:total@1:1h', 1],
    ['read readings:live:total@1:1m', 1],
    ['write readings:live:rooms@1:1d', 1],
    ['write readings:live:rooms@1:1h', 1],
    ['write readings:live:total@1:1d', 1],
    ['write readings:live:total@1:1h', 1],
    ['write readings:live:total@1:1m', 2],
  ])
})

test('a step is read from the coarsest tier that fits', async () => {
  const world = ingestWorld()
  await world.instance().ingest('0', fill(world, '0', [room('a', 1_000), room('b', 3 * hour + 1_000)]))
  await passTime(world, 3 * hour + 20_000)
  await frontier(world)
  const { serving, calls } = counted(world)
  const total = world.setting.stream.rollups[0]!
  const over = { from: noon, to: noon + 4 * hour }
  const answer = await readRollup({ ...world, serving }, world.setting, total, rollupQuery(total, over, { step: '2h' }))
  assert.deepEqual(calls, ['read readings:live:total@1:1h', 'read readings:live:total@1'])
  assert.deepEqual(
    answer.windows.map(({ totals, final }) => [totals['events'], final]),
    [
      [1, true],
      [1, false],
    ],
  )
})

test('a failure at any call while tiers are merged leaves them as they would have been', async () => {
  const faults = fc.array(fc.constantFrom<Fault>('fine', 'fine', 'fine', 'fine', 'before', 'after'), {
    maxLength: 60,
    size: 'max',
  })
  const build = async (plan: readonly Fault[]) => {
    const due: Fault[] = []
    const world = ingestWorld({ faults: () => due.shift() ?? 'fine' })
    const contents = ['red', 'blue', 'green', 'red', 'grey', 'white'].map((name, i) => room(`${i}`, i * 25_000, name))
    await world.instance().ingest('1', fill(world, '1', contents))
    const parts = [plan.slice(0, 20), plan.slice(20, 40), plan.slice(40)]
    for (const [i, at] of [80_000, 150_000, 14 * hour].entries()) {
      await passTime(world, at)
      due.push(...parts[i]!)
      // As the timer does: another turn, until one goes through.
      for (let turn = 0; ; turn += 1) {
        try {
          await frontier(world)
          break
        } catch (error) {
          assert.ok(error instanceof RetryableError && turn < 60, String(error))
        }
      }
      due.length = 0
    }
    const found: unknown[] = [(await world.serving.readFrontier('readings:live'))?.value]
    for (const size of Object.values(sizes)) {
      found.push(await world.serving.readRange(size, range.from, range.to, undefined))
    }
    return found
  }
  const undisturbed = await build([])
  await fc.assert(
    fc.asyncProperty(faults, async (plan) => assert.deepEqual(await build(plan), undisturbed)),
    { numRuns: 60 },
  )
})

test('two instances that merge at once leave what one leaves', async () => {
  const build = async (instances: number) => {
    const world = ingestWorld()
    const contents = ['red', 'blue', 'green'].map((name, i) => room(`${i}`, i * 25_000, name))
    await world.instance().ingest('1', fill(world, '1', contents))
    await passTime(world, 14 * hour)
    await Promise.all(Array.from({ length: instances }, () => frontier(world)))
    return Promise.all(
      Object.values(sizes).map((size) => world.serving.readRange(size, range.from, range.to, undefined)),
    )
  }
  assert.deepEqual(await build(2), await build(1))
})

test('groups beyond maxGroups are counted together in a tier too, which says so', async () => {
  const world = ingestWorld()
  const contents = ['a', 'b', 'c', 'd', 'e', 'f'].map((name, i) => room(name, i * 30_000, name))
  await world.instance().ingest('1', fill(world, '1', contents))
  await passTime(world, 2 * hour)
  await frontier(world)
  const [window] = await read(world, 'rooms', { step: '1h' })
  assert.deepEqual(
    window!.groups!.map(({ key, metrics }) => [key['room'], metrics['events']]),
    [
      ['__other__', 2],
      ['a', 1],
      ['b', 1],
      ['c', 1],
      ['d', 1],
    ],
  )
  assert.deepEqual([window!.approximate, window!.final], [true, true])
  const [top] = await read(world, 'rooms', { step: '1h', top: '1', by: 'events' })
  assert.deepEqual(
    top!.groups!.map(({ key }) => key['room']),
    ['a'],
  )
})

test('a damaged window is left out of no tier in silence: readers take the finer ones', async () => {
  const world = ingestWorld()
  await world.instance().ingest('0', fill(world, '0', [room('a', 1_000), room('b', 61_000), room('c', hour + 1_000)]))
  const state: World['state'] = {
    ...world.state,
    loadWindows: async (shard, asked) => {
      const found = await world.state.loadWindows(shard, asked)
      const damaged = asked.map(({ rollup, windowStart }) => rollup === 'total@1' && windowStart === noon)
      const slabs = found.windows.map((of, i) => (damaged[i] ? of.map((slab) => ({ ...slab, data: 'AAAA////' })) : of))
      return { ...found, windows: slabs }
    },
  }
  await passTime(world, 14 * hour)
  await advanceFrontier({ ...world.publishing, state }, world.setting)()
  assert.deepEqual(
    (await heads(world, 'minutes')).map((head) => head.final),
    [false, true, true],
  )
  assert.deepEqual(
    (await heads(world, 'hours')).map((head) => head.final),
    [false, true],
  )
  const alerts = world.log.lines.filter(({ level, message }) => level === 'alert' && message.includes('not merged'))
  assert.deepEqual(
    alerts.map(({ message }) => message.slice(0, 60)),
    ['1m', '1h', '1d'].map((tier, i) =>
      `Window 2026-01-01T${i === 2 ? '00' : '12'}:00:00.000Z of readings:live:total@1:${tier} was not merged`.slice(
        0,
        60,
      ),
    ),
  )
  // What is served of the damaged hour is there, the other hour comes from its tier.
  assert.deepEqual(
    (await read(world, 'total', { step: '1d' })).map(({ totals, final }) => [totals['events'], final]),
    [[2, false]],
  )
  assert.deepEqual(
    (await read(world, 'total', { step: '1h' })).map(({ totals, final }) => [totals['events'], final]),
    [
      [1, false],
      [1, true],
    ],
  )
  assert.deepEqual(
    (await read(world, 'total', { step: '1m' }, { from: noon, to: noon + 2 * hour })).map(({ totals, final }) => [
      totals['events'],
      final,
    ]),
    [
      [0, false],
      [1, true],
      [1, true],
    ],
  )
})

test('a tier that is too large to store holds nothing up: readers take the finer windows', async () => {
  const world = ingestWorld()
  await world.instance().ingest('0', fill(world, '0', [room('a', 1_000), room('b', 61_000)]))
  await passTime(world, 2 * hour)
  const serving: Serving = {
    ...world.serving,
    write: (writes) =>
      writes.some(({ document: { kind, series } }) => kind === 'chunk' && series === sizes.roomHours.name)
        ? Promise.reject(new InvariantError('larger than Cosmos DB takes'))
        : world.serving.write(writes),
  }
  await frontier(world, serving)
  assert.deepEqual(
    (await heads(world, 'roomHours')).map(({ final }) => final),
    [false],
  )
  assert.deepEqual(
    (await read(world, 'rooms', { step: '1h' })).map(({ totals, final }) => [totals['events'], final]),
    [[2, false]],
  )
})

test('a replica that lags behind is asked again before anything is left out', async () => {
  const world = ingestWorld()
  await world.instance().ingest('0', fill(world, '0', [room('a', 1_000), room('b', 11_000)]))
  await passTime(world, 2 * hour)
  let stale = 3
  const serving: Serving = {
    ...world.serving,
    readRange: async (series, ...rest) => {
      const found = await world.serving.readRange(series, ...rest)
      if (series.name !== 'readings:live:total@1' || stale === 0) return found
      stale -= 1
      return { ...found, heads: found.heads.slice(1) }
    },
  }
  await frontier(world, serving)
  assert.equal(stale, 0)
  assert.deepEqual(
    (await read(world, 'total', { step: '1h' })).map(({ totals, final }) => [totals['events'], final]),
    [[2, true]],
  )
  assert.ok((await heads(world, 'minutes')).every(({ final }) => final))
})
