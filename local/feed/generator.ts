/**
 * Events of a population, the same for the same seed, with everything that goes wrong in the field planted among them,
 * each with such a margin that there is no doubt what has to become of it.
 */
import { encodeBody, itemProperties, type FeedItem, type ItemKind } from './feed-item.ts'
import { heartbeats } from './heartbeats.ts'
import { seededRandom, spread, type Random } from './random.ts'

/** Who sends, and what they say. */
export interface Population {
  /** Whose turn it is at this moment of the feed. */
  next(random: Random, dueMs: number): Speaker
  /** The event with one thing wrong in it, so that it does not fit its schema. */
  spoil(random: Random, event: Record<string, unknown>): object
}

export interface Speaker {
  /** Stays on one partition. */
  readonly source: string
  event(said: {
    readonly id: string
    /** Epoch ms. */
    readonly time: number
    readonly sentAt: number
  }): Record<string, unknown>
}

export interface GeneratorOptions {
  readonly seed: number
  /** Events a second, heartbeats not counted. */
  readonly rate: number
  /** Infinity for a feed without end. */
  readonly durationMs: number
  /** Epoch ms; event times count from here. */
  readonly startedAt: number
  readonly partitions: number
  /** Tells this feed's events from those of others. */
  readonly runId: string
  /** Partitions that never get an event, only heartbeats. */
  readonly unusedPartitions?: readonly number[]
  /** Partitions that get no event from this moment on (ms since the start). */
  readonly silentFrom?: Readonly<Record<number, number>>
  /** Whether to send heartbeats, the last of them so far ahead that every window closes. */
  readonly ownHeartbeats: boolean
}

const share = { duplicate: 0.001, late: 0.005, outOfOrder: 0.05, fastClock: 0.001, malformed: 0.0005, schema: 0.0005 }
const margins = {
  /** Late by much more than any stream waits. */
  lateMs: 600_000,
  /** Out of order by much less. */
  outOfOrderMs: 4_000,
  /** Still ahead when an interrupted feed goes on hours later: else it would move the watermark and make the rest late. */
  fastClockMs: 86_400_000,
  duplicateAfterMs: [1_000, 5_000],
  /** No late event before this many ordinary ones in its partition: the watermark must stand. */
  ordinaryBeforeLate: 20,
} as const
const heartbeatEveryMs = 10_000
/** Beyond the last window's end, the lateness, and a feed that was interrupted for a day. */
const closingMs = 2 * 86_400_000

export function* generateEvents(population: Population, options: GeneratorOptions): Generator<FeedItem> {
  const plan = new Plan(population, options)
  const count = Math.floor((options.rate * options.durationMs) / 1_000)
  let nextHeartbeat = heartbeatEveryMs
  for (let i = 0; i < count; i += 1) {
    const dueMs = Math.floor((i * 1_000) / options.rate)
    if (options.ownHeartbeats && dueMs >= nextHeartbeat) {
      yield* plan.heartbeats(dueMs, options.startedAt + dueMs)
      nextHeartbeat += heartbeatEveryMs
    }
    yield plan.event(dueMs)
  }
  if (options.ownHeartbeats) {
    yield* plan.heartbeats(options.durationMs, options.startedAt + options.durationMs + closingMs)
  }
}

class Plan {
  readonly #population: Population
  readonly #options: GeneratorOptions
  readonly #random: Random
  readonly #ordinary: number[]
  /** Copies to send later, earliest first. */
  readonly #copies: { readonly dueMs: number; readonly item: FeedItem }[] = []
  #index = 0

  constructor(population: Population, options: GeneratorOptions) {
    this.#population = population
    this.#options = options
    this.#random = seededRandom(options.seed)
    this.#ordinary = Array.from({ length: options.partitions }, () => 0)
  }

  heartbeats(dueMs: number, at: number): FeedItem[] {
    const items = heartbeats(this.#index, this.#options.partitions, dueMs, at)
    this.#index += items.length
    return items
  }

  event(dueMs: number): FeedItem {
    const copy = this.#copies.findIndex((due) => due.dueMs <= dueMs && this.#isOpen(due.item.partition, dueMs))
    const [again] = copy === -1 ? [] : this.#copies.splice(copy, 1)
    if (again !== undefined) return this.#item('duplicate', again.item.partition, dueMs, again.item.body)
    const speaker = this.#population.next(this.#random, dueMs)
    const partition = this.#partitionOf(speaker.source, dueMs)
    const kind = this.#kind(partition)
    const item = this.#item(kind, partition, dueMs, this.#body(kind, speaker, dueMs))
    if (kind === 'normal' || kind === 'out-of-order') this.#ordinary[partition]! += 1
    if (kind === 'normal' && this.#random.chance(share.duplicate)) {
      const [least, most] = margins.duplicateAfterMs
      this.#copies.push({ dueMs: dueMs + least + this.#random.below(most - least), item })
      this.#copies.sort((a, b) => a.dueMs - b.dueMs)
    }
    return item
  }

  #item(kind: ItemKind, partition: number, dueMs: number, body: Uint8Array): FeedItem {
    const index = this.#index
    this.#index += 1
    return { index, partition, dueMs, kind, body, properties: itemProperties(index, kind) }
  }

  #kind(partition: number): ItemKind {
    let chance = this.#random.next()
    const kinds: readonly (readonly [ItemKind, number])[] = [
      ['late', share.late],
      ['out-of-order', share.outOfOrder],
      ['fast-clock', share.fastClock],
      ['malformed', share.malformed],
      ['schema', share.schema],
    ]
    for (const [kind, probability] of kinds) {
      chance -= probability
      if (chance < 0)
        return kind === 'late' && this.#ordinary[partition]! < margins.ordinaryBeforeLate ? 'normal' : kind
    }
    return 'normal'
  }

  #body(kind: ItemKind, speaker: Speaker, dueMs: number): Uint8Array {
    const { startedAt, runId } = this.#options
    const behind =
      kind === 'late' ? margins.lateMs : kind === 'out-of-order' ? 1 + this.#random.below(margins.outOfOrderMs - 1) : 0
    const ahead = kind === 'fast-clock' ? margins.fastClockMs : 0
    const time = startedAt + dueMs - behind + ahead
    // The late ones were sent late, too: a device that had no network.
    const sentAt = kind === 'late' ? startedAt + dueMs : time + this.#random.below(20)
    const event = speaker.event({ id: `${runId}-${this.#index}`, time, sentAt })
    if (kind === 'malformed') return malformed(this.#random, event)
    return encodeBody(kind === 'schema' ? this.#population.spoil(this.#random, event) : event)
  }

  #partitionOf(source: string, dueMs: number): number {
    const open = Array.from({ length: this.#options.partitions }, (_, i) => i).filter((partition) =>
      this.#isOpen(partition, dueMs),
    )
    return open[spread(source) % open.length]!
  }

  #isOpen(partition: number, dueMs: number): boolean {
    if (this.#options.unusedPartitions?.includes(partition) === true) return false
    return dueMs < (this.#options.silentFrom?.[partition] ?? Infinity)
  }
}

const malformed = (random: Random, event: object): Uint8Array => {
  const text = Buffer.from(JSON.stringify(event))
  return random.pick([
    text.subarray(0, text.length >> 1),
    Buffer.alloc(0),
    Buffer.concat([text, Buffer.from([0xff, 0xfe])]),
    Buffer.from('[1,2,3]'),
    Buffer.from('not json at all'),
  ])
}
