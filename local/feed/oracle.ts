/**
 * What every window must hold, worked out from the hub's own log event by event: naively, with exact sets and sorted
 * lists, and without a line of the product's fold.
 */
import { controlProperty } from '../../shared/contracts/heartbeat.ts'
import { emptyLedger, type Ledger, type Outcome } from '../../shared/contracts/ledger.ts'
import type {
  MetricDefinition,
  Predicate,
  RollupDefinition,
  StreamDescription,
} from '../../shared/contracts/stream-definition.ts'
import { expectedEnrichment } from './expected-enrichment.ts'
import { expectedFacts, type PublishedRecords } from './expected-facts.ts'
import type { LogEntry } from './hub-log.ts'
import { fits } from './schema-check.ts'

/** The values that one metric was given, in the order of partition and sequence. */
export interface ExpectedMetric {
  readonly definition: MetricDefinition
  count: number
  readonly values: number[]
  readonly distinct: Set<string>
  last:
    { readonly value: unknown; readonly at: number; readonly partition: number; readonly sequence: number } | undefined
}

export type ExpectedGroup = ReadonlyMap<string, ExpectedMetric>

export interface ExpectedWindow {
  readonly totals: ExpectedGroup
  /** By JSON of the dimension values, in the order of `by`. */
  readonly groups: Map<string, ExpectedGroup>
}

export interface ExpectedRun {
  readonly ledger: Ledger
  /** By rollup, then window start (epoch ms). */
  readonly windows: ReadonlyMap<string, Map<number, ExpectedWindow>>
  /** What becomes of each event, by partition and place in its log. */
  readonly outcomes: readonly (readonly Outcome[])[]
}

/** A replay that counts late events: nothing is late, and an identity that occurs in the range counts once for good. */
export interface CountingLaw {
  /** Only windows in `[from, to)`, epoch ms. */
  readonly from: number
  readonly to: number
  /** The last sequence of each partition that it reads. */
  readonly upTo: readonly number[]
}

export interface OracleInput {
  readonly description: StreamDescription
  readonly keepAll: boolean
  readonly log: readonly (readonly LogEntry[])[]
  /** Default: none. */
  readonly published?: PublishedRecords
  /** Default: the law of live. */
  readonly counting?: CountingLaw | undefined
}

export const expectRun = ({ log, ...input }: OracleInput): ExpectedRun => {
  const { description, counting } = input
  const windows = new Map(Object.keys(description.rollups).map((name) => [name, new Map<number, ExpectedWindow>()]))
  const ledger = emptyLedger()
  const outcomes = log.map((entries, partition) => {
    const shard = new ExpectedShard(input, partition, windows)
    const read = entries.filter(({ sequence }) => counting === undefined || sequence <= counting.upTo[partition]!)
    return read.map((entry) => {
      const outcome = shard.judge(entry)
      ledger.received += 1
      ledger[outcome] += 1
      return outcome
    })
  })
  return { ledger, windows, outcomes }
}

class ExpectedShard {
  readonly #description: StreamDescription
  readonly #keepAll: boolean
  readonly #published: PublishedRecords
  readonly #counting: CountingLaw | undefined
  readonly #partition: number
  readonly #windows: ReadonlyMap<string, Map<number, ExpectedWindow>>
  /** When each identity was seen last, in the shard's seconds. */
  readonly #seen = new Map<string, number>()
  #clock = 0
  #newest = -Infinity

  constructor(
    { description, keepAll, published = {}, counting }: Omit<OracleInput, 'log'>,
    partition: number,
    windows: ReadonlyMap<string, Map<number, ExpectedWindow>>,
  ) {
    this.#description = description
    this.#keepAll = keepAll
    this.#published = published
    this.#counting = counting
    this.#partition = partition
    this.#windows = windows
  }

  judge(entry: LogEntry): Outcome {
    const second = Math.floor(entry.enqueuedAt / 1_000)
    this.#clock = Math.max(this.#clock, second)
    if (entry.properties[controlProperty] !== undefined) {
      const { at } = JSON.parse(Buffer.from(entry.body).toString() || '{}') as { at?: string }
      this.#newest = Math.max(this.#newest, at === undefined ? second * 1_000 : Date.parse(at))
      return 'control'
    }
    const event = this.#decode(entry.body)
    if (event === undefined) return 'dead'
    const time = this.#timeOf(event, second * 1_000 + 999)
    if (time === undefined) return 'dead'
    const outcome = this.#verdict(event, time.occurredAt, entry.sequence)
    if (this.#isWanted(time.occurredAt)) this.#seen.set(this.#identity(event), this.#clock)
    if (!time.corrected) this.#newest = Math.max(this.#newest, time.occurredAt)
    return outcome
  }

  #verdict(event: Readonly<Record<string, unknown>>, occurredAt: number, sequence: number): Outcome {
    const before = this.#seen.get(this.#identity(event))
    const horizon = durationMs(this.#description.deduplicate.horizon) / 1_000
    const forGood = this.#counting !== undefined
    if (before !== undefined && (forGood || this.#clock - before <= horizon)) return 'duplicate'
    if (!forGood && occurredAt < this.#newest - durationMs(this.#description.time.lateness)) return 'late'
    const enriched = this.#enrich(event)
    const { keep } = this.#description
    if (keep !== undefined && !this.#keepAll && !holds(keep, enriched)) return 'filtered'
    for (const [name, rollup] of Object.entries(this.#description.rollups)) {
      if (this.#isWanted(occurredAt) && (rollup.where === undefined || holds(rollup.where, enriched)))
        this.#count(name, rollup, enriched, occurredAt, sequence)
    }
    return 'accepted'
  }

  #isWanted(occurredAt: number): boolean {
    const { from = -Infinity, to = Infinity } = this.#counting ?? {}
    return from <= occurredAt && occurredAt < to
  }

  #enrich(event: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { enrich } = this.#description
    const isWeb = enrich.some(({ step }) => step === 'parseUrl')
    return { ...(isWeb ? expectedEnrichment(event) : event), ...expectedFacts(event, enrich, this.#published) }
  }

  #count(
    name: string,
    rollup: RollupDefinition,
    event: Readonly<Record<string, unknown>>,
    occurredAt: number,
    sequence: number,
  ): void {
    const every = durationMs(rollup.every)
    const start = occurredAt - (((occurredAt % every) + every) % every)
    const windows = this.#windows.get(name)!
    const window = windows.get(start) ?? { totals: emptyGroup(rollup), groups: new Map<string, ExpectedGroup>() }
    windows.set(start, window)
    const key = JSON.stringify(rollup.by.map((field) => String(event[field] ?? '')))
    const group = window.groups.get(key) ?? emptyGroup(rollup)
    window.groups.set(key, group)
    for (const counted of [window.totals, group]) {
      for (const metric of counted.values())
        take(metric, event, { at: occurredAt, partition: this.#partition, sequence })
    }
  }

  #decode(body: Uint8Array): Record<string, unknown> | undefined {
    if (body.byteLength > this.#description.maxEventBytes) return undefined
    try {
      const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body))
      if (!fits(this.#description.event, value)) return undefined
      const event = value as Record<string, unknown>
      const [first] = this.#description.eventVersions
      return this.#description.eventVersions.includes(Number(event['schemaVersion'] ?? first)) ? event : undefined
    } catch {
      return undefined
    }
  }

  #timeOf(
    event: Readonly<Record<string, unknown>>,
    arrivedBy: number,
  ): { occurredAt: number; corrected: boolean } | undefined {
    const { occurredAt: field, sentAt: sentField } = this.#description.time
    const stated = instantMs(event[field])
    const sent = sentField === undefined || event[sentField] === undefined ? -Infinity : instantMs(event[sentField])
    if (Number.isNaN(stated) || Number.isNaN(sent) || stated < 0) return undefined
    const corrected = Math.min(stated - Math.max(0, sent - arrivedBy), arrivedBy)
    return { occurredAt: corrected, corrected: corrected !== stated }
  }

  #identity(event: Readonly<Record<string, unknown>>): string {
    const { source, id } = this.#description.identity
    return JSON.stringify([event[source], event[id]])
  }
}

const emptyGroup = (rollup: RollupDefinition): ExpectedGroup =>
  new Map(
    Object.entries(rollup.metrics).map(([name, definition]) => [
      name,
      { definition, count: 0, values: [], distinct: new Set<string>(), last: undefined },
    ]),
  )

const take = (
  metric: ExpectedMetric,
  event: Readonly<Record<string, unknown>>,
  place: { readonly at: number; readonly partition: number; readonly sequence: number },
): void => {
  const { definition } = metric
  if (definition.where !== undefined && !holds(definition.where, event)) return
  metric.count += 1
  if (definition.kind === 'count') return
  const value = event[definition.field]
  if (value === undefined) return
  if (definition.kind === 'distinct') metric.distinct.add(String(value))
  else if (definition.kind === 'last') {
    const last = metric.last
    const isLater =
      last === undefined ||
      [place.at - last.at, place.partition - last.partition, place.sequence - last.sequence].find((by) => by !== 0)! > 0
    if (isLater) metric.last = { value, ...place }
  } else if (typeof value === 'number') metric.values.push(value)
}

const holds = (predicate: Predicate, event: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(predicate).every(([name, wanted]: [string, unknown]) => {
    if (name === 'not') return !holds(wanted as Predicate, event)
    if (name === 'any') return (wanted as Predicate[]).some((part) => holds(part, event))
    if (name === 'all') return (wanted as Predicate[]).every((part) => holds(part, event))
    if (typeof wanted !== 'object' || wanted === null) return event[name] === wanted
    throw new Error(`The oracle does not know the comparison of ${name}.`)
  })

/** NaN unless it is an RFC 3339 instant with a zone. */
const instantMs = (text: unknown): number => {
  const [, date = '', clock = '', fraction = '', zone = ''] =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.exec(String(text)) ?? []
  // Date.parse lets the 30th of February pass, and 24:00:00.
  const isDay = new Date(`${date}T00:00:00Z`).toJSON()?.startsWith(date) === true
  return isDay && clock < '24' ? Date.parse(`${date}T${clock}${fraction.slice(0, 4)}${zone.toUpperCase()}`) : Number.NaN
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

export const durationMs = (text: string): number => {
  const number = Number.parseInt(text, 10)
  return number * units[text.slice(String(number).length)]!
}
