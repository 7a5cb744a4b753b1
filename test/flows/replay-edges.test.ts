/** Where what a replay starts from, ends at, or counts by, changes at an awkward moment. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from '@sinclair/typebox'
import type { ReplayDocument, ReplayRequest } from '../../shared/contracts/control-documents.ts'
import { controlProperty, heartbeatValue } from '../../shared/contracts/heartbeat.ts'
import type { RawEvent } from '../../shared/contracts/raw-event.ts'
import type { CompiledStream } from '../../shared/core/compiled-stream.ts'
import { lookUp } from '../../shared/core/enrich/look-up.ts'
import { compileStream } from '../../shared/core/stream/compile.ts'
import { defineStream, type DefinedStream } from '../../shared/core/stream/define-stream.ts'
import { count } from '../../shared/core/stream/metrics.ts'
import { TerminalError } from '../../shared/errors.ts'
import { ingestBatch } from '../../shared/flows/ingest-batch.ts'
import { publishReference } from '../../shared/flows/publish-reference.ts'
import { beginReplay, publishReplay, reportReplay, runSlice } from '../../shared/flows/run-replay.ts'
import { ShardCache } from '../../shared/flows/shard-cache.ts'
import { fill, ingestWorld } from '../support/ingest-world.ts'
import { noon, reading } from '../support/raw.ts'
import { replayWorld } from '../support/replay-world.ts'
import { testDefinition } from '../support/test-stream.ts'

type World = ReturnType<typeof ingestWorld>

const minute = 60_000

const heartbeat = (at: number): Omit<RawEvent, 'sequence'> => ({
  enqueuedAt: noon + at,
  body: Buffer.from('{}'),
  properties: { [controlProperty]: heartbeatValue },
})

/** The definition with the next version of its rules, all else as it is. */
const raised = (defined: DefinedStream): CompiledStream =>
  compileStream({ ...defined, description: { ...defined.description, version: 2 } })

/** The same world, as a host with this definition sees it. */
const hostOf = (world: World, stream: CompiledStream) => {
  const setting = { ...world.setting, stream }
  return {
    ...world,
    setting,
    instance: () => ({ ingest: ingestBatch({ ...world, cache: new ShardCache() }, setting) }),
  }
}

/** `[from, to)` in ms around noon. */
const created = async (
  replays: ReturnType<typeof replayWorld>,
  request: Partial<ReplayRequest> & { readonly from: number; readonly to: number },
): Promise<ReplayDocument> => {
  const made = await replays.create({ late: 'as-live', ...request, from: noon + request.from, to: noon + request.to })
  if (made.kind === 'refused') throw new Error(made.detail)
  return made.replay
}

const sites = defineStream({
  name: 'readings',
  hub: { partitions: 1 },
  event: Type.Object({ source: Type.String(), id: Type.String(), time: Type.String() }),
  identity: { source: 'source', id: 'id' },
  time: { occurredAt: 'time', lateness: '10s' },
  deduplicate: { horizon: '1m' },
  enrich: [lookUp('source', { kind: 'devices', adds: ['site'] })],
  rollups: { sites: { every: '1m', by: ['site'], maxGroups: 9, keep: '1d', metrics: { events: count() } } },
})

test('facts that change together with the definition are those of the replay, too', async () => {
  const world = ingestWorld({ stream: compileStream(sites) })
  await publishReference(world, 'devices', [{ id: 's1', site: 'Bern' }])
  await world.instance().ingest('0', fill(world, '0', [reading('a', 1_000), reading('b', 30_000)]))
  await publishReference(world, 'devices', [{ id: 's1', site: 'Basel' }])
  world.clock.advance(minute)
  const newer = hostOf(world, raised(sites))
  const after = [reading('c', minute + 1_000), reading('d', 2 * minute + 1_000), heartbeat(5 * minute)]
  await newer.instance().ingest('0', fill(world, '0', after))
  const replays = replayWorld(newer)
  await replays.everything()
  const { report } = await replays.run(await created(replays, { from: 0, to: 3 * minute }))
  assert.deepEqual(report!.differences, [])
  assert.deepEqual(report!.windows['sites@1'], { equal: 3, changed: 0, added: 0, removed: 0 })
})

/** A reading each half minute of the first three minutes, in each partition, and all of it is final. */
const threeMinutes = async (): Promise<World> => {
  const world = ingestWorld()
  for (const partition of ['0', '1', '2']) {
    const readings = Array.from({ length: 6 }, (_, i) => reading(`${partition}-${i}`, i * 30_000 + 1_000))
    await world.instance().ingest(partition, fill(world, partition, [...readings, heartbeat(3 * minute + 10_000)]))
  }
  await replayWorld(world).everything()
  return world
}

test('a replay is neither published nor compared by another definition than it was counted by', async () => {
  const world = await threeMinutes()
  const replays = replayWorld(world)
  const { id, partitions } = await created(replays, { from: 0, to: 3 * minute })
  const { setting } = world
  await beginReplay(replays.ports, setting, id)
  for (const { partition } of partitions) await runSlice(replays.ports, setting, id, { partition, slice: 0 })
  const newer = hostOf(world, raised(testDefinition)).setting
  for (const step of [publishReplay, reportReplay]) {
    await assert.rejects(
      step(replays.ports, newer, id),
      (error: unknown) => error instanceof TerminalError && /the stream was changed while it ran/.test(error.message),
    )
  }
})

test('a replay publishes its whole range, however late events may be by its definition', async () => {
  const world = await threeMinutes()
  const { time } = testDefinition.description
  const patient = raised({
    ...testDefinition,
    description: { ...testDefinition.description, time: { ...time, lateness: '1m' } },
  })
  const replays = replayWorld(hostOf(world, patient))
  const { report } = await replays.run(await created(replays, { from: 0, to: 3 * minute }))
  assert.deepEqual(report!.windows['rooms@1'], { equal: 3, changed: 0, added: 0, removed: 0 })
})

test('sequences that live counted of a hub are not looked for in the one that was made after it', async () => {
  const world = await threeMinutes()
  world.hub.recreate('2026-01-02T00:00:00.000Z')
  for (const partition of ['0', '1', '2']) {
    fill(world, partition, [...Array(7).keys()].map((i) => reading(`other-${i}`, i * 20_000))) // prettier-ignore
  }
  const replays = replayWorld(world)
  const replay = await created(replays, { from: 0, to: 3 * minute })
  await assert.rejects(
    replays.run(replay),
    /^TerminalError: Sequences 0 to 6 of partition 0 are not captured, and the hub that had them, created on 2026-01-01T00:00:00.000Z, is gone/,
  )
})

test('an identity that came a whole horizon before is a duplicate for the replay, too', async () => {
  const world = ingestWorld()
  const before = [
    reading('x', -30_000, { arrivesAt: 59_000 }),
    reading('y', 20_000, { arrivesAt: minute + 1_000 }),
    reading('z', 50_000, { arrivesAt: minute + 59_000 }),
  ]
  await world.instance().ingest('0', fill(world, '0', before))
  // Its mark is in the second in which the duplicate comes.
  const newer = hostOf(world, raised(testDefinition))
  await newer.instance().ingest('0', fill(world, '0', [reading('x', 70_000, { arrivesAt: minute + 59_500 })]))
  for (const partition of ['0', '1', '2']) {
    await newer.instance().ingest(partition, fill(world, partition, [heartbeat(4 * minute)]))
  }
  const replays = replayWorld(newer)
  await replays.everything()
  const { report } = await replays.run(await created(replays, { from: minute, to: 2 * minute }))
  for (const { live, replay } of report!.ledgers) assert.deepEqual(replay, live)
  assert.deepEqual(report!.differences, [])
})

test('events that were dead by an older definition and are not by this one are counted where nothing else came', async () => {
  const world = ingestWorld()
  const { ingest } = world.instance()
  for (const partition of ['0', '1', '2']) await ingest(partition, fill(world, partition, [heartbeat(0)]))
  // Without a version that the definition knows, one each half minute from the tenth minute on, and nothing tells the time.
  const newerReadings = Array.from({ length: 10 }, (_, i) =>
    reading(String(i), 10 * minute + i * 30_000, { fields: { schemaVersion: 2 } }),
  )
  await ingest('0', fill(world, '0', newerReadings))
  for (const partition of ['0', '1', '2']) await ingest(partition, fill(world, partition, [heartbeat(20 * minute)]))
  const understanding = raised({
    ...testDefinition,
    description: { ...testDefinition.description, eventVersions: [1, 2] },
  })
  for (const late of ['as-live', 'count'] as const) {
    const replays = replayWorld(hostOf(world, understanding), late)
    const { from, to } = { from: 10 * minute, to: 15 * minute }
    await replays.everything()
    const { id } = await replays.run(await created(replays, { from, to, late }))
    const { report } = (await world.control.read('readings', 'replay', id))!.value
    assert.deepEqual(report!.windows['rooms@1'], { equal: 0, changed: 0, added: 5, removed: 0 }, late)
    await replays.discard(id)
  }
})

test('a replay is refused where the marks that its duplicates begin at have expired', async () => {
  const world = await threeMinutes()
  const left = (await world.state.marks('readings:live:0', -1, 100)).filter(({ at }) => at.sequence >= 1)
  const state: typeof world.state = {
    ...world.state,
    lastMark: async (_shard, by, atMost) => Promise.resolve(left.findLast(({ at }) => at[by] <= atMost)),
    firstMark: async (_shard, by, atLeast) => Promise.resolve(left.find(({ at }) => at[by] >= atLeast)),
  }
  const replays = replayWorld({ ...world, state })
  const range = { from: noon + minute, to: noon + 2 * minute }
  assert.deepEqual(await replays.create({ ...range, late: 'as-live' }), {
    kind: 'refused',
    detail: 'from: the marks of partition 0 do not reach back to the duplicates before it',
  })
  assert.equal((await replays.create({ ...range, late: 'count' })).kind, 'created')
})
