/** What is wrong with a stream definition: every problem at once, each with its path and what was expected. */
import type { MetricDefinition, RollupDefinition, StreamDescription } from '../../contracts/stream-definition.ts'
import { formatDuration, parseDuration } from './durations.ts'

const namePattern = /^[a-z][A-Za-z0-9-]{0,62}$/
const dayMs = 86_400_000
const mostRollups = 20
const reservedFields: readonly string[] = ['not', 'any', 'all']

export const definitionProblems = (description: StreamDescription): string[] => {
  const problems: string[] = []
  const report = (path: string, expected: string, got: unknown): void => {
    problems.push(`${path}: expected ${expected}, got ${JSON.stringify(got) ?? 'nothing'}`)
  }
  const given = eventFields(description)
  const fields = new Set([...given, ...description.enrich.flatMap((step) => step.adds)])
  const checks: Checks = {
    report,
    fields,
    duration: (path, text, least, most) => {
      const duration = parseDuration(text)
      if (duration !== undefined && duration >= least && duration <= most) return duration
      const expected =
        duration === undefined
          ? 'a duration such as 10s, 2m, 1h or 30d'
          : `${formatDuration(least)} to ${formatDuration(most)}`
      report(path, expected, text)
      return undefined
    },
    field: (path, field, among) => {
      if (!among.has(field)) report(path, `one of ${[...among].join(', ')}`, field)
    },
    number: (path, value, least, most) => {
      if (!(Number.isInteger(value) && value >= least && value <= most)) {
        report(path, `a whole number from ${least} to ${most}`, value)
      }
    },
  }
  checkStream(description, given, checks)
  const rollups = Object.entries(description.rollups)
  if (rollups.length === 0 || rollups.length > mostRollups)
    report('rollups', `1 to ${mostRollups} rollups`, rollups.length)
  for (const [name, rollup] of rollups) checkRollup(`rollups.${name}`, name, rollup, checks)
  return problems
}

interface Checks {
  readonly report: (path: string, expected: string, got: unknown) => void
  readonly fields: ReadonlySet<string>
  /** In milliseconds; undefined where it was reported. */
  readonly duration: (path: string, text: string, leastMs: number, mostMs: number) => number | undefined
  readonly field: (path: string, field: string, among: ReadonlySet<string>) => void
  readonly number: (path: string, value: number, least: number, most: number) => void
}

const checkStream = (description: StreamDescription, given: ReadonlySet<string>, checks: Checks): void => {
  const { name, hub, identity, time, deduplicate } = description
  if (!namePattern.test(name)) checks.report('name', 'a name such as clickstream (letters, digits, -)', name)
  if (description.version !== undefined) checks.number('version', description.version, 1, 1_000_000)
  checks.number('hub.partitions', hub.partitions, 1, 32)
  for (const field of given) {
    if (reservedFields.includes(field)) checks.report(`event.${field}`, 'a name other than not, any and all', field)
  }
  if (description.eventVersions.length === 0) checks.report('eventVersions', 'at least one version', [])
  for (const [i, version] of description.eventVersions.entries()) {
    checks.number(`eventVersions.${i}`, version, 1, 1_000_000)
  }
  checks.duration('hub.retention', hub.retention, 3_600_000, 7 * dayMs)
  if (!given.has('schemaVersion') && description.eventVersions.length > 1) {
    checks.report(
      'eventVersions',
      'an event field schemaVersion where there are several versions',
      description.eventVersions,
    )
  }
  checks.field('identity.source', identity.source, given)
  checks.field('identity.id', identity.id, given)
  checks.field('time.occurredAt', time.occurredAt, given)
  if (time.sentAt !== undefined) checks.field('time.sentAt', time.sentAt, given)
  const lateness = checks.duration('time.lateness', time.lateness, 1_000, 3_600_000)
  const horizon = checks.duration('deduplicate.horizon', deduplicate.horizon, 1_000, dayMs)
  if (lateness !== undefined && horizon !== undefined && horizon < lateness) {
    checks.report('deduplicate.horizon', `at least time.lateness (${time.lateness})`, deduplicate.horizon)
  }
  checks.number('maxEventBytes', description.maxEventBytes, 1, 1_048_576)
  const seen = new Set(given)
  for (const [i, step] of description.enrich.entries()) {
    for (const [parameter, field] of Object.entries(step.parameters))
      checks.field(`enrich.${i}.${step.step}.${parameter}`, field, seen)
    if (step.reference !== undefined && !namePattern.test(step.reference)) {
      checks.report(`enrich.${i}.${step.step}.kind`, 'a name of letters, digits and -', step.reference)
    }
    for (const field of step.adds) seen.add(field)
  }
  if (description.keep !== undefined) checkPredicate('keep', description.keep, checks)
}

const checkRollup = (path: string, name: string, rollup: RollupDefinition, checks: Checks): void => {
  if (!namePattern.test(name)) checks.report(path, 'a name of letters, digits and -', name)
  const every = checks.duration(`${path}.every`, rollup.every, 1_000, dayMs)
  if (every !== undefined && dayMs % every !== 0)
    checks.report(`${path}.every`, 'a duration that divides a day', rollup.every)
  checks.duration(`${path}.keep`, rollup.keep, dayMs, 3_650 * dayMs)
  if (rollup.version !== undefined) checks.number(`${path}.version`, rollup.version, 1, 1_000_000)
  for (const [i, field] of rollup.by.entries()) checks.field(`${path}.by.${i}`, field, checks.fields)
  if (new Set(rollup.by).size !== rollup.by.length) checks.report(`${path}.by`, 'each field once', rollup.by)
  if (rollup.by.length > 0) checks.number(`${path}.maxGroups`, rollup.maxGroups ?? Number.NaN, 1, 100_000)
  else if (rollup.maxGroups !== undefined)
    checks.report(`${path}.maxGroups`, 'none: the rollup has no groups', rollup.maxGroups)
  if (rollup.where !== undefined) checkPredicate(`${path}.where`, rollup.where, checks)
  const metrics = Object.entries(rollup.metrics)
  if (metrics.length === 0) checks.report(`${path}.metrics`, 'at least one metric', {})
  for (const [metricName, metric] of metrics) checkMetric(`${path}.metrics.${metricName}`, metricName, metric, checks)
}

const checkMetric = (path: string, name: string, metric: MetricDefinition, checks: Checks): void => {
  if (!namePattern.test(name)) checks.report(path, 'a name of letters, digits and -', name)
  if ('field' in metric) checks.field(`${path}.field`, metric.field, checks.fields)
  if (metric.kind === 'distinct') checks.number(`${path}.precision`, metric.precision, 4, 16)
  if (metric.kind === 'quantiles' && !(metric.relativeError >= 0.005 && metric.relativeError <= 0.1)) {
    checks.report(`${path}.relativeError`, 'a number from 0.005 to 0.1', metric.relativeError)
  }
  if (metric.where !== undefined) checkPredicate(`${path}.where`, metric.where, checks)
}

const checkPredicate = (path: string, predicate: unknown, checks: Checks): void => {
  if (!isRecord(predicate)) return checks.report(path, 'comparisons by field, not, any or all', predicate)
  for (const [name, value] of Object.entries(predicate)) {
    if (name === 'not') checkPredicate(`${path}.not`, value, checks)
    else if (name === 'any' || name === 'all') checkPredicates(`${path}.${name}`, value, checks)
    else {
      checks.field(`${path}.${name}`, name, checks.fields)
      if (!isComparison(value)) {
        checks.report(`${path}.${name}`, 'a value, { in }, { gt, gte, lt, lte } or { exists }', value)
      }
    }
  }
}

const checkPredicates = (path: string, predicates: unknown, checks: Checks): void => {
  if (!Array.isArray(predicates)) return checks.report(path, 'a list of predicates', predicates)
  for (const [i, predicate] of predicates.entries()) checkPredicate(`${path}.${i}`, predicate, checks)
}

const isComparison = (value: unknown): boolean => {
  if (isPlain(value)) return true
  if (!isRecord(value)) return false
  const entries = Object.entries(value)
  const [first] = entries
  if (first === undefined) return false
  const [operator, operand] = first
  if (operator === 'in') return entries.length === 1 && Array.isArray(operand) && operand.every(isPlain)
  if (operator === 'exists') return entries.length === 1 && typeof operand === 'boolean'
  return entries.every(([bound, limit]) => ['gt', 'gte', 'lt', 'lte'].includes(bound) && Number.isFinite(limit))
}

/** What JSON carries unchanged. */
const isPlain = (value: unknown): boolean =>
  value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const eventFields = (description: StreamDescription): Set<string> => {
  const schema = description.event as { readonly properties?: Readonly<Record<string, unknown>> }
  return new Set(Object.keys(schema.properties ?? {}))
}
