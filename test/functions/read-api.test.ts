import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HttpHandler, HttpResponseInit } from '@azure/functions'
import { health, rollup, status } from '../../functions/read-api.ts'
import type { App } from '../../shared/compose.ts'
import type { ProblemDetails, RollupAnswer, StatusAnswer } from '../../shared/contracts/api.ts'
import { RetryableError } from '../../shared/errors.ts'
import { advanceFrontier } from '../../shared/flows/advance-frontier.ts'
import { appOver, callHandler } from '../support/app-over.ts'
import { fill, ingestWorld } from '../support/ingest-world.ts'
import { noon, reading } from '../support/raw.ts'

const call = (handler: HttpHandler, query = '', params: Record<string, string> = {}): Promise<HttpResponseInit> =>
  callHandler(handler, { query, params })

const problemOf = (response: HttpResponseInit): ProblemDetails => {
  assert.equal(new Headers(response.headers as Record<string, string>).get('content-type'), 'application/problem+json')
  const problem = JSON.parse(response.body as string) as ProblemDetails
  assert.equal(problem.status, response.status)
  return problem
}

const published = async () => {
  const world = ingestWorld()
  const app = appOver(world)
  const contents = ['red', 'a b', 'red'].map((room, i) => reading(String(i), i * 1_000, { fields: { room } }))
  await app.streams[0]!.ingest('0', fill(world, '0', contents))
  await app.streams[0]!.publish(world.documents('0'))
  return { world, app }
}

const range = `from=${new Date(noon).toISOString()}&to=${new Date(noon + 60_000).toISOString()}`
const rooms = { stream: 'readings', rollup: 'rooms' }

test('a range of windows is answered, one group if asked for', async () => {
  const { app } = await published()
  const all = (await call(rollup(app), range, rooms)).jsonBody as RollupAnswer
  assert.deepEqual(
    all.windows[0]!.groups!.map(({ key, metrics }) => [key['room'], metrics['events']]),
    [
      ['a b', 1],
      ['red', 2],
    ],
  )
  const one = (await call(rollup(app), `${range}&key=a%20b`, rooms)).jsonBody as RollupAnswer
  assert.deepEqual(
    one.windows[0]!.groups!.map(({ key }) => key),
    [{ room: 'a b' }],
  )
  assert.deepEqual(
    [one.stream, one.rollup, one.version, one.everyMs, one.frontier],
    ['readings', 'rooms', 1, 60_000, null],
  )
})

test('every bad parameter is named at once in problem details', async () => {
  const { app } = await published()
  const response = await call(rollup(app), `from=yesterday&to=2026-01-01T12:00:30Z&top=0&by=size&stpe=1m`, rooms)
  assert.equal(response.status, 400)
  const problem = problemOf(response)
  assert.deepEqual(
    problem.errors?.map(({ parameter }) => parameter),
    ['stpe', 'from', 'to', 'top', 'by'],
  )
  assert.equal(problem.detail.split('\n')[1], 'from: expected an RFC 3339 instant such as 2026-11-24T12:00:00Z')
})

test('a range that is too much for one answer goes on where the answer says', async () => {
  const { app } = await published()
  const ask = async (query: string) => (await call(rollup(app), query, rooms)).jsonBody as RollupAnswer
  const first = await ask(`from=2026-01-01T10:00:00Z&to=2026-02-01T00:00:00Z`)
  assert.deepEqual([first.to, first.next, first.windows.length], [first.next, '2026-01-08T08:40:00.000Z', 1])
  const last = await ask(`from=2026-01-01T10:00:00Z&to=2026-01-01T13:00:00Z`)
  assert.deepEqual([last.to, last.next, last.windows.length], ['2026-01-01T13:00:00.000Z', null, 1])
})

test('an answer says what it reflects and whether it can still change', async () => {
  const { world, app } = await published()
  const ask = async () => (await call(rollup(app), range, rooms)).jsonBody as RollupAnswer
  const open = await ask()
  assert.deepEqual([open.asOf, open.final, open.windows[0]!.final], ['2026-01-01T12:00:02.000Z', false, false])
  assert.equal(open.windows[0]!.asOf, open.asOf)
  for (const partition of ['0', '1', '2']) {
    await app.streams[0]!.ingest(partition, fill(world, partition, [reading(partition, 80_000)]))
  }
  await advanceFrontier(world.publishing, world.setting)()
  const final = await ask()
  assert.deepEqual([final.final, final.windows[0]!.final, final.frontier], [true, true, '2026-01-01T12:01:10.000Z'])
  const empty = (await call(rollup(app), 'from=2026-01-01T10:00:00Z&to=2026-01-01T11:00:00Z', rooms)).jsonBody
  assert.deepEqual(
    [(empty as RollupAnswer).final, (empty as RollupAnswer).asOf, (empty as RollupAnswer).windows],
    [true, null, []],
  )
})

test('CSV is answered where it is asked for, with what JSON says of itself in headers', async () => {
  const { app } = await published()
  const ask = (query: string, accept?: string) =>
    callHandler(rollup(app), { query, params: rooms, ...(accept === undefined ? {} : { headers: { accept } }) })
  const csv = await ask(`${range}&metrics=events&format=csv`)
  assert.equal(
    csv.body,
    [
      'start,end,final,approximate,asOf,room,events',
      '2026-01-01T12:00:00.000Z,2026-01-01T12:01:00.000Z,false,false,2026-01-01T12:00:02.000Z,a b,1',
      '2026-01-01T12:00:00.000Z,2026-01-01T12:01:00.000Z,false,false,2026-01-01T12:00:02.000Z,red,2',
      '',
    ].join('\r\n'),
  )
  assert.deepEqual(csv.headers, {
    'content-type': 'text/csv; charset=utf-8; header=present',
    'millrace-final': 'false',
    'millrace-as-of': '2026-01-01T12:00:02.000Z',
  })
  const more = await ask('from=2026-01-01T12:00:00Z&to=2026-02-01T00:00:00Z&format=csv&code=secret')
  assert.equal(
    (more.headers as Record<string, string>)['link'],
    '</api/x?from=2026-01-08T10%3A40%3A00.000Z&to=2026-02-01T00%3A00%3A00Z&format=csv>; rel="next"',
  )
  const accepts: readonly (readonly [accept: string | undefined, isCsv: boolean])[] = [
    ['text/csv', true],
    ['text/csv, */*;q=0.1', true],
    ['application/json, text/csv;q=0.5', false],
    ['text/html, */*', false],
    [undefined, false],
  ]
  for (const [accept, isCsv] of accepts) {
    assert.equal(typeof (await ask(range, accept)).body === 'string', isCsv, accept)
  }
  assert.equal((await ask(`${range}&format=json`, 'text/csv')).body, undefined, 'the parameter decides')
})

test('an unknown stream or rollup is 404, naming the known ones', async () => {
  const { app } = await published()
  const stream = await call(rollup(app), range, { stream: 'nope', rollup: 'rooms' })
  assert.equal(stream.status, 404)
  assert.match(problemOf(stream).detail, /stream: expected one of readings, got "nope"/)
  const unknown = await call(rollup(app), range, { stream: 'readings', rollup: 'nope' })
  assert.equal(unknown.status, 404)
  assert.match(problemOf(unknown).detail, /rollup: expected one of total, rooms/)
})

test('the status tells shards, lag, ledger and measurements', async () => {
  const { world, app } = await published()
  fill(world, '1', [reading('x', 0)])
  const { streams, instance } = (await call(status(app))).jsonBody as StatusAnswer
  const stream = streams['readings']!
  assert.deepEqual([stream.lag, stream.ledger.accepted, stream.frontier, stream.final], [1, 3, null, false])
  assert.deepEqual(
    stream.shards.map(({ partition, firstSequence, lastSequence, hubLastSequence, lag }) => [
      partition,
      firstSequence,
      lastSequence,
      hubLastSequence,
      lag,
    ]),
    [
      ['0', 0, 2, 2, 0],
      ['1', null, null, 0, 1],
      ['2', null, null, -1, 0],
    ],
  )
  assert.equal(instance.streams['readings']!.events, 3)
})

test('health says what does not answer', async () => {
  const world = ingestWorld()
  assert.deepEqual((await call(health(appOver(world)))).jsonBody, { status: 'ok' })
  const sick = await call(health(appOver(world, ['Hub of readings does not answer.'])))
  assert.equal(sick.status, 503)
  assert.match(problemOf(sick).detail, /Hub of readings/)
})

test('a service that is away is 503 with a time to wait, a bug is 500 without its inside', async () => {
  const world = ingestWorld()
  const failing = (error: Error): App => {
    const app = appOver(world)
    return { ...app, streams: [{ ...app.streams[0]!, readRollup: () => Promise.reject(error) }] }
  }
  const away = await call(rollup(failing(new RetryableError('secret host', { retryAfterMs: 2_500 }))), range, rooms)
  assert.equal(away.status, 503)
  assert.equal(new Headers(away.headers as Record<string, string>).get('retry-after'), '3')
  const bug = await call(rollup(failing(new Error('secret inside'))), range, rooms)
  assert.equal(bug.status, 500)
  for (const response of [away, bug]) assert.doesNotMatch(response.body as string, /secret/)
})
