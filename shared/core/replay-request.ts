/** What a caller asks a replay to be, checked: every problem at once, each naming its field and what was expected. */
import type { ParameterProblem } from '../contracts/api.ts'
import type { ReplayRequest } from '../contracts/control-documents.ts'
import type { CompiledStream } from './compiled-stream.ts'
import { formatInstant, parseInstant } from './time.ts'
import { alignmentOf } from './timeline.ts'

const maxReason = 500
/** One function publishes every window of the range, and one compares them. */
const mostDays = 7
const dayMs = 86_400_000

const fields = ['stream', 'from', 'to', 'mode', 'late', 'facts', 'reason']

export type ParsedReplay =
  | { readonly request: ReplayRequest; readonly stream: CompiledStream }
  | { readonly problems: readonly ParameterProblem[] }

/** `late` is `count` and `facts` is `as-live` where they are not given. */
export const parseReplayRequest = (body: unknown, streams: readonly CompiledStream[]): ParsedReplay => {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { problems: [{ parameter: 'body', detail: 'expected a JSON object' }] }
  }
  const given = body as Readonly<Record<string, unknown>>
  const problems: ParameterProblem[] = []
  const bad = (parameter: string, detail: string): void => {
    problems.push({ parameter, detail })
  }
  for (const name of Object.keys(given)) {
    if (!fields.includes(name)) bad(name, `unknown; known are ${fields.join(', ')}`)
  }
  const stream = streams.find(({ name }) => name === given['stream'])
  if (stream === undefined) bad('stream', `expected one of ${streams.map(({ name }) => name).join(', ')}`)
  const from = readInstant(given['from'])
  const to = readInstant(given['to'])
  if (from === undefined) bad('from', expectedInstant)
  if (to === undefined) bad('to', expectedInstant)
  if (from !== undefined && to !== undefined) {
    if (stream !== undefined) {
      const step = alignmentOf(stream)
      if (from % step !== 0) bad('from', misaligned(step, Math.floor(from / step) * step))
      if (to % step !== 0) bad('to', misaligned(step, Math.ceil(to / step) * step))
    }
    if (to <= from) bad('to', 'expected later than from')
    else if (to - from > mostDays * dayMs) bad('to', `expected at most ${mostDays} days after from: replay it in parts`)
  }
  const mode = readChoice(given['mode'], ['compare', 'promote'], undefined)
  if (mode === undefined) bad('mode', 'expected compare or promote')
  const late = readChoice(given['late'], ['as-live', 'count'], 'count')
  if (late === undefined) bad('late', 'expected as-live or count')
  const facts = readChoice(given['facts'], ['as-live', 'newest'], 'as-live')
  if (facts === undefined) bad('facts', 'expected as-live or newest')
  const reason = typeof given['reason'] === 'string' ? given['reason'].trim() : ''
  if (reason === '' || reason.length > maxReason) bad('reason', `expected a text of 1 to ${maxReason} characters`)

  if (problems.length > 0 || !stream || from === undefined || to === undefined || !mode || !late || !facts) {
    return { problems }
  }
  return { request: { stream: stream.name, from, to, mode, late, facts, reason }, stream }
}

const expectedInstant = 'expected an RFC 3339 instant with a zone, from 1970 on'

const misaligned = (step: number, aligned: number): string =>
  `expected a multiple of ${step / 1_000} s, to which all windows of the stream align: ${formatInstant(aligned)}`

const readInstant = (value: unknown): number | undefined =>
  typeof value === 'string' ? parseInstant(value) : undefined

/** `otherwise` where nothing is given; undefined where what is given is no choice. */
const readChoice = <T extends string>(
  value: unknown,
  choices: readonly T[],
  otherwise: T | undefined,
): T | undefined => (value === undefined ? otherwise : choices.find((choice) => choice === value))
