import type { TObject } from '@sinclair/typebox'
import type { Predicate, RollupDefinition, StreamDescription } from '../../contracts/stream-definition.ts'
import { TerminalError } from '../../errors.ts'
import type { EnrichmentStep } from './enrichment.ts'
import { definitionProblems } from './definition-problems.ts'
import type { Metric } from './metrics.ts'

type FieldOf<Schema extends TObject> = Extract<keyof Schema['properties'], string>
type AddedBy<Steps extends readonly EnrichmentStep[]> =
  Steps[number] extends EnrichmentStep<infer _Input, infer Added> ? Added : never

type ReadBy<Steps extends readonly EnrichmentStep[]> =
  Steps[number] extends EnrichmentStep<infer Input, infer _Added> ? Input : never

/** What a user of Millrace writes: one file a stream. Fields are checked against the schema by the compiler, all else at start. */
export interface StreamDefinition<
  Schema extends TObject,
  Steps extends readonly EnrichmentStep[],
  Field extends string = FieldOf<Schema> | AddedBy<Steps>,
> {
  /** Also the name of the Event Hub. */
  readonly name: string
  /**
   * Raised by one whenever anything but the rollups and the hub changes, or a rollup is added or removed: hosts tell by it
   * which of two definitions is newer. Default 1.
   */
  readonly version?: number
  readonly hub?: {
    /** Fixed for the life of the hub. Default 4. */
    readonly partitions?: number
    /** How long the hub keeps events. Default 1d. */
    readonly retention?: string
  }
  /** TypeBox schema of the producers' events. */
  readonly event: Schema
  /** Known values of the event field `schemaVersion`; the first is meant where it is absent. Default [1]. */
  readonly eventVersions?: readonly number[]
  readonly identity: { readonly source: FieldOf<Schema>; readonly id: FieldOf<Schema> }
  readonly time: {
    readonly occurredAt: FieldOf<Schema>
    readonly sentAt?: FieldOf<Schema>
    /** How long the watermark waits for stragglers. */
    readonly lateness: string
  }
  /** `horizon`: how long an identity is remembered; at least `lateness`. */
  readonly deduplicate: { readonly horizon: string }
  /** Steps in order; later ones see what earlier ones added. */
  readonly enrich: Steps & ([ReadBy<Steps>] extends [Field] ? unknown : readonly EnrichmentStep<Field>[])
  /** Events for which this does not hold are filtered. Default: all are kept. */
  readonly keep?: Predicate<Field>
  readonly rollups: Readonly<
    Record<
      string,
      Omit<RollupDefinition<Field>, 'metrics'> & { readonly metrics: Readonly<Record<string, Metric<NoInfer<Field>>>> }
    >
  >
  /** Larger bodies are dead letters. Default 262,144. */
  readonly maxEventBytes?: number
}

/** A definition that has been checked: its data, and the steps that run. */
export interface DefinedStream {
  readonly description: StreamDescription
  readonly schema: TObject
  readonly steps: readonly EnrichmentStep[]
}

/** Checks a definition and fills in its defaults. Throws one TerminalError that names every problem by its path. */
export const defineStream = <const Schema extends TObject, const Steps extends readonly EnrichmentStep[]>(
  definition: StreamDefinition<Schema, Steps>,
): DefinedStream => {
  const description = describe(definition)
  const problems = definitionProblems(description)
  if (problems.length > 0) {
    throw new TerminalError(`Stream ${JSON.stringify(definition.name)} is not valid:\n  ${problems.join('\n  ')}`)
  }
  return { description, schema: definition.event, steps: definition.enrich }
}

const describe = <Schema extends TObject, Steps extends readonly EnrichmentStep[]>(
  definition: StreamDefinition<Schema, Steps>,
): StreamDescription => ({
  name: definition.name,
  ...(definition.version === undefined ? {} : { version: definition.version }),
  hub: { partitions: definition.hub?.partitions ?? 4, retention: definition.hub?.retention ?? '1d' },
  // As JSON: the schema object carries symbols that only TypeBox needs.
  event: JSON.parse(JSON.stringify(definition.event)) as unknown,
  eventVersions: definition.eventVersions ?? [1],
  identity: definition.identity,
  time: definition.time,
  deduplicate: definition.deduplicate,
  enrich: definition.enrich.map((step) => step.description),
  ...(definition.keep === undefined ? {} : { keep: definition.keep }),
  rollups: definition.rollups,
  maxEventBytes: definition.maxEventBytes ?? 262_144,
})
