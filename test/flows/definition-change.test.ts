import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controlProperty, heartbeatValue } from '../../shared/contracts/heartbeat.ts'
import type { RawEvent } from '../../shared/contracts/raw-event.ts'
import type { CompiledStream } from '../../shared/core/compiled-stream.ts'
import { compileStream } from '../../shared/core/stream/compile.ts'
import { RetryableError, TerminalError } from '../../shared/errors.ts'
import { advanceFrontier } from '../../shared/flows/advance-frontier.ts'
import { ingestBatch } from '../../shared/flows/ingest-batch.ts'
import { findRollup } from '../../shared/flows/older-rollups.ts'
import { publishChanges } from '../../shared/flows/publish-changes.ts'
import { PublishSchedule } from '../../shared/flows/publish-schedule.ts'
import { readRollup } from '../../shared/flows/read-rollup.ts'
import { ShardCache } from '../../shared/flows/shard-cache.ts'
import { fill, ingestWorld } from '../support/ingest-world.ts'
import { noon, reading } from '../support/raw.ts'
import { replayWorld } from '../support/replay-world.ts'
import { rollupQuery } from '../support/rollup-query.ts'
import { testDefinition, testStream } from '../support/test-stream.ts'

type World = ReturnType<typeof ingestWorld>

const minute = 60_000

/** The test stream whose rooms also count their sources' readings by another name: version 2 of that rollup. */
const changed: CompiledStream = compileStream({
  ...testDefinition,
  description: {
    ...testDefinition.description,
    rollups: {
      ...testDefinition.description.rollups,
      rooms: {
        ...testDefinition.description.rollups['rooms']!,
        version: 2,
        metrics: { readings: { kind: 'count' }, lowest: { kind: 'min', field: 'value' } },
      },
    },
  },
})

/** The same, without its version. */
const carelessly: CompiledStream = compileStream({
  ...testDefinition,
  description: {
    ...testDefinition.description,
    rollups: {
      ...testDefinition.description.rollups,
      rooms: { ...changed.description.rollups['rooms']!, version: 1 },
    },
  },
})

/** A host whose app has this definition. */
const hostOf = (world: World, stream: CompiledStream) => {
  const setting = { ...world.setting, stream }
  return {
    world: { ...world, setting },
    setting,
    ingest: ingestBatch({ ...world, cache: new ShardCache() }, setting),
    frontier: advanceFrontier({ ...world.publishing, schedule: new PublishSchedule() }, setting),
  }
}

const beat = (at: number): Omit<RawEvent, 'sequence'> => ({
  enqueuedAt: noon + at,
  body: Buffer.from('{}'),
  properties: { [controlProperty]: heartbeatValue },
})

const inRoom = (id: string, at: number, value: number) => reading(id, at, { fields: { room: 'a', value } })

/** Ten readings by the older definition, then ten by the newer one, the switch in the middle of a minute; all is final. */
const switched = async () => {
  const world = ingestWorld()
  const [older, newer] = [hostOf(world, testStream), hostOf(world, changed)]
  const before = Array.from({ length: 10 }, (_, i) => inRoom(`b${i}`, i * 9_000, i))
  const after = Array.from({ length: 10 }, (_, i) => inRoom(`a${i}`, minute + 35_000 + i * 9_000, 100 + i))
  await older.ingest('0', fill(world, '0', before))
  await newer.ingest('0', fill(world, '0', after))
  for (const partition of ['0', '1', '2']) await newer.ingest(partition, fill(world, partition, [beat(5 * minute)]))
  await newer.frontier()
  return { world, older, newer }
}

const rooms = async (host: ReturnType<typeof hostOf>, id: string) => {
  const rollup = (await findRollup(host.world.control, host.setting.stream, id))!
  const range = { from: noon, to: noon + 3 * minute }
  const { windows, version } = await readRollup(host.world, host.setting, rollup, rollupQuery(rollup, range))
  return windows.map(({ start, totals, partial = false }) => ({
    minute: (Date.parse(start) - noon) / minute,
    version,
    counted: totals['readings'] ?? totals['events'],
    partial,
  }))
}

test('a changed rollup begins its new version at a mark; windows open there are partial, later ones are not', async () => {
  const { world, newer } = await switched()
  const marks = await world.state.marks('readings:live:0', 0, 100)
  assert.ok(marks.some(({ at, definition }) => at.sequence === 9 && definition === changed.hash))
  assert.deepEqual(await rooms(newer, 'rooms@2'), [
    { minute: 1, version: 2, counted: 3, partial: true },
    { minute: 2, version: 2, counted: 7, partial: false },
  ])
})

test('windows of the older version stay readable', async () => {
  const world = ingestWorld()
  const [older, newer] = [hostOf(world, testStream), hostOf(world, changed)]
  for (const partition of ['0', '1', '2']) {
    await older.ingest(partition, fill(world, partition, [inRoom(`x${partition}`, 1_000, 1), beat(5 * minute)]))
  }
  await older.frontier()
  for (const partition of ['0', '1', '2']) {
    await newer.ingest(partition, fill(world, partition, [beat(6 * minute)]))
  }
  await newer.frontier()
  assert.deepEqual(await rooms(newer, 'rooms@1'), [{ minute: 0, version: 1, counted: 3, partial: false }])
  assert.equal(await findRollup(world.control, changed, 'rooms@7'), undefined)
})

test('replaying into a changed rollup fills its history and heals its partial windows', async () => {
  const { newer } = await switched()
  const replays = replayWorld(newer.world)
  const created = await replays.create({ from: noon, to: noon + 3 * minute, late: 'as-live' })
  assert.equal(created.kind, 'created')
  const { report } = await replays.run(created.replay)
  assert.deepEqual(report!.windows['rooms@2'], { equal: 1, changed: 1, added: 1, removed: 0 })
  assert.equal((await replays.promote(created.replay.id)).kind, 'done')
  assert.deepEqual(await rooms(newer, 'rooms@2'), [
    { minute: 0, version: 2, counted: 7, partial: false },
    { minute: 1, version: 2, counted: 6, partial: false },
    { minute: 2, version: 2, counted: 7, partial: false },
  ])
})

test('a window is partial while a partition counts it by another version', async () => {
  const world = ingestWorld()
  const [older, newer] = [hostOf(world, testStream), hostOf(world, changed)]
  for (const partition of ['0', '1', '2']) {
    await older.ingest(partition, fill(world, partition, [inRoom(`x${partition}`, 1_000, 1)]))
  }
  const taken = ['0', '2']
  for (const partition of taken) {
    await newer.ingest(partition, fill(world, partition, [inRoom(`y${partition}`, 2 * minute, 1), beat(5 * minute)]))
  }
  // The newer host has not taken this partition over yet.
  await older.ingest('1', fill(world, '1', [inRoom('y1', 2 * minute, 1), beat(5 * minute)]))
  await newer.frontier()
  assert.deepEqual(await rooms(newer, 'rooms@2'), [{ minute: 2, version: 2, counted: 2, partial: true }])
  assert.deepEqual(await rooms(newer, 'rooms@1'), [
    { minute: 0, version: 1, counted: 3, partial: true },
    { minute: 2, version: 1, counted: 1, partial: true },
  ])
})

test('what was open when a version ended becomes final, as partial as it is, and is merged into tiers', async () => {
  const { world, newer } = await switched()
  for (const partition of ['0', '1', '2']) await newer.ingest(partition, fill(world, partition, [beat(65 * minute)]))
  await newer.frontier()
  const hourly = async (id: string) => {
    const rollup = (await findRollup(world.control, changed, id))!
    const query = rollupQuery(rollup, { from: noon, to: noon + 60 * minute }, { step: '1h' })
    const { windows } = await readRollup(world, newer.setting, rollup, query)
    return windows.map(({ totals, final, partial = false }) => ({
      counted: totals['readings'] ?? totals['events'],
      final,
      partial,
    }))
  }
  assert.deepEqual(await hourly('rooms@1'), [{ counted: 10, final: true, partial: true }])
  assert.deepEqual(await hourly('rooms@2'), [{ counted: 10, final: true, partial: true }])
})

test('a host with an older definition waits, and neither counts nor publishes', async () => {
  const { world, older } = await switched()
  await assert.rejects(
    older.ingest('0', fill(world, '0', [inRoom('late', 6 * minute, 1)])),
    (error: unknown) => error instanceof RetryableError && /newer definition of readings/.test(error.message),
  )
  const frontier = await world.serving.readFrontier('readings:live')
  await older.frontier()
  assert.deepEqual(await world.serving.readFrontier('readings:live'), frontier)
})

test('a rollup that was changed without raising its version stops the shard, naming it', async () => {
  const world = ingestWorld()
  await hostOf(world, testStream).ingest('0', fill(world, '0', [inRoom('x', 0, 1)]))
  await assert.rejects(
    hostOf(world, carelessly).ingest('0', fill(world, '0', [inRoom('y', 1_000, 1)])),
    (error: unknown) =>
      error instanceof TerminalError &&
      /rollups\.rooms\.version: raise it to 2.*Nothing was changed/.test(error.message),
  )
})

test('a rollup that was changed without raising its version is not published, naming it', async () => {
  const world = ingestWorld()
  const [careful, careless] = [hostOf(world, testStream), hostOf(world, carelessly)]
  for (const partition of ['0', '1', '2']) {
    const events = fill(world, partition, [inRoom(`x${partition}`, 1_000, 1), beat(5 * minute)])
    await careful.ingest(partition, events)
  }
  await careless.frontier()
  await publishChanges({ ...world.publishing, schedule: new PublishSchedule() }, careless.setting)(world.documents('0'))
  assert.equal(await world.serving.readFrontier('readings:live'), undefined)
  const alerts = new Set(world.log.lines.filter(({ level }) => level === 'alert').map(({ message }) => message))
  assert.deepEqual(
    [...alerts],
    [
      'Nothing of readings is published: it was counted by another definition, and which of the two is newer is not clear: ' +
        'rollups.rooms.version: raise it to 2, for what it stands for was changed. Raise the versions, or restore the definition.',
    ],
  )
  await careful.frontier()
  assert.deepEqual(await rooms(careful, 'rooms@1'), [{ minute: 0, version: 1, counted: 3, partial: false }])
})

test('a replay by a definition that live refuses is refused, too, naming what to raise', async () => {
  const { world } = await switched()
  const rooms2 = changed.versions.rollups['rooms']!
  const careless: CompiledStream = {
    ...changed,
    versions: { ...changed.versions, rollups: { ...changed.versions.rollups, rooms: { ...rooms2, hash: 'another' } } },
  }
  const range = { from: noon, to: noon + 3 * minute }
  const refused = async (stream: CompiledStream) => {
    const created = await replayWorld(hostOf(world, stream).world).create({ ...range, late: 'as-live' })
    return created.kind === 'refused' ? created.detail : created.kind
  }
  assert.equal(
    await refused(careless),
    'stream: its definition was changed without its version: rollups.rooms.version: raise it to 3, for what it stands for was changed',
  )
  assert.match(await refused(testStream), /^stream: a newer definition than this app's counts it/)
  assert.deepEqual(await world.control.list('readings', 'replay'), [])
})
