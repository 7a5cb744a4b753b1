/** Reference data over HTTP: what devices, products or sites are, beside what they send. */
import type { HttpHandler } from '@azure/functions'
import type { App } from '../../shared/compose.ts'
import type { ReferenceAnswer } from '../../shared/contracts/api.ts'
import { parseReferenceRecords } from '../../shared/core/reference-records.ts'
import { problem, withProblems } from '../problem.ts'
import { callerOf } from './caller.ts'
import { jsonOf } from './json-body.ts'

/** `GET /api/manage/reference/{kind}`: the newest version; `version` 0 before the first. */
export const readReference = (app: App): HttpHandler =>
  withProblems(async (request) => {
    const kind = request.params['kind'] ?? ''
    if (!app.reference.kinds.has(kind)) return unknownKind(app, kind)
    const newest = await app.reference.newest(kind)
    const answer: ReferenceAnswer = {
      kind,
      version: newest?.version ?? 0,
      records: newest?.records ?? 0,
      publishedAt: newest?.publishedAt ?? null,
    }
    return { jsonBody: answer }
  })

/**
 * `PUT /api/manage/reference/{kind}` with `{"records": [{"id": …, …}]}`: all records of the kind as they shall be from now
 * on. 201 with the new version, or 200 where the newest holds exactly these already. Shards go on to it within two minutes.
 */
export const putReference = (app: App): HttpHandler =>
  withProblems(async (request) => {
    const kind = request.params['kind'] ?? ''
    const needed = app.reference.kinds.get(kind)
    if (needed === undefined) return unknownKind(app, kind)
    const body = await jsonOf(request)
    if (body === undefined) return problem(400, 'Bad body', 'body: expected JSON')
    const parsed = parseReferenceRecords(body, needed)
    if ('problems' in parsed) return problem(400, 'Bad records', parsed.problems.join('\n'))
    await app.audit({
      stream: '-',
      action: 'reference.put',
      target: kind,
      request: { records: parsed.records.length },
      caller: callerOf(request),
    })
    const { version, changed } = await app.reference.publish(kind, parsed.records)
    const { records, publishedAt } = version
    const answer: ReferenceAnswer = { kind, version: version.version, records, publishedAt }
    return { status: changed ? 201 : 200, jsonBody: answer }
  })

const unknownKind = (app: App, given: string) => {
  const known = [...app.reference.kinds.keys()].join(', ')
  const detail = `kind: expected one that a stream looks up (${known}), got ${JSON.stringify(given)}`
  return problem(404, 'Unknown kind', detail, { parameter: 'kind' })
}
