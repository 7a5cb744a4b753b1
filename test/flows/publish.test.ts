import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RollupAnswer } from '../../shared/contracts/api.ts'
import type { Faults } from '../../shared/adapters/memory/faults.ts'
import type { SlabDocument } from '../../shared/contracts/state-documents.ts'
import { RetryableError } from '../../shared/errors.ts'
import { advanceFrontier } from '../../shared/flows/advance-frontier.ts'
import { publishChanges } from '../../shared/flows/publish-changes.ts'
import { readRollup } from '../../shared/flows/read-rollup.ts'
import { readStatus } from '../../shared/flows/read-status.ts'
import { sendHeartbeats } from '../../shared/flows/send-heartbeats.ts'
import { fill, ingestWorld } from '../support/ingest-world.ts'
import { nextWrite } from '../support/next-write.ts'
import { noon, reading } from '../support/raw.ts'
import { rollupQuery } from '../support/rollup-query.ts'
import { testStream } from '../support/test-stream.ts'

type World = ReturnType<typeof ingestWorld>
const partitions = ['0', '1', '2']
const roomsSeries = { name: 'readings:live:rooms@1', everyMs: 60_000 }

const broken = { body: Buffer.from('{'), enqueuedAt: noon, properties: {} }
const slabOfTwo = {
  ...testStream,
  rollups: testStream.rollups.map((rollup) => ({ ...rollup, groupsPerSlab: 2 })),
}

const damagedIn =
  (rollup: string) =>
  (slab: SlabDocument): SlabDocument =>
    slab.rollup === rollup && slab.windowStart === noon ? { ...slab, data: 'AAAA////' } : slab

const alerts = (world: World): string[] =>
  world.log.lines.flatMap(({ level, message }) => (level === 'alert' ? [message] : []))
const changeFeed = (world: World) => partitions.flatMap((partition) => world.documents(partition))
const publish = (world: World) => publishChanges(world.publishing, world.setting)(changeFeed(world))
const frontier = (world: World) => advanceFrontier(world.publishing, world.setting)()

const read = (world: World, rollup: string, key?: string): Promise<RollupAnswer> => {
  const compiled = world.setting.stream.rollups.find(({ name }) => name === rollup)!
  const range = { from: noon - 600_000, to: noon + 600_000 }
  return readRollup(world, world.setting, compiled, rollupQuery(compiled, range, key === undefined ? {} : { key }))
}

/** Of the windows of a minute that are served, after noon. */
const starts = async (world: World): Promise<number[]> =>
  (await read(world, 'rooms')).windows.map(({ start }) => Date.parse(start) - noon)

const room = (id: string, at: number, name: string) => reading(id, at, { fields: { room: name, value: at / 1_000 } })

test('a window is served as the merge of its shards', async () => {
  const world = ingestWorld()
  const { ingest } = world.instance()
  await ingest('0', fill(world, '0', [room('a', 1_000, 'red'), room('b', 2_000, 'blue')]))
  await ingest('2', fill(world, '2', [room('c', 5_000, 'red')]))
  await publish(world)
  const { windows } = await read(world, 'rooms')
  assert.equal(windows.length, 1)
  assert.deepEqual(
    windows[0]!.groups!.map(({ key, metrics }) => [
      key['room'],
      metrics['events'],
      metrics['highest'],
      metrics['latest'],
    ]),
    [
      ['blue', 1, 2, { value: 2, at: new Date(noon + 2_000).toISOString() }],
      ['red', 2, 5, { value: 5, at: new Date(noon + 5_000).toISOString() }],
    ],
  )
  assert.equal(windows[0]!.totals['events'], 3)
  assert.equal(windows[0]!.final, false)
  const one = await read(world, 'rooms', 'red')
  assert.deepEqual(
    one.windows[0]!.groups!.map(({ key }) => key),
    [{ room: 'red' }],
  )
})

test('publishing again writes nothing that has not changed', async () => {
  const world = ingestWorld()
  await world.instance().ingest('0', fill(world, '0', [room('a', 1_000, 'red')]))
  await publish(world)
  const before = await world.serving.readWindows(roomsSeries, [noon], 1)
  world.clock.advance(60_000)
  await publish(world)
  assert.deepEqual(await world.serving.readWindows(roomsSeries, [noon], 1), before)
})

test('an open window is not published more often than its interval, and not forgotten either', async () => {
  const world = ingestWorld()
  const { ingest } = world.instance()
  await ingest('0', fill(world, '0', [room('a', 1_000, 'red')]))
  await publish(world)
  await ingest('0', fill(world, '0', [room('b', 2_000, 'red')]))
  await publish(world)
  assert.equal((await read(world, 'rooms')).windows[0]!.totals['events'], 1)
  world.clock.advance(6_000)
  await publishChanges(world.publishing, world.setting)([])
  assert.equal((await read(world, 'rooms')).windows[0]!.totals['events'], 2)
})

test('a window becomes final only when every partition has passed it', async () => {
  const world = ingestWorld()
  const { ingest } = world.instance()
  await ingest('0', fill(world, '0', [room('a', 1_000, 'red'), room('b', 200_000, 'red')]))
  await ingest('1', fill(world, '1', [room('c', 2_000, 'red'), room('d', 200_000, 'red')]))
  await publish(world)
  await frontier(world)
  assert.equal((await read(world, 'rooms')).frontier, null, 'partition 2 has no watermark yet')
  await ingest('2', fill(world, '2', [room('e', 90_000, 'red')]))
  await frontier(world)
  const answer = await read(world, 'rooms')
  assert.equal(answer.frontier, new Date(noon + 80_000).toISOString())
  assert.deepEqual(
    answer.windows.map((window) => [Date.parse(window.start) - noon, window.final]),
    [
      [0, true],
      [180_000, false],
    ],
  )
})

test('a window that every partition has passed is published once, when the frontier moves', async () => {
  const world = ingestWorld()
  const { ingest } = world.instance()
  for (const partition of partitions) {
    const contents = [room(`a${partition}`, 1_000, 'red'), room(`b${partition}`, 200_000, 'red')]
    await ingest(partition, fill(world, partition, contents))
  }
  await publish(world)
  assert.deepEqual(await starts(world), [180_000])
  await frontier(world)
  assert.deepEqual(await starts(world), [0, 180_000])
  const before = await world.serving.readWindows(roomsSeries, [noon], 1)
  assert.equal(before.windows[0]?.head?.value.final, true)
  world.clock.advance(60_000)
  await publish(world)
  assert.deepEqual(await world.serving.readWindows(roomsSeries, [noon], 1), before)
})

test('a window is held back by a partition that has not passed it, and published as an open one', async () => {
  const world = ingestWorld()
  const { ingest } = world.instance()
  await ingest('0', fill(world, '0', [room('a', 1_000, 'red'), room('b', 200_000, 'red')]))
  await ingest('1', fill(world, '1', [room('c', 200_000, 'red')]))
  await publish(world)
  assert.deepEqual(await starts(world), [0, 180_000])
})

test('windows whose batch somebody else breaks are written one by one, and all of them stand', async () => {
  const world = ingestWorld()
  const { ingest } = world.instance()
  const minutes = [0, 60_000, 120_000, 180_000]
  await ingest(
    '0',
    fill(
      world,
      '0',
      minutes.map((at) => room(`a${at}`, at, 'red')),
    ),
  )
  const batches: number[] = []
  const serving: World['serving'] = {
    ...world.serving,
    write: async (writes) => {
      const heads = writes.filter(({ document }) => document.kind === 'head').length
      if (writes[0]!.document.series !== roomsSeries.name) return world.serving.write(writes)
      // Another instance is faster with one of them, from less than is known by now.
      if (batches.push(heads) === 1) {
        const head = writes.find(({ document }) => document.kind === 'head' && document.windowStart === noon + 60_000)!
        await world.serving.write([{ document: { ...head.document, vector: [0, -1, -1] }, etag: undefined }])
      }
      return world.serving.write(writes)
    },
  }
  await publishChanges({ ...world.publishing, serving }, world.setting)(changeFeed(world))
  assert.deepEqual(batches, [4, 1, 1, 1, 1])
  const { windows } = await read(world, 'rooms')
  assert.deepEqual(
    windows.map(({ start, totals, groups }) => [Date.parse(start) - noon, totals['events'], groups?.length]),
    minutes.map((at) => [at, 1, 1]),
  )
})

test('a chunk without groups is not written', async () => {
  const rollups = testStream.rollups.map((rollup) => ({ ...rollup, chunks: rollup.chunks * 4 }))
  const world = ingestWorld({ stream: { ...testStream, rollups } })
  await world.instance().ingest('0', fill(world, '0', [room('a', 1_000, 'red')]))
  await publish(world)
  const [window] = (await world.serving.readWindows(roomsSeries, [noon], 4)).windows
  assert.deepEqual(window!.chunks.map((chunk) => chunk === undefined).sort(), [false, true, true, true])
  assert.equal((await read(world, 'rooms')).windows[0]?.groups?.length, 1)
})

test('what a crash kept from being published is published when it becomes final', async () => {
  const world = ingestWorld()
  const { ingest } = world.instance()
  for (const partition of partitions) {
    await ingest(
      partition,
      fill(world, partition, [room(`a${partition}`, 1_000, 'red'), room(`b${partition}`, 200_000, 'blue')]),
    )
  }
  // No change feed at all: the timer alone has to find it.
  await frontier(world)
  const [window] = (await read(world, 'rooms')).windows
  assert.deepEqual([window?.final, window?.totals['events']], [true, 3])
})

test('a turn far behind moves the frontier in steps, and one that fails half-way keeps those it has made', async () => {
  let writesLeft = Infinity
  const faults: Faults = (operation) => (operation === 'serving.write' && (writesLeft -= 1) < 0 ? 'before' : 'fine')
  const world = ingestWorld({ faults })
  const { ingest } = world.instance()
  // An hour: 360 windows of ten seconds and 60 of a minute.
  const readings = Array.from({ length: 361 }, (_, i) => reading(`a${i}`, i * 10_000, { fields: { room: 'red' } }))
  for (const partition of partitions) await ingest(partition, fill(world, partition, readings))
  writesLeft = 8
  await assert.rejects(frontier(world), RetryableError)
  const series = 'readings:live'
  const halfWay = (await world.serving.readFrontier(series))!.value.frontier
  assert.ok(halfWay > noon + 600_000 && halfWay < noon + 3_500_000, new Date(halfWay).toISOString())
  const { windows } = await read(world, 'rooms')
  assert.ok(windows.every(({ end, final }) => Date.parse(end) > halfWay || final))
  writesLeft = Infinity
  await frontier(world)
  assert.equal((await world.serving.readFrontier(series))!.value.frontier, noon + 3_590_000)
})

test('silent and unused partitions do not keep windows from becoming final', async () => {
  const world = ingestWorld()
  const { ingest } = world.instance()
  const beat = sendHeartbeats(world, world.setting)
  // Partition 0 goes on, partition 1 falls silent, partition 2 was never used.
  await ingest('0', fill(world, '0', [room('a', 1_000, 'red'), room('b', 300_000, 'red')]))
  await ingest('1', fill(world, '1', [room('c', 2_000, 'blue')]))
  await publish(world)
  await frontier(world)
  assert.equal((await read(world, 'rooms')).frontier, null)
  world.clock.advance(noon + 400_000 - world.clock.now())
  await beat()
  for (const partition of partitions) await ingest(partition, world.hub.events(partition))
  await frontier(world)
  const answer = await read(world, 'rooms')
  assert.ok(answer.windows.every(({ final }) => final))
  assert.equal((await readStatus(world, world.setting)).final, true)
  const sent = partitions.map((partition) => world.hub.events(partition).length)
  await beat()
  assert.deepEqual(
    partitions.map((partition) => world.hub.events(partition).length),
    sent,
    'an idle stream costs nothing',
  )
})

test('with heartbeats from the feed the timer sends none', async () => {
  const world = ingestWorld({ heartbeats: 'feed' })
  await world.instance().ingest('0', fill(world, '0', [room('a', 1_000, 'red')]))
  await sendHeartbeats(world, world.setting)()
  assert.equal(world.hub.events('1').length, 0)
})

test('fewer slabs than were served is an error, never a smaller value', async () => {
  const world = ingestWorld()
  await world.instance().ingest('0', fill(world, '0', [room('a', 1_000, 'red')]))
  await publish(world)
  const before = await read(world, 'rooms')
  const poorer = {
    ...world.publishing,
    state: {
      ...world.state,
      loadWindows: (_shard: string, windows: readonly object[]) =>
        Promise.resolve({ windows: windows.map(() => []), ru: 1 }),
    },
  }
  world.clock.advance(60_000)
  await publishChanges(poorer, world.setting)(changeFeed(world))
  assert.deepEqual(await read(world, 'rooms'), before)
  assert.match(alerts(world)[0] ?? '', /fewer slabs than are served already/)
})

test('a damaged window holds no other window back, and is never called final', async () => {
  const world = ingestWorld()
  const { ingest } = world.instance()
  for (const partition of partitions) {
    await ingest(
      partition,
      fill(world, partition, [room(`a${partition}`, 1_000, 'red'), room(`b${partition}`, 90_000, 'red')]),
    )
    await ingest(partition, fill(world, partition, [room(`c${partition}`, 300_000, 'red')]))
  }
  const state: World['state'] = {
    ...world.state,
    loadWindows: async (shard, asked) => {
      const read = await world.state.loadWindows(shard, asked)
      return { ...read, windows: read.windows.map((slabs) => slabs.map(damagedIn('rooms@1'))) }
    },
  }
  await advanceFrontier({ ...world.publishing, state }, world.setting)()
  const { windows } = await read(world, 'rooms')
  assert.deepEqual(
    windows.map(({ start, final }) => [Date.parse(start) - noon, final]),
    [[60_000, true]],
  )
  assert.match(alerts(world)[0] ?? '', /damaged/)
})

test('slabs that a commit changes while they are read are read again', async () => {
  const world = ingestWorld({ stream: slabOfTwo })
  const { ingest } = world.instance()
  await ingest(
    '0',
    fill(
      world,
      '0',
      ['a', 'b', 'c'].map((name, i) => room(name, i, name)),
    ),
  )
  let isFirst = true
  const state: World['state'] = {
    ...world.state,
    loadWindows: async (shard, asked) => {
      const before = await world.state.loadWindows(shard, asked)
      if (!isFirst || !shard.endsWith(':0')) return before
      isFirst = false
      // The first slabs were read before this commit, the others after it.
      await ingest('0', fill(world, '0', [room('d', 10, 'a'), room('e', 11, 'd')]))
      const after = await world.state.loadWindows(shard, asked)
      return { windows: before.windows.map((slabs, i) => [slabs[0]!, ...after.windows[i]!.slice(1)]), ru: 1 }
    },
  }
  await publishChanges({ ...world.publishing, state }, world.setting)(changeFeed(world))
  const [window] = (await world.serving.readWindows(roomsSeries, [noon], 1)).windows
  assert.deepEqual([window?.head?.value.vector, isFirst], [[4, -1, -1], false])
  assert.equal((await read(world, 'rooms')).windows[0]?.totals['events'], 5)
})

test('dead letters leave the outbox for their container, once', async () => {
  const world = ingestWorld()
  await world.instance().ingest('1', fill(world, '1', [{ body: Buffer.from('{'), enqueuedAt: noon, properties: {} }]))
  const feed = changeFeed(world)
  await publishChanges(world.publishing, world.setting)(feed)
  await publishChanges(world.publishing, world.setting)(feed)
  assert.deepEqual(
    world.deadLetters
      .all()
      .map(({ id, stream, day, partition, reason, body }) => ({ id, stream, day, partition, reason, body })),
    [
      {
        id: `readings:live:1:${Date.parse('2026-01-01T00:00:00Z')}:0`,
        stream: 'readings',
        day: '2026-01-01',
        partition: '1',
        reason: 'malformed',
        body: 'ew==',
      },
    ],
  )
  assert.deepEqual(world.contents('1').letters, [])
})

test('letters that cannot be stored hold no window back, and stay in their outbox', async () => {
  const world = ingestWorld()
  const { ingest } = world.instance()
  for (const partition of partitions) {
    await ingest(
      partition,
      fill(world, partition, [room(partition, 1_000, 'red'), broken, room(`${partition}'`, 200_000, 'red')]),
    )
  }
  const publishing = { ...world.publishing, deadLetters: { put: () => Promise.reject(new RetryableError('full')) } }
  await assert.rejects(publishChanges(publishing, world.setting)(changeFeed(world)), RetryableError)
  assert.deepEqual(await starts(world), [180_000])
  await assert.rejects(advanceFrontier(publishing, world.setting)(), RetryableError)
  assert.equal((await read(world, 'rooms')).windows[0]?.final, true)
  assert.equal(world.contents('1').letters.length, 1)
})

test('a body over 64 KB goes to the lake before the letter that names it, whatever fails on the way', async () => {
  for (const fault of ['letterBodies.put', 'deadLetters.put', 'state.deleteOutbox']) {
    for (const when of ['before', 'after'] as const) {
      const { faults, failNextWrite } = nextWrite([fault])
      const world = ingestWorld({ faults })
      const large = { ...broken, body: Buffer.alloc(65_537, 0x7b) }
      const small = { ...broken, body: Buffer.alloc(65_536, 0x7b) }
      await world.instance().ingest('0', fill(world, '0', [large, small]))
      failNextWrite(when)
      await assert.rejects(publishChanges(world.publishing, world.setting)(changeFeed(world)), RetryableError)
      for (const { bodyName } of world.deadLetters.all()) {
        assert.ok(bodyName === undefined || world.letterBodies.stored.has(bodyName))
      }
      await advanceFrontier(world.publishing, world.setting)()
      const [first, second] = world.deadLetters.all().sort((a, b) => a.sequence - b.sequence)
      const day = first!.day
      const name = `readings/${day}/0/${Date.UTC(2026, 0, 1)}-0`
      assert.deepEqual([first!.body, first!.bodyName], ['', name])
      assert.deepEqual(Buffer.from(world.letterBodies.stored.get(name)!), large.body)
      assert.deepEqual([Buffer.from(second!.body, 'base64'), second!.bodyName], [small.body, undefined])
      assert.equal(world.letterBodies.stored.size, 1)
    }
  }
})

test('events that the trigger went past wake a stream that is otherwise done', async () => {
  const world = ingestWorld()
  await sendHeartbeats(world, world.setting)()
  assert.equal(world.hub.events('0').length, 0, 'an unused stream costs nothing')
  fill(world, '1', [room('a', 1_000, 'red')])
  await sendHeartbeats(world, world.setting)()
  assert.deepEqual(
    partitions.map((partition) => world.hub.events(partition).length),
    [1, 2, 1],
  )
})

test('what is left in an outbox is copied by the timer', async () => {
  const world = ingestWorld()
  await world.instance().ingest('1', fill(world, '1', [{ body: Buffer.from('{'), enqueuedAt: noon, properties: {} }]))
  await frontier(world)
  assert.equal(world.deadLetters.all().length, 1)
  assert.deepEqual(world.contents('1').letters, [])
})

test('a turn of the timer that begins while another is under way waits for it, and does not do its work again', async () => {
  const world = ingestWorld()
  const { ingest } = world.instance()
  for (const partition of partitions) {
    await ingest(
      partition,
      fill(world, partition, [room(`a${partition}`, 1_000, 'red'), room(`b${partition}`, 90_000, 'red')]),
    )
  }
  let reads = 0
  const state: World['state'] = {
    ...world.state,
    loadWindows: (...asked) => {
      reads += 1
      return world.state.loadWindows(...asked)
    },
  }
  const turn = advanceFrontier({ ...world.publishing, state }, world.setting)
  await Promise.all([turn(), turn(), turn()])
  // Both windows that end before the frontier at once, in three partitions.
  assert.equal(reads, 3)
  await turn()
  assert.equal((await read(world, 'rooms')).windows[0]?.final, true)
})
