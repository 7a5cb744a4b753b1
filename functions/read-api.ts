import type { HttpHandler } from '@azure/functions'
import type { App } from '../shared/compose.ts'
import type { StatusAnswer } from '../shared/contracts/api.ts'
import { parseRollupQuery } from '../shared/core/rollup-query.ts'
import { problem, withProblems } from './problem.ts'

/** `GET /api/health`: 200 when hub and database answer, else 503 naming what does not. */
export const health = (app: App): HttpHandler =>
  withProblems(async () => {
    const failures = await app.checkHealth()
    if (failures.length > 0) return problem(503, 'Not healthy', failures.join(' '))
    return { jsonBody: { status: 'ok' } }
  })

/** `GET /api/status`: streams, shards, lag, watermarks, frontier and ledgers, with what this instance measured. */
export const status = (app: App): HttpHandler =>
  withProblems(async () => {
    const streams = await Promise.all(app.streams.map(async (stream) => [stream.name, await stream.status()] as const))
    const answer: StatusAnswer = { streams: Object.fromEntries(streams), instance: app.measurements() }
    return { jsonBody: answer }
  })

/** `GET /api/streams/{stream}/rollups/{rollup}?from&to&key`: served windows that start in `[from, to)`. */
export const rollup = (app: App): HttpHandler =>
  withProblems(async (request) => {
    const stream = app.streams.find(({ name }) => name === request.params['stream'])
    if (stream === undefined) {
      return unknown(
        'stream',
        request.params['stream'],
        app.streams.map(({ name }) => name),
      )
    }
    const wanted = stream.rollups.find(({ name }) => name === request.params['rollup'])
    if (wanted === undefined) {
      return unknown(
        'rollup',
        request.params['rollup'],
        stream.rollups.map(({ name }) => name),
      )
    }
    const { searchParams } = new URL(request.url)
    const parsed = parseRollupQuery(wanted, {
      from: searchParams.get('from') ?? undefined,
      to: searchParams.get('to') ?? undefined,
      key: searchParams.getAll('key'),
    })
    if ('problem' in parsed) {
      const { parameter, detail } = parsed.problem
      return problem(400, 'Bad parameter', `${parameter}: ${detail}`, { parameter })
    }
    return { jsonBody: await stream.readRollup(wanted, parsed.query) }
  })

const unknown = (parameter: string, given: string | undefined, known: readonly string[]) =>
  problem(
    404,
    `Unknown ${parameter}`,
    `${parameter}: expected one of ${known.join(', ')}, got ${JSON.stringify(given)}`,
    {
      parameter,
    },
  )
