import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import type { HttpResponseInit } from '@azure/functions'
import { createReplay, decideReplay, listReplays, readReplay } from '../../functions/manage/replays.ts'
import type { ReplayInput } from '../../functions/replay.ts'
import type { ProblemDetails, ReplayAnswer, ReplayListAnswer } from '../../shared/contracts/api.ts'
import { controlProperty, heartbeatValue } from '../../shared/contracts/heartbeat.ts'
import { advanceFrontier } from '../../shared/flows/advance-frontier.ts'
import { appOver, callHandler } from '../support/app-over.ts'
import { fill, ingestWorld } from '../support/ingest-world.ts'
import { noon, reading } from '../support/raw.ts'
import { replayWorld } from '../support/replay-world.ts'

const good = {
  stream: 'readings',
  from: '2026-01-01T12:00:00Z',
  to: '2026-01-01T12:02:00Z',
  mode: 'compare',
  reason: 'The step that names rooms was wrong.',
}

/** Final for two minutes after noon. */
const openWorld = async () => {
  const world = ingestWorld()
  const later = {
    enqueuedAt: noon + 130_000,
    body: Buffer.from('{}'),
    properties: { [controlProperty]: heartbeatValue },
  }
  for (const partition of ['0', '1', '2']) {
    await world.instance().ingest(partition, fill(world, partition, [reading('a', 1_000), later]))
  }
  await advanceFrontier(world.publishing, world.setting)()
  const app = appOver(world)
  const started: ReplayInput[] = []
  const create = createReplay(app, (_context, input) => {
    started.push(input)
    return Promise.resolve()
  })
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    callHandler(create, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) })
  return { world, app, started, post }
}

const problemOf = ({ body }: HttpResponseInit): ProblemDetails => JSON.parse(body as string) as ProblemDetails

const instant = 'expected an RFC 3339 instant with a zone, from 1970 on'
const aligned = 'expected a multiple of 60 s, to which all windows of the stream align: '

const bad: readonly (readonly [change: object, detail: string])[] = [
  [{ stream: 'shoes' }, 'stream: expected one of readings'],
  [{ from: 'yesterday' }, `from: ${instant}`],
  [{ to: '2026-01-01T12:02:00' }, `to: ${instant}`],
  [{ to: 7 }, `to: ${instant}`],
  [{ from: '2026-01-01T12:00:10Z' }, `from: ${aligned}2026-01-01T12:00:00.000Z`],
  [{ to: '2026-01-01T12:01:59.999Z' }, `to: ${aligned}2026-01-01T12:02:00.000Z`],
  [{ to: '2026-01-01T12:00:00Z' }, 'to: expected later than from'],
  [{ to: '2026-02-01T12:01:00Z' }, 'to: expected at most 7 days after from: replay it in parts'],
  [{ mode: undefined }, 'mode: expected compare or promote'],
  [{ mode: 'try' }, 'mode: expected compare or promote'],
  [{ late: 'never' }, 'late: expected as-live or count'],
  [{ facts: null }, 'facts: expected as-live or newest'],
  [{ reason: undefined }, 'reason: expected a text of 1 to 500 characters'],
  [{ reason: '  ' }, 'reason: expected a text of 1 to 500 characters'],
  [{ reason: 'x'.repeat(501) }, 'reason: expected a text of 1 to 500 characters'],
  [{ until: 'now' }, 'until: unknown; known are stream, from, to, mode, late, facts, reason'],
  [{ mode: 1, late: 2 }, 'mode: expected compare or promote\nlate: expected as-live or count'],
]

for (const [change, detail] of bad) {
  test(`a bad field is named with what was expected, and nothing is changed: ${inspect(change, { maxStringLength: 30 })}`, async () => {
    const { world, started, post } = await openWorld()
    const response = await post({ ...good, ...change })
    assert.equal(response.status, 400)
    const { errors, ...problem } = problemOf(response)
    assert.deepEqual(problem, { type: 'about:blank', title: 'Bad replay', status: 400, detail })
    assert.deepEqual(
      errors?.map((error) => `${error.parameter}: ${error.detail}`),
      detail.split('\n'),
    )
    for (const kind of ['replay', 'audit', 'timeline'] as const) {
      assert.deepEqual(await world.control.list('readings', kind), [])
    }
    assert.deepEqual(started, [])
  })
}

for (const [body, detail] of [
  ['{"stream": ', 'body: expected JSON'],
  ['[]', 'body: expected a JSON object'],
  ['null', 'body: expected a JSON object'],
] as const) {
  test(`a body that is no request is refused: ${body}`, async () => {
    const { post } = await openWorld()
    const response = await post(body)
    assert.deepEqual([response.status, problemOf(response).detail], [400, detail])
  })
}

test('a replay that is asked for is planned, started and audited, and says where it can be looked at', async () => {
  const { world, app, started, post } = await openWorld()
  const response = await post(good, { 'x-ms-client-principal-name': 'ada@example.org' })
  assert.equal(response.status, 202)
  const { id, ...answer } = response.jsonBody as ReplayAnswer
  assert.match(id, /^readings-20260101T000000Z-[0-9a-f]{8}$/)
  assert.deepEqual(response.headers, { location: `/api/manage/replays/${id}` })
  assert.deepEqual(answer, {
    ...good,
    from: '2026-01-01T12:00:00.000Z',
    to: '2026-01-01T12:02:00.000Z',
    late: 'count',
    facts: 'as-live',
    state: 'planned',
    createdAt: '2026-01-01T00:00:00.000Z',
    startedAt: null,
    endedAt: null,
    progress: { events: 6, eventsDone: 0, slices: 3, slicesDone: 0, eventsPerSecond: null, secondsLeft: null },
    report: null,
    failure: null,
  })
  const partitions = ['0', '1', '2'].map((partition) => ({ partition, slices: 1 }))
  assert.deepEqual(started, [{ stream: 'readings', id, promote: false, partitions, slice: 0 }])
  const read = await callHandler(readReplay(app), { params: { id } })
  assert.deepEqual(read.jsonBody, response.jsonBody)
  const [audit, ...others] = await world.control.list('readings', 'audit')
  assert.deepEqual(others, [])
  assert.match(audit!.id, /^audit:2026-01-01T00:00:00\.000Z:[0-9a-f]{8}$/)
  assert.deepEqual(
    { ...audit, id: '' },
    {
      id: '',
      stream: 'readings',
      kind: 'audit',
      schemaVersion: 1,
      at: '2026-01-01T00:00:00.000Z',
      action: 'replay.create',
      target: '-',
      request: good,
      caller: 'ada@example.org',
    },
  )
})

test('a replay that cannot be had now is refused with 409, and started by nobody', async () => {
  const { started, post } = await openWorld()
  const above = await post({ ...good, to: '2026-01-01T12:03:00Z' })
  assert.deepEqual(problemOf(above), {
    type: 'about:blank',
    title: 'Not now',
    status: 409,
    detail:
      'to: expected at or before the frontier, up to which windows are final; it stands at 2026-01-01T12:02:00.000Z',
  })
  const { id } = (await post(good)).jsonBody as ReplayAnswer
  const overlapping = await post({ ...good, from: '2026-01-01T12:01:00Z' })
  assert.deepEqual(
    [overlapping.status, problemOf(overlapping).detail],
    [
      409,
      `replay ${id} works on a part of this range, or waits there to be promoted or discarded: decide about it first`,
    ],
  )
  assert.equal(started.length, 1)
})

test('a replay whose orchestration cannot be started has failed, and its range is free again', async () => {
  const { world, app, post } = await openWorld()
  const broken = createReplay(app, () => Promise.reject(new Error('no storage')))
  const response = await callHandler(broken, { method: 'POST', body: JSON.stringify(good) })
  assert.equal(response.status, 500)
  const [failed] = await world.control.list('readings', 'replay')
  assert.deepEqual([failed?.state, failed?.failure], ['failed', 'It could not be started.'])
  assert.equal((await post(good)).status, 202)
})

test('replays are listed newest first, of all streams or of one', async () => {
  const { world, app, post } = await openWorld()
  const ids: string[] = []
  for (const minute of [0, 1]) {
    const [from, to] = [`2026-01-01T12:0${minute}:00Z`, `2026-01-01T12:0${minute + 1}:00Z`]
    ids.unshift(((await post({ ...good, from, to })).jsonBody as ReplayAnswer).id)
    world.clock.advance(1_000)
  }
  for (const query of ['', 'stream=readings']) {
    const { replays } = (await callHandler(listReplays(app), { query })).jsonBody as ReplayListAnswer
    assert.deepEqual(replays.map(({ id }) => id), ids) // prettier-ignore
  }
  const unknown = await callHandler(listReplays(app), { query: 'stream=shoes' })
  assert.deepEqual([unknown.status, problemOf(unknown).detail], [400, 'stream: expected one of readings'])
})

test('a decision is audited and answered with the replay as it is then; in another state it is refused with 409', async () => {
  const { world, app, post } = await openWorld()
  const { id } = (await post(good)).jsonBody as ReplayAnswer
  const decide = (action: 'promote' | 'discard' | 'cancel') =>
    callHandler(decideReplay(app, action), { method: 'POST', params: { id } })
  const early = await decide('promote')
  assert.deepEqual(problemOf(early), {
    type: 'about:blank',
    title: 'Not in this state',
    status: 409,
    detail: `replay ${id} is planned: only one that is ready can be promoted`,
  })
  const stored = (await world.control.read('readings', 'replay', id))!.value
  await replayWorld(world).run(stored)
  const promoted = await decide('promote')
  assert.deepEqual([promoted.status ?? 200, (promoted.jsonBody as ReplayAnswer).state], [200, 'promoted'])
  assert.deepEqual((await decide('promote')).jsonBody, promoted.jsonBody)
  assert.equal((await decide('cancel')).status, 409)
  const audits = await world.control.list('readings', 'audit')
  assert.deepEqual(
    audits.map(({ action, target, caller }) => `${action} ${target} ${caller}`).sort(),
    [
      'replay.create - null',
      ...['cancel', 'promote', 'promote', 'promote'].map((action) => `replay.${action} ${id} null`),
    ].sort(),
  )
})

test('an id of no replay is unknown, whatever is asked of it, and nothing is audited', async () => {
  const { world, app } = await openWorld()
  const handlers = [
    readReplay(app),
    ...(['promote', 'discard', 'cancel'] as const).map((action) => decideReplay(app, action)),
  ]
  for (const id of ['readings-20260101T000000Z-00000000', 'shoes-20260101T000000Z-00000000', 'timeline', '']) {
    for (const handler of handlers) {
      const response = await callHandler(handler, { method: 'POST', params: { id } })
      assert.deepEqual(problemOf(response), {
        type: 'about:blank',
        title: 'Unknown replay',
        status: 404,
        detail: `id: there is no replay ${JSON.stringify(id)}`,
        parameter: 'id',
      })
    }
  }
  assert.deepEqual(await world.control.list('readings', 'audit'), [])
})
