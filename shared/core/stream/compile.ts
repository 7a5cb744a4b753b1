import { createHash } from 'node:crypto'
import type { TSchema } from '@sinclair/typebox'
import { TypeCompiler, type ValueError } from '@sinclair/typebox/compiler'
import type { DefinitionVersions } from '../../contracts/state-documents.ts'
import type { MetricDefinition, RollupDefinition, StreamDescription } from '../../contracts/stream-definition.ts'
import { denseAccumulatorBytes, maxAccumulatorBytes } from '../accumulators.ts'
import type { CompiledMetric, CompiledRollup, CompiledStream } from '../compiled-stream.ts'
import { maxKeyBytes, usualKeyBytes } from '../group-key.ts'
import { TerminalError } from '../../errors.ts'
import { boundProblems } from './bounds.ts'
import type { DefinedStream } from './define-stream.ts'
import { parseDuration } from './durations.ts'
import { compilePredicate, fieldReader } from './predicate.ts'

export interface CompileOptions {
  /** Keep what the stream would filter out. It is another definition, with another hash. Default false. */
  readonly keepAll?: boolean
}

/**
 * A slab whose groups are as dense as they usually get. Few and large documents: a write costs more by document than by
 * byte, and most groups are far from dense.
 */
const slabBytes = 192 * 1_024
/** A slab at its very worst, which still fits into a document and a commit (2 MB each). */
const slabLimit = 1_400 * 1_024
const chunkBytes = 1_024 * 1_024

/** Turns a checked definition into what the hot path runs. Throws one TerminalError that names everything that cannot fit. */
export const compileStream = (defined: DefinedStream, options: CompileOptions = {}): CompiledStream => {
  const description = options.keepAll === true ? withoutKeep(defined.description) : defined.description
  const checker = TypeCompiler.Compile(defined.schema)
  const steps = defined.steps.map((step) => step.apply)
  const stream: CompiledStream = {
    name: description.name,
    description,
    hash: definitionHash(description),
    versions: versionsOf(description),
    latenessMs: duration(description.time.lateness),
    horizonMs: duration(description.deduplicate.horizon),
    retentionSeconds: duration(description.hub.retention) / 1_000 + 86_400,
    check: (value) => {
      if (checker.Check(value)) return undefined
      const problem = checker.Errors(value).First()
      return problem === undefined ? '/: expected to fit the schema' : `${problem.path || '/'}: ${expectation(problem)}`
    },
    reference: referenceOf(description),
    enrich: (event, facts) => {
      for (const apply of steps) apply(event, facts)
    },
    keep: compilePredicate(description.keep),
    rollups: Object.entries(description.rollups).map(([name, rollup], place) => compileRollup(name, place, rollup)),
  }
  const problems = boundProblems(stream)
  if (problems.length > 0) {
    throw new TerminalError(`Stream ${JSON.stringify(stream.name)} does not fit:\n  ${problems.join('\n  ')}`)
  }
  return stream
}

/** Equal definitions give equal hashes, whatever the order in which their fields were written. */
export const definitionHash = (definition: object): string =>
  createHash('sha256').update(canonicalJson(definition)).digest('hex').slice(0, 16)

const versionsOf = ({ hub: _hub, rollups, version = 1, ...rules }: StreamDescription): DefinitionVersions => ({
  rules: { version, hash: definitionHash(rules) },
  rollups: Object.fromEntries(
    Object.entries(rollups).map(([name, rollup]) => [
      name,
      { version: rollup.version ?? 1, hash: definitionHash(rollup) },
    ]),
  ),
})

const referenceOf = ({ enrich }: StreamDescription): ReadonlyMap<string, readonly string[]> => {
  const kinds = new Map<string, readonly string[]>()
  for (const { reference, adds } of enrich) {
    if (reference !== undefined) kinds.set(reference, [...(kinds.get(reference) ?? []), ...adds])
  }
  return kinds
}

/** `place`: among the stream's rollups. */
export const compileRollup = (name: string, place: number, definition: RollupDefinition): CompiledRollup => {
  const version = definition.version ?? 1
  // Documents hold metrics by position: by name, so that reordering a definition changes nothing, as its hash says.
  const metrics = Object.entries(definition.metrics)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([metric, of]) => compileMetric(metric, of))
  const maxGroups = definition.maxGroups ?? 1
  const bytesOf = (key: number, of: (metric: MetricDefinition) => number): number =>
    key + metrics.reduce((sum, metric) => sum + of(metric.definition), 0)
  const maxGroupBytes = bytesOf(maxKeyBytes + 2, maxAccumulatorBytes)
  const usual = base64(bytesOf(usualKeyBytes, denseAccumulatorBytes))
  const fitting = Math.floor(Math.min(slabBytes / usual, slabLimit / base64(maxGroupBytes)))
  return {
    name,
    place,
    id: `${name}@${version}`,
    version,
    definition,
    everyMs: duration(definition.every),
    by: definition.by,
    where: compilePredicate(definition.where),
    metrics,
    maxGroups,
    groupsPerSlab: Math.max(1, Math.min(maxGroups, fitting)),
    chunks: definition.by.length === 0 ? 0 : Math.ceil(((maxGroups + 1) * usual) / chunkBytes),
    maxGroupBytes,
    keepSeconds: duration(definition.keep) / 1_000,
  }
}

const compileMetric = (name: string, definition: MetricDefinition): CompiledMetric => ({
  name,
  definition,
  where: compilePredicate(definition.where),
  read: 'field' in definition ? fieldReader(definition.field) : () => undefined,
})

const withoutKeep = ({ keep: _keep, ...description }: StreamDescription): StreamDescription => description

const duration = (text: string): number => parseDuration(text)!

const base64 = (bytes: number): number => Math.ceil((bytes * 4) / 3)

/** What the schema expected, in words that hold nothing of the value. */
const expectation = ({ message, schema }: ValueError): string => {
  const choices = ((schema['anyOf'] as readonly TSchema[] | undefined) ?? []).map(
    (choice) => choice['const'] as unknown,
  )
  return choices.length > 0 && !choices.includes(undefined)
    ? `expected one of ${choices.join(', ')}`
    : message.charAt(0).toLowerCase() + message.slice(1)
}

const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
