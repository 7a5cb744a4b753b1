import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from '@sinclair/typebox'
import fc from 'fast-check'
import type { Fault } from '../../shared/adapters/memory/faults.ts'
import type { ServedWindow } from '../../shared/contracts/api.ts'
import type { ReplayDocument, ReplayReport, ReplayRequest } from '../../shared/contracts/control-documents.ts'
import { controlProperty, heartbeatValue } from '../../shared/contracts/heartbeat.ts'
import type { RawEvent } from '../../shared/contracts/raw-event.ts'
import type { CompiledStream } from '../../shared/core/compiled-stream.ts'
import { lookUp } from '../../shared/core/enrich/look-up.ts'
import { compileStream } from '../../shared/core/stream/compile.ts'
import { defineStream } from '../../shared/core/stream/define-stream.ts'
import { count } from '../../shared/core/stream/metrics.ts'
import { RetryableError, TerminalError } from '../../shared/errors.ts'
import { advanceFrontier } from '../../shared/flows/advance-frontier.ts'
import type { CreatedReplay } from '../../shared/flows/create-replay.ts'
import type { Decision } from '../../shared/flows/decide-replay.ts'
import { publishReference } from '../../shared/flows/publish-reference.ts'
import { readRollup } from '../../shared/flows/read-rollup.ts'
import { beginReplay, runSlice } from '../../shared/flows/run-replay.ts'
import { fill, ingestWorld } from '../support/ingest-world.ts'
import { noon, reading } from '../support/raw.ts'
import { replayWorld } from '../support/replay-world.ts'
import { rollupQuery } from '../support/rollup-query.ts'

type World = ReturnType<typeof ingestWorld>
type Replays = ReturnType<typeof replayWorld>
const partitions = ['0', '1', '2']
const [minute, hour] = [60_000, 3_600_000]

/** In ms around noon, for occurrence and arrival alike unless told otherwise. */
const room = (id: string, at: number, arrivesAt = at, name = 'red') =>
  reading(id, at, { arrivesAt, fields: { room: name, value: 1 } })

const heartbeat = (at: number): Omit<RawEvent, 'sequence'> => ({
  enqueuedAt: noon + at,
  body: Buffer.from('{}'),
  properties: { [controlProperty]: heartbeatValue },
})

/** The hot path over what partition 0 gets, and then time goes on everywhere until all before `final` is final. */
const counted = async (world: World, contents: readonly Omit<RawEvent, 'sequence'>[], final: number): Promise<void> => {
  await world.instance().ingest('0', fill(world, '0', contents))
  for (const partition of partitions) {
    await world.instance().ingest(partition, fill(world, partition, [heartbeat(final + 10_000)]))
  }
  await advanceFrontier(world.publishing, world.setting)()
}

const madeBy = (created: CreatedReplay): ReplayDocument => {
  if (created.kind === 'refused') throw new Error(created.detail)
  return created.replay
}

const whyNot = (refused: CreatedReplay | Decision): string | undefined =>
  refused.kind === 'refused' ? refused.detail : undefined

/** `[from, to)` in ms around noon, asked for and run until it is ready. */
const replayed = async (
  replays: Replays,
  from: number,
  to: number,
  more: Partial<ReplayRequest> = {},
): Promise<ReplayDocument> =>
  replays.run(madeBy(await replays.create({ late: 'as-live', ...more, from: noon + from, to: noon + to })))

const served = async (
  world: World,
  rollup: string,
  more: Readonly<Record<string, string>> = {},
  over = { from: noon - hour, to: noon + 3 * hour },
): Promise<readonly ServedWindow[]> => {
  const compiled = world.setting.stream.rollups.find(({ name }) => name === rollup)!
  return (await readRollup(world, world.setting, compiled, rollupQuery(compiled, over, more))).windows
}

/** Minutes around noon of the windows that are served, and how many events each has. */
const minutes = async (world: World, more: Readonly<Record<string, string>> = {}): Promise<[number, unknown][]> =>
  (await served(world, 'rooms', more)).map(({ start, totals }) => [
    (Date.parse(start) - noon) / minute,
    totals['events'],
  ])

/** Replays of an app that leaves red rooms out: live has counted them because of a bug in its step. */
const mendedReplays = (world: World): Replays => {
  const keep: CompiledStream['keep'] = (event) => event['room'] !== 'red'
  return replayWorld({ ...world, setting: { ...world.setting, stream: { ...world.setting.stream, keep } } }, 'mended')
}

const everyMinute = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => room(`m${from + i}`, (from + i) * minute + 1_000))

test('a replay above the frontier is refused, saying where it stands', async () => {
  const world = ingestWorld()
  const replays = replayWorld(world)
  const asked = { from: noon, to: noon + 2 * minute }
  const none = 'to: expected at or before the frontier, up to which windows are final; there is none yet'
  assert.equal(whyNot(await replays.create(asked)), none)
  await counted(world, everyMinute(0, 1), minute)
  const stands = none.replace('there is none yet', 'it stands at 2026-01-01T12:01:00.000Z')
  assert.equal(whyNot(await replays.create(asked)), stands)
  assert.deepEqual(await world.control.list('readings', 'replay'), [])
  madeBy(await replays.create({ from: noon, to: noon + minute }))
})

test('of two replays over a part of the same range the second is refused, naming the first', async () => {
  const world = ingestWorld()
  const replays = replayWorld(world)
  await counted(world, everyMinute(0, 4), 4 * minute)
  const over = (from: number, to: number) => replays.create({ from: noon + from * minute, to: noon + to * minute })
  const { id } = madeBy(await over(1, 3))
  for (const [from, to] of [
    [1, 3],
    [0, 2],
    [2, 4],
    [0, 4],
  ] as const)
    // prettier-ignore
    assert.equal(
      whyNot(await over(from, to)),
      'replay replay-1 works on a part of this range, or waits there to be promoted or discarded: decide about it first',
    )
  madeBy(await over(0, 1))
  madeBy(await over(3, 4))
  assert.equal((await replays.cancel(id)).kind, 'done')
  madeBy(await over(1, 2))
})

test('of two replays asked for at once over the same range one is created, and the other leaves nothing claimed', async () => {
  const world = ingestWorld()
  const replays = replayWorld(world)
  await counted(world, everyMinute(0, 2), 2 * minute)
  const asked = { from: noon, to: noon + minute }
  const both = await Promise.all([replays.create(asked), replays.create(asked)])
  assert.deepEqual(both.map(({ kind }) => kind).sort(), ['created', 'refused'])
  const timeline = await world.control.read('readings', 'timeline', 'timeline')
  const winner = both.map((created) => (created.kind === 'created' ? created.replay.id : undefined)).find(Boolean)
  assert.deepEqual(timeline?.value.claims, [{ ...asked, replay: winner }])
  const states = (await world.control.list('readings', 'replay')).map(({ id, state }) => [id === winner, state])
  assert.deepEqual(states.sort(), [[false, 'failed'], [true, 'planned']]) // prettier-ignore
})

test('a replay is promoted once, and asked for again changes nothing', async () => {
  const world = ingestWorld()
  const replays = replayWorld(world)
  await counted(world, everyMinute(0, 2), 2 * minute)
  const planned = madeBy(await replays.create({ from: noon, to: noon + minute }))
  assert.equal(
    whyNot(await replays.promote(planned.id)),
    'replay replay-1 is planned: only one that is ready can be promoted',
  )
  assert.equal(
    whyNot(await replays.discard(planned.id)),
    'replay replay-1 is planned: only one that is ready can be discarded',
  )
  const { id, state } = await replays.run(planned)
  assert.equal(state, 'ready')
  assert.equal(
    whyNot(await replays.cancel(id)),
    'replay replay-1 is ready: only one that is planned or running can be cancelled',
  )
  const first = await replays.promote(id)
  world.clock.advance(1_000)
  assert.deepEqual(await replays.promote(id), first)
  assert.equal(
    whyNot(await replays.discard(id)),
    'replay replay-1 is promoted: only one that is ready can be discarded',
  )
  await replays.fail(id, 'too late')
  const { value: timeline } = (await world.control.read('readings', 'timeline', 'timeline'))!
  assert.deepEqual(
    timeline.ranges.map(({ from, to, generation }) => [from - noon, to - noon, generation]),
    [[0, minute, id]],
  )
  assert.deepEqual(timeline.claims, [])
  assert.equal((await world.control.read('readings', 'replay', id))?.value.state, 'promoted')
})

test('a slice that is under way ends with its next commit once the replay is cancelled', async () => {
  const world = ingestWorld()
  const replays = replayWorld(world)
  const crowd = Array.from({ length: 4_500 }, (_, i) => room(`c${i}`, i * 10))
  await counted(world, crowd, minute)
  const { id } = madeBy(await replays.create({ from: noon, to: noon + minute, late: 'as-live' }))
  const cancelling: typeof replays.ports = {
    ...replays.ports,
    events: async function* (range) {
      let pages = 0
      for await (const page of replays.ports.events(range)) {
        pages += 1
        if (pages === 2) await replays.cancel(id)
        yield page
      }
    },
  }
  assert.equal(await beginReplay(cancelling, world.setting, id), true)
  assert.equal(await runSlice(cancelling, world.setting, id, { partition: '0', slice: 0 }), false)
  const progress = (await world.replayState.loadProgress(`readings:${id}:0`))?.value
  assert.ok(progress !== undefined && progress.lastSequence < 4_499, String(progress?.lastSequence))
})

test('one that is discarded or cancelled is never promoted, and its range is free again', async () => {
  const world = ingestWorld()
  const replays = replayWorld(world)
  await counted(world, everyMinute(0, 2), 2 * minute)
  const asked = { from: noon, to: noon + minute }
  const ready = await replayed(replays, 0, minute)
  const discarded = await replays.discard(ready.id)
  assert.deepEqual(await replays.discard(ready.id), discarded)
  assert.equal(
    whyNot(await replays.promote(ready.id)),
    'replay replay-1 is discarded: only one that is ready can be promoted',
  )
  const planned = madeBy(await replays.create(asked))
  const cancelled = await replays.cancel(planned.id)
  assert.deepEqual(await replays.cancel(planned.id), cancelled)
  const { state, report } = await replays.run(planned)
  assert.deepEqual([state, report], ['cancelled', undefined])
  assert.equal(
    whyNot(await replays.promote(planned.id)),
    'replay replay-2 is cancelled: only one that is ready can be promoted',
  )
  madeBy(await replays.create(asked))
  assert.deepEqual((await world.control.read('readings', 'timeline', 'timeline'))?.value.ranges, [])
})

test('one that failed says why, and its range is free again', async () => {
  const world = ingestWorld()
  const replays = replayWorld(world)
  await counted(world, everyMinute(0, 2), 2 * minute)
  const { id } = madeBy(await replays.create({ from: noon, to: noon + minute }))
  await replays.fail(id, 'The capture files are damaged.')
  const { state, failure } = (await world.control.read('readings', 'replay', id))!.value
  assert.deepEqual([state, failure], ['failed', 'The capture files are damaged.'])
  madeBy(await replays.create({ from: noon, to: noon + minute }))
})

/** Answers as many calls of `control.write` as it is told to, and then loses one answer. */
const losing = () => {
  let left = Infinity
  return {
    faults: (operation: string): Fault => {
      if (operation !== 'control.write') return 'fine'
      left -= 1
      return left === 0 ? 'after' : 'fine'
    },
    loseAnswer: (nth: number): void => {
      left = nth
    },
  }
}

test('to promote, discard or cancel again after an answer was lost ends as if it had not been', async () => {
  const ends = { promote: 'promoted', discard: 'discarded', cancel: 'cancelled' } as const
  for (const action of ['promote', 'discard', 'cancel'] as const) {
    for (const nth of [1, 2]) {
      const { faults, loseAnswer } = losing()
      const world = ingestWorld({ faults })
      const replays = replayWorld(world)
      await counted(world, everyMinute(0, 2), 2 * minute)
      const planned = madeBy(await replays.create({ from: noon, to: noon + minute }))
      if (action !== 'cancel') await replays.run(planned)
      loseAnswer(nth)
      await assert.rejects(replays[action](planned.id), RetryableError)
      const decision = await replays[action](planned.id)
      assert.equal(decision.kind === 'done' && decision.replay.state, ends[action])
      const { ranges, claims } = (await world.control.read('readings', 'timeline', 'timeline'))!.value
      assert.deepEqual([ranges.length, claims], [action === 'promote' ? 1 : 0, []])
    }
  }
})

test('a replay that fails once its range is served is promoted all the same', async () => {
  const { faults, loseAnswer } = losing()
  const world = ingestWorld({ faults })
  const replays = replayWorld(world)
  await counted(world, everyMinute(0, 2), 2 * minute)
  const { id } = await replayed(replays, 0, minute)
  loseAnswer(1)
  await assert.rejects(replays.promote(id), RetryableError)
  await replays.fail(id, 'Its last step was tried too often.')
  const { state, failure } = (await world.control.read('readings', 'replay', id))!.value
  assert.deepEqual([state, failure], ['promoted', undefined])
})

test('a failure at any call of any step, before or after its effect, gives the same report and serves the same', async () => {
  const contents = [...everyMinute(0, 4), room('late', 30_000, 3 * minute + 2_000), room('m1', 3 * minute + 3_000)]
  const outcome = async (late: 'as-live' | 'count', faultOf: (call: number) => Fault) => {
    let calls: number | undefined
    const world = ingestWorld({ faults: () => (calls === undefined ? 'fine' : faultOf((calls += 1))) })
    const replays = replayWorld(world)
    await counted(world, contents, 4 * minute)
    const asked = { from: noon, to: noon + 4 * minute, late, mode: 'promote' } as const
    const planned = madeBy(await replays.create(asked))
    calls = 0
    const { state, report } = await replays.run(planned, again)
    const called = calls
    calls = undefined
    const { seconds: _seconds, eventsPerSecond: _perSecond, ...counts } = report!
    const windows = [await served(world, 'total', { step: '1m' }), await served(world, 'rooms')]
    return { called, result: { state, counts, windows } }
  }
  const undisturbed = { 'as-live': await outcome('as-live', () => 'fine'), count: await outcome('count', () => 'fine') }
  for (const { result } of Object.values(undisturbed)) assert.equal(result.state, 'promoted')
  for (const late of ['as-live', 'count'] as const) {
    const { called, result: expected } = undisturbed[late]
    for (const fault of ['before', 'after'] as const) {
      for (let failing = 1; failing <= called; failing += 1) {
        const { result } = await outcome(late, (call) => (call === failing ? fault : 'fine'))
        assert.deepEqual(result, expected, `${fault} call ${failing}`)
      }
    }
    const failures = fc.uniqueArray(fc.integer({ min: 1, max: 2 * called }), {
      minLength: 2,
      maxLength: 20,
      size: 'max',
    })
    await fc.assert(
      fc.asyncProperty(failures, fc.constantFrom('before', 'after'), async (failing, fault) => {
        const { result } = await outcome(late, (call) => (failing.includes(call) ? fault : 'fine'))
        assert.deepEqual(result, expected)
      }),
      { numRuns: 20 },
    )
  }
})

/** As the orchestration does: a step that failed is taken again. */
const again = async <T>(step: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await step()
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error
    }
  }
}

test('in a promoted range a window that its generation lacks is empty, never that of live', async () => {
  const world = ingestWorld()
  const replays = replayWorld(world)
  await counted(world, everyMinute(0, 4), 4 * minute)
  const mended = mendedReplays(world)
  assert.deepEqual(await minutes(world), [[0, 1], [1, 1], [2, 1], [3, 1]]) // prettier-ignore
  const { id, report } = await replayed(mended, minute, 3 * minute)
  assert.deepEqual(report?.windows, {
    'total@1': { equal: 0, changed: 0, added: 0, removed: 2 },
    'rooms@1': { equal: 0, changed: 0, added: 0, removed: 2 },
  })
  assert.deepEqual(await minutes(world), [[0, 1], [1, 1], [2, 1], [3, 1]]) // prettier-ignore
  await replays.promote(id)
  assert.deepEqual(await minutes(world), [[0, 1], [3, 1]]) // prettier-ignore
})

/** Of one hour of events in the minutes 0, 19, 20, 39, 40 and 59, how many are served after noon, by the hour and by the minute. */
const hourAfterNoon = async (world: World): Promise<readonly unknown[]> => {
  const over = { from: noon, to: noon + hour }
  const events = (windows: readonly ServedWindow[]) => windows.map(({ totals }) => totals['events'])
  const [hours, ofMinutes] = [
    await served(world, 'total', { step: '1h' }, over),
    await served(world, 'total', { step: '1m' }, over),
  ]
  return [...events(hours), events(ofMinutes).length]
}

test('tiers that straddle an edge of a promoted range are not read', async () => {
  const contents = [0, 19, 20, 39, 40, 59].map((at) => room(`m${at}`, at * minute + 1_000))
  const inThe = { middle: [20, 40], beginning: [-60, 20], end: [40, 120], whole: [0, 60] } as const
  const left = { middle: 4, beginning: 4, end: 4, whole: 0 }
  for (const [where, [from, to]] of Object.entries(inThe)) {
    const world = ingestWorld()
    await counted(world, contents, 2 * hour)
    assert.deepEqual(await hourAfterNoon(world), [6, 6])
    const mended = mendedReplays(world)
    const { id } = await replayed(mended, from * minute, to * minute)
    await mended.promote(id)
    const expected = left[where as keyof typeof left]
    assert.deepEqual(await hourAfterNoon(world), expected === 0 ? [0] : [expected, expected], where)
  }
})

test('tiers of a promoted range are its own', async () => {
  const world = ingestWorld()
  await counted(world, [room('a', minute), room('b', 2 * minute, 2 * minute, 'blue')], 2 * hour)
  assert.deepEqual(await hourAfterNoon(world), [2, 2])
  const mended = mendedReplays(world)
  const { id } = await replayed(mended, 0, 2 * hour)
  const series = { name: `readings:${id}:total@1:1h`, everyMs: hour }
  const { heads } = await world.serving.readRange(series, noon, noon + hour, [])
  assert.deepEqual(heads.map(({ windowStart, final }) => [windowStart, final]), [[noon, true]]) // prettier-ignore
  await mended.promote(id)
  assert.deepEqual(await hourAfterNoon(world), [1, 1])
})

test('of two promotions the later one answers for what both cover, the first for the rest of its range', async () => {
  const world = ingestWorld()
  const replays = replayWorld(world)
  await counted(world, everyMinute(0, 5), 5 * minute)
  const mended = mendedReplays(world)
  const first = await replayed(mended, minute, 4 * minute)
  await mended.promote(first.id)
  assert.deepEqual((await minutes(world)).map(([at]) => at), [0, 4]) // prettier-ignore
  const second = madeBy(await replays.create({ from: noon + 2 * minute, to: noon + 3 * minute, late: 'as-live' }))
  const { report } = await replays.run(second)
  assert.equal(report?.windows['rooms@1']?.added, 1, 'compared with what is served, which is the first replay')
  await replays.promote(second.id)
  assert.deepEqual((await minutes(world)).map(([at]) => at), [0, 2, 4]) // prettier-ignore
  assert.equal((await replays.promote(first.id)).kind, 'done')
  assert.deepEqual((await minutes(world)).map(([at]) => at), [0, 2, 4]) // prettier-ignore
})

test('a count replay adds late events to windows sealed long ago, and counts an identity once for good', async () => {
  const world = ingestWorld()
  const replays = replayWorld(world)
  const sent = 90
  const contents = [
    ...everyMinute(0, sent),
    room('late', 30_000, sent * minute),
    // Both beyond the horizon: live calls them late.
    room('m0', 1_000, sent * minute + 1_000),
    room('late', 30_000, sent * minute + 90_000),
  ]
  await counted(world, contents, sent * minute)
  assert.equal((await minutes(world)).find(([at]) => at === 0)?.[1], 1)
  const { id, report } = await replayed(replays, 0, sent * minute, { late: 'count' })
  assert.deepEqual(report?.windows['rooms@1'], { equal: sent - 1, changed: 1, added: 0, removed: 0 })
  assert.deepEqual(report.windows['total@1'], { equal: sent, changed: 0, added: 1, removed: 0 })
  const { live, replay } = report.ledgers[0]!
  assert.deepEqual([live.accepted, live.late, live.duplicate], [sent, 3, 0])
  assert.deepEqual([replay.accepted, replay.late, replay.duplicate], [sent + 1, 0, 2])
  await replays.promote(id)
  assert.equal((await minutes(world)).find(([at]) => at === 0)?.[1], 2)
  const commits = world.replayState.documents(`readings:${id}:0`).filter(({ kind }) => kind === 'seen').length
  assert.ok(commits > 1, 'the window was sealed and stored before the late event came')
})

test('a count replay reads on to the last late event that was known when it was asked for', async () => {
  const world = ingestWorld()
  const replays = replayWorld(world)
  const lateAt = 30 * minute
  await counted(
    world,
    [...everyMinute(0, 31), room('late', 30_000, lateAt + 30_000), ...everyMinute(31, 60)],
    60 * minute,
  )
  const asked = { from: noon, to: noon + minute }
  const lastOf = (created: CreatedReplay) => madeBy(created).partitions[0]!.countTo.sequence
  assert.equal(lastOf(await replays.create({ ...asked, late: 'as-live' })), 2)
  await replays.cancel('replay-1')
  // Up to the next mark.
  assert.equal(lastOf(await replays.create({ ...asked, late: 'count' })), 31)
})

const withSites = compileStream(
  defineStream({
    name: 'readings',
    hub: { partitions: 1 },
    event: Type.Object({ source: Type.String(), id: Type.String(), time: Type.String() }),
    identity: { source: 'source', id: 'id' },
    time: { occurredAt: 'time', lateness: '10s' },
    deduplicate: { horizon: '1m' },
    enrich: [lookUp('source', { kind: 'devices', adds: ['site'] })],
    rollups: { sites: { every: '1m', by: ['site'], maxGroups: 9, keep: '1d', metrics: { events: count() } } },
  }),
)

test('as-live facts are those by which live enriched each event, newest facts those of the moment at which it was asked', async () => {
  const world = ingestWorld({ stream: withSites })
  const replays = replayWorld(world)
  const publish = async (site: string) => {
    await publishReference(world, 'devices', [{ id: 's1', site }])
    world.clock.advance(minute)
  }
  const { ingest } = world.instance()
  await publish('Bern')
  await ingest('0', fill(world, '0', everyMinute(0, 2)))
  await publish('Basel')
  await ingest('0', fill(world, '0', [...everyMinute(2, 4), heartbeat(5 * minute)]))
  await advanceFrontier(world.publishing, world.setting)()
  const sites = async () =>
    (await served(world, 'sites')).map(({ groups }) => groups!.map(({ key }) => key['site']).join())
  const live = ['Bern', 'Bern', 'Basel', 'Basel']
  assert.deepEqual(await sites(), live)

  await publishReference(world, 'devices', [{ id: 's1', site: 'Chur' }])
  const same = await replayed(replays, 0, 4 * minute, { facts: 'as-live' })
  assert.deepEqual(same.report?.windows['sites@1'], { equal: 4, changed: 0, added: 0, removed: 0 })
  await replays.promote(same.id)
  assert.deepEqual(await sites(), live)
  const created = madeBy(await replays.create({ from: noon, to: noon + 4 * minute, facts: 'newest' }))
  await publishReference(world, 'devices', [{ id: 's1', site: 'Thun' }])
  const { id } = await replays.run(created)
  await replays.promote(id)
  assert.deepEqual(await sites(), ['Chur', 'Chur', 'Chur', 'Chur'])
})

/** Six minutes and a heartbeat, counted: sequences 0 to 6 of partition 0. */
const sevenEvents = async () => {
  const world = ingestWorld()
  await counted(world, everyMinute(0, 6), 6 * minute)
  const events = [...world.hub.events('0')]
  const capture = (from: number, to: number): void => {
    world.capture.put('0', noon, events.slice(from, to))
  }
  return { world, replays: replayWorld(world), capture }
}

const isAsLive = ({ windows, ledgers, missing }: ReplayReport): boolean =>
  missing === 0 &&
  Object.values(windows).every(({ changed, added, removed }) => changed + added + removed === 0) &&
  ledgers.every(({ live, replay }) => JSON.stringify(live) === JSON.stringify(replay))

test('events are read from the capture where the hub has lost them, and from the hub where they are not captured', async () => {
  for (const [captured, trimmed] of [
    [[[0, 3]], 3],
    [
      [
        [0, 2],
        [4, 7],
      ],
      2,
    ],
    [[], 0],
    [[[0, 7]], 7],
  ] as const) {
    // prettier-ignore
    const { world, replays, capture } = await sevenEvents()
    for (const [from, to] of captured) capture(from, to)
    world.hub.trim('0', trimmed)
    const { report } = await replayed(replays, 0, 6 * minute)
    assert.ok(isAsLive(report!), JSON.stringify(captured))
  }
})

test('events that nobody holds any more are counted as missing, and keep a replay from being promoted', async () => {
  for (const [where, captured, trimmed, missing] of [
    ['in the middle', [0, 3], 5, 2],
    ['at the beginning', [3, 7], 7, 3],
    ['at the end', [0, 5], 7, 2],
    ['everywhere', [0, 0], 7, 7],
  ] as const) {
    const { world, replays, capture } = await sevenEvents()
    capture(captured[0], captured[1])
    world.hub.trim('0', trimmed)
    const { id, state, report } = await replayed(replays, 0, 6 * minute)
    assert.deepEqual([state, report?.missing, report?.ledgers[0]?.replay.lost], ['ready', missing, missing], where)
    assert.equal(
      whyNot(await replays.promote(id)),
      `replay ${id} lacks ${missing} events that live has counted: neither the capture nor the hub holds them any more`,
    )
    assert.equal((await minutes(world)).length, 6)
  }
})

test('what live has lost is not missing in a replay', async () => {
  const world = ingestWorld()
  const replays = replayWorld(world)
  const events = fill(world, '0', everyMinute(0, 6))
  const { ingest } = world.instance()
  await ingest('0', events.slice(0, 2))
  world.hub.trim('0', 3)
  await ingest('0', events.slice(4))
  await counted(world, [], 6 * minute)
  world.capture.put('0', noon, events.slice(0, 2))
  const { report } = await replayed(replays, 0, 6 * minute)
  assert.deepEqual([report?.ledgers[0]?.live.lost, report?.missing], [1, 0])
  assert.ok(isAsLive(report!))
})

test('a hub that was made again is not read, and all that is captured needs none', async () => {
  const { world, replays, capture } = await sevenEvents()
  capture(0, 3)
  const { id, partitions: plans } = madeBy(await replays.create({ from: noon, to: noon + 6 * minute, late: 'as-live' }))
  world.hub.recreate('2026-01-02T00:00:00.000Z')
  await assert.rejects(replays.run({ id, partitions: plans } as ReplayDocument), (error: Error) => {
    assert.ok(error instanceof TerminalError)
    assert.equal(
      error.message,
      'Sequences 3 to 6 of partition 0 are not captured, and the hub that had them, created on 2026-01-01T00:00:00.000Z, is gone: ' +
        'the one under its name was created on 2026-01-02T00:00:00.000Z. Restore their capture files, or replay another range.',
    )
    return true
  })
  for (const partition of ['1', '2']) {
    world.capture.put(partition, noon, [{ ...heartbeat(6 * minute + 10_000), sequence: 0 }])
  }
  capture(3, 7)
  const { report } = await replays.run({ id, partitions: plans } as ReplayDocument)
  assert.ok(isAsLive(report!))
})

test('the definition that was changed while a replay ran stops it', async () => {
  const world = ingestWorld()
  const replays = replayWorld(world)
  await counted(world, everyMinute(0, 2), 2 * minute)
  const planned = madeBy(await replays.create({ from: noon, to: noon + minute }))
  const stream = { ...world.setting.stream, hash: 'another' }
  const changed = replayWorld({ ...world, setting: { ...world.setting, stream } })
  await assert.rejects(changed.run(planned), (error: Error) => {
    assert.ok(error instanceof TerminalError)
    assert.equal(
      error.message,
      `Replay replay-1 counts by definition ${world.setting.stream.hash} of readings, this app has another: the stream was changed ` +
        'while it ran. Nothing was promoted. Create another.',
    )
    return true
  })
})
