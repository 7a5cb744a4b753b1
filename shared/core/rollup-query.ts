/** What a request for served windows asks for, checked: every problem at once, each with its parameter and what was expected. */
import type { ParameterProblem } from '../contracts/api.ts'
import type { CompiledRollup } from './compiled-stream.ts'
import { joinKey } from './group-key.ts'
import { formatDuration, parseDuration } from './stream/durations.ts'
import { formatInstant, parseInstant } from './time.ts'
import { rankings, type Ranking } from './top-groups.ts'

export interface RollupQuery {
  /** The answered windows end in `(from, to]`, one each step; both aligned to the step, epoch ms. */
  readonly from: number
  readonly to: number
  readonly stepMs: number
  /** A multiple of the step: each answered window looks back this far from the end of its step. */
  readonly windowMs: number
  /** These groups only; undefined means all. */
  readonly keys: ReadonlySet<string> | undefined
  /** The largest groups of each window only. */
  readonly top: { readonly most: number; readonly by: Ranking } | undefined
  /** These metrics only; undefined means all. */
  readonly metrics: ReadonlySet<string> | undefined
  /** undefined: as the request's Accept says. */
  readonly format: 'json' | 'csv' | undefined
}

/** The most groups that one window can hold of those asked for; `__other__` is one too. */
export const mostGroups = (rollup: CompiledRollup, keys: RollupQuery['keys']): number =>
  rollup.by.length === 0 ? 1 : (keys?.size ?? rollup.maxGroups + 1)

/** The most groups that the windows of one answer are merged from: what its reader holds in memory. */
export const mostAnsweredGroups = 50_000

const mostStepsInWindow = 1_000
const mostStepMs = 31 * 86_400_000
const mostKeys = 100
const mostTop = 1_000
const example = '2026-11-24T12:00:00Z'

const parameters = ['from', 'to', 'step', 'window', 'key', 'top', 'by', 'metrics', 'format'] as const
const repeatable: readonly string[] = ['key']
/** How Azure Functions takes its access keys. */
const ofTheHost: readonly string[] = ['code', 'clientId']

export const parseRollupQuery = (
  rollup: CompiledRollup,
  given: URLSearchParams,
): { readonly query: RollupQuery } | { readonly problems: readonly ParameterProblem[] } => {
  const problems: ParameterProblem[] = []
  const request: Request = {
    rollup,
    text: (parameter) => given.get(parameter) ?? undefined,
    report: (parameter, detail) => {
      problems.push({ parameter, detail })
      return undefined
    },
  }
  checkNames(given, request)
  const stepMs = readStep(request)
  const keys = readKeys(given.getAll('key'), request)
  const query = {
    ...readRange(stepMs, request),
    stepMs,
    windowMs: readWindow(stepMs, keys, request),
    keys,
    top: readTop(request),
    metrics: readMetrics(request),
    format: readFormat(request),
  }
  return problems.length === 0 ? { query } : { problems }
}

interface Request {
  readonly rollup: CompiledRollup
  readonly text: (parameter: (typeof parameters)[number]) => string | undefined
  readonly report: (parameter: string, expected: string) => undefined
}

const checkNames = (given: URLSearchParams, { report }: Request): void => {
  const known: readonly string[] = parameters
  for (const name of new Set(given.keys())) {
    if (!known.includes(name) && !ofTheHost.includes(name)) report(name, `expected one of ${known.join(', ')}`)
    else if (given.getAll(name).length > 1 && !repeatable.includes(name)) report(name, 'expected it once')
  }
}

/** A step that is not valid is reported, and everything else is checked as if it had not been given. */
const readStep = ({ rollup: { everyMs }, text, report }: Request): number => {
  const given = text('step')
  if (given === undefined) return everyMs
  const step = parseDuration(given)
  if (step !== undefined && step % everyMs === 0 && step <= mostStepMs) return step
  const every = formatDuration(everyMs)
  report(
    'step',
    `expected a multiple of the ${every} of the rollup's windows, up to ${formatDuration(mostStepMs)}, such as ` +
      `${every} or ${formatDuration(6 * everyMs)}`,
  )
  return everyMs
}

const readRange = (stepMs: number, request: Request): Pick<RollupQuery, 'from' | 'to'> => {
  const from = readInstant('from', stepMs, request)
  const to = readInstant('to', stepMs, request)
  if (from !== undefined && to !== undefined && to <= from) request.report('to', 'expected an instant after from')
  return { from: from ?? 0, to: to ?? 0 }
}

const readInstant = (parameter: 'from' | 'to', stepMs: number, { text, report }: Request): number | undefined => {
  // A `+` in a query string means a space: a zone written without %2B is still understood.
  const instant = parseInstant((text(parameter) ?? '').replace(/ (\d\d:?\d\d)$/, '+$1'))
  if (instant === undefined) return report(parameter, `expected an RFC 3339 instant such as ${example}`)
  const before = Math.floor(instant / stepMs) * stepMs
  if (before === instant) return instant
  return report(
    parameter,
    `expected an instant aligned to the step of ${formatDuration(stepMs)}, such as ${formatInstant(before)} or ` +
      formatInstant(before + stepMs),
  )
}

const readWindow = (stepMs: number, keys: RollupQuery['keys'], { rollup, text, report }: Request): number => {
  const given = text('window')
  if (given === undefined) return stepMs
  const window = parseDuration(given)
  const groups = mostGroups(rollup, keys)
  const mostSteps = Math.max(1, Math.min(mostStepsInWindow, Math.floor(mostAnsweredGroups / groups)))
  if (window !== undefined && window % stepMs === 0 && window / stepMs <= mostSteps) return window
  report(
    'window',
    `expected a multiple of the step of ${formatDuration(stepMs)}, at most ${mostSteps} steps where a window may hold ${groups} groups` +
      `, such as ${formatDuration(Math.min(6, mostSteps) * stepMs)}`,
  )
  return stepMs
}

const readKeys = (given: readonly string[], { rollup, report }: Request): ReadonlySet<string> | undefined => {
  if (given.length === 0) return undefined
  if (rollup.by.length === 0) return report('key', `expected none: ${rollup.name} has no groups`)
  if (given.length > mostKeys) return report('key', `expected it at most ${mostKeys} times`)
  const keys = given.map((text) => keyOf(rollup.by, text))
  if (keys.includes(undefined)) return report('key', `expected ${keyForms(rollup.by)}`)
  return new Set(keys.filter((key) => key !== undefined))
}

/** A JSON object names each dimension; with a single dimension a text that does not begin as one is its value. */
const keyOf = (by: readonly string[], text: string): string | undefined => {
  if (!text.startsWith('{')) return by.length === 1 ? joinKey([text]) : undefined
  const values = jsonOf(text)
  if (values === undefined || Object.keys(values).length !== by.length) return undefined
  const inOrder = by.map((field) => values[field])
  return inOrder.every((value) => typeof value === 'string') ? joinKey(inOrder) : undefined
}

const jsonOf = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>
  } catch {
    return undefined
  }
}

const keyForms = (by: readonly string[]): string => {
  const object = `a JSON object of texts such as ${JSON.stringify(Object.fromEntries(by.map((field) => [field, '…'])))}`
  return by.length === 1 ? `a value of ${by[0]!}, or ${object}` : object
}

const readTop = ({ rollup, text, report }: Request): RollupQuery['top'] => {
  const [given, by] = [text('top'), text('by')]
  if (given === undefined && by === undefined) return undefined
  if (rollup.by.length === 0) {
    return report(given === undefined ? 'by' : 'top', `expected none: ${rollup.name} has no groups`)
  }
  const most = Number(given)
  const isNumber = given !== undefined && Number.isInteger(most) && most >= 1 && most <= mostTop
  if (!isNumber) report('top', `expected a whole number from 1 to ${mostTop}`)
  const known = rankings(rollup)
  const ranking = known.get(by ?? '')
  if (ranking === undefined) return report('by', `expected one of ${[...known.keys()].join(', ')}`)
  return isNumber ? { most, by: ranking } : undefined
}

const readMetrics = ({ rollup, text, report }: Request): ReadonlySet<string> | undefined => {
  const given = text('metrics')
  if (given === undefined) return undefined
  const names = given.split(',')
  const known = rollup.metrics.map(({ name }) => name)
  if (names.every((name) => known.includes(name))) return new Set(names)
  return report('metrics', `expected names with commas between them, of ${known.join(', ')}`)
}

const readFormat = ({ text, report }: Request): RollupQuery['format'] => {
  const given = text('format')
  if (given === undefined || given === 'json' || given === 'csv') return given
  return report('format', 'expected json or csv')
}
