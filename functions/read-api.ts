import type { HttpHandler, HttpResponseInit } from '@azure/functions'
import type { App } from '../shared/compose.ts'
import type { RollupAnswer, StatusAnswer } from '../shared/contracts/api.ts'
import { rollupCsv } from '../shared/core/rollup-csv.ts'
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

/** `GET /api/streams/{stream}/rollups/{rollup}`: windows of a rollup, as docs/rollups.md tells. */
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
    const asked = request.params['rollup'] ?? ''
    const wanted = stream.rollups.find(({ name }) => name === asked) ?? (await stream.findRollup(asked))
    if (wanted === undefined) {
      return unknown(
        'rollup',
        asked,
        stream.rollups.map(({ name }) => name),
      )
    }
    const parsed = parseRollupQuery(wanted, new URL(request.url).searchParams)
    if ('problems' in parsed) {
      const { problems } = parsed
      const detail = problems.map(({ parameter, detail }) => `${parameter}: ${detail}`).join('\n')
      return problem(400, 'Bad parameters', detail, { errors: problems })
    }
    const { query } = parsed
    const answer = await stream.readRollup(wanted, query)
    const format = query.format ?? preferredFormat(request.headers.get('accept'))
    return format === 'csv'
      ? csvResponse(request.url, answer, rollupCsv(wanted, answer, query.metrics))
      : { jsonBody: answer }
  })

/** What a JSON answer says of itself stands in headers here. */
const csvResponse = (url: string, answer: RollupAnswer, body: string): HttpResponseInit => ({
  headers: {
    'content-type': 'text/csv; charset=utf-8; header=present',
    'millrace-final': String(answer.final),
    ...(answer.asOf === null ? {} : { 'millrace-as-of': answer.asOf }),
    ...(answer.frontier === null ? {} : { 'millrace-frontier': answer.frontier }),
    ...(answer.next === null ? {} : { link: `<${nextUrl(url, answer.next)}>; rel="next"` }),
  },
  body,
})

/** Relative: behind a proxy the host that we see is not the caller's. */
const nextUrl = (url: string, next: string): string => {
  const { pathname, searchParams } = new URL(url)
  searchParams.set('from', next)
  // The caller's key stays with the caller.
  searchParams.delete('code')
  return `${pathname}?${searchParams}`
}

/** JSON unless CSV stands before it. */
const preferredFormat = (accept: string | null): 'json' | 'csv' => {
  const types = (accept ?? '').split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const quality = parameters.find((parameter) => parameter.startsWith('q='))
    return { type, quality: quality === undefined ? 1 : Number(quality.slice(2)) }
  })
  const qualityOf = (...wanted: string[]): number =>
    Math.max(0, ...types.filter(({ type }) => wanted.includes(type)).map(({ quality }) => quality))
  return qualityOf('text/csv') > qualityOf('application/json', 'application/*', '*/*') ? 'csv' : 'json'
}

const unknown = (parameter: string, given: string | undefined, known: readonly string[]) =>
  problem(
    404,
    `Unknown ${parameter}`,
    `${parameter}: expected one of ${known.join(', ')}, got ${JSON.stringify(given)}`,
    {
      parameter,
    },
  )
