/** Replays over HTTP: asked for, looked at, decided about. docs/replay.md tells what each field means. */
import type { HttpHandler, HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions'
import type { App, StreamApp } from '../../shared/compose.ts'
import type { ReplayListAnswer } from '../../shared/contracts/api.ts'
import type { ReplayDocument } from '../../shared/contracts/control-documents.ts'
import { isReplayOf } from '../../shared/core/replay-id.ts'
import { problem, withProblems } from '../problem.ts'
import type { ReplayInput } from '../replay.ts'
import { callerOf } from './caller.ts'
import { jsonOf } from './json-body.ts'

/** Starts the orchestration of a replay under the replay's id; rejects where that cannot be had now. */
export type StartReplay = (context: InvocationContext, input: ReplayInput) => Promise<void>

/** `POST /api/manage/replays`: 202 and the record, once it is planned and started. */
export const createReplay = (app: App, start: StartReplay): HttpHandler =>
  withProblems(async (request, context) => {
    const body = await jsonOf(request)
    if (body === undefined) return problem(400, 'Bad body', 'body: expected JSON')
    const parsed = app.parseReplay(body)
    if ('problems' in parsed) {
      const detail = parsed.problems.map(({ parameter, detail: expected }) => `${parameter}: ${expected}`).join('\n')
      return problem(400, 'Bad replay', detail, { errors: parsed.problems })
    }
    const { replays } = app.streams.find(({ name }) => name === parsed.request.stream)!
    await audit(app, request, { stream: parsed.request.stream, action: 'replay.create', target: '-', body })
    const created = await replays.create(parsed.request)
    if (created.kind === 'refused') return problem(409, 'Not now', created.detail)
    const { id } = created.replay
    try {
      await start(context, inputOf(created.replay))
    } catch (error) {
      await replays.fail(id, 'It could not be started.')
      throw error
    }
    return { status: 202, headers: { location: `/api/manage/replays/${id}` }, jsonBody: await replays.describe(id) }
  })

/** `GET /api/manage/replays`: all of them, or those of one `stream`. */
export const listReplays = (app: App): HttpHandler =>
  withProblems(async (request) => {
    const wanted = request.query.get('stream')
    const streams = app.streams.filter(({ name }) => wanted === null || name === wanted)
    if (streams.length === 0) {
      const known = app.streams.map(({ name }) => name).join(', ')
      return problem(400, 'Bad parameters', `stream: expected one of ${known}`, { parameter: 'stream' })
    }
    const replays = (await Promise.all(streams.map((stream) => stream.replays.list()))).flat()
    const answer: ReplayListAnswer = { replays: replays.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1)) }
    return { jsonBody: answer }
  })

/** `GET /api/manage/replays/{id}`: the record, with how far it is. */
export const readReplay = (app: App): HttpHandler =>
  withProblems(async (request) => {
    const id = request.params['id'] ?? ''
    const found = await streamOf(app, id)?.replays.describe(id)
    return found === undefined ? unknownReplay(id) : { jsonBody: found }
  })

type Action = 'promote' | 'discard' | 'cancel'

/** `POST /api/manage/replays/{id}/promote`, `…/discard` or `…/cancel`. Each asked for again changes nothing. */
export const decideReplay = (app: App, action: Action): HttpHandler =>
  withProblems(async (request) => {
    const id = request.params['id'] ?? ''
    const stream = streamOf(app, id)
    if ((await stream?.replays.describe(id)) === undefined || stream === undefined) return unknownReplay(id)
    await audit(app, request, { stream: stream.name, action: `replay.${action}`, target: id, body: {} })
    const decision = await stream.replays[action](id)
    if (decision.kind === 'refused') return problem(409, 'Not in this state', decision.detail)
    return { jsonBody: await stream.replays.describe(id) }
  })

const inputOf = ({ stream, id, mode, partitions }: ReplayDocument): ReplayInput => ({
  stream,
  id,
  promote: mode === 'promote',
  partitions: partitions.map(({ partition, slices }) => ({ partition, slices: slices.length })),
  slice: 0,
})

const streamOf = ({ streams }: App, id: string): StreamApp | undefined =>
  streams.find(({ name }) => isReplayOf(name, id))

const unknownReplay = (id: string): HttpResponseInit =>
  problem(404, 'Unknown replay', `id: there is no replay ${JSON.stringify(id)}`, { parameter: 'id' })

const audit = (
  app: App,
  request: HttpRequest,
  {
    body,
    ...what
  }: { readonly stream: string; readonly action: string; readonly target: string; readonly body: unknown },
): Promise<void> =>
  app.audit({ ...what, request: body as Readonly<Record<string, unknown>>, caller: callerOf(request) })
