/**
 * A shop's events, the same for the same seed, with everything that goes wrong in the field planted among them, each with
 * such a margin that there is no doubt what has to become of it.
 */
import { encodeBody, itemProperties, type FeedItem, type ItemKind } from './feed-item.ts'
import { heartbeats } from './heartbeats.ts'
import { seededRandom, spread, type Random } from './random.ts'
import { actionAt, nextPlace, visitorOf, type Place, type Visitor } from './shop.ts'

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
const concurrentVisitors = 400

export function* generateClickstream(options: GeneratorOptions): Generator<FeedItem> {
  const plan = new Plan(options)
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

interface Walker {
  readonly visitor: Visitor
  place: Exclude<Place, 'gone'>
  first: boolean
  readonly session: string
}

class Plan {
  readonly #options: GeneratorOptions
  readonly #random: Random
  readonly #walkers: Walker[] = []
  readonly #ordinary: number[]
  /** Copies to send later, earliest first. */
  readonly #copies: { readonly dueMs: number; readonly item: FeedItem }[] = []
  #index = 0
  #visitors = 0

  constructor(options: GeneratorOptions) {
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
    const walker = this.#walk()
    const partition = this.#partitionOf(walker.visitor.source, dueMs)
    const kind = this.#kind(partition)
    const item = this.#item(kind, partition, dueMs, this.#body(kind, walker, dueMs))
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

  #walk(): Walker {
    const slot = this.#random.below(concurrentVisitors)
    const walker = this.#walkers[slot]
    if (walker !== undefined) {
      const next = nextPlace(this.#random, walker.place)
      if (next !== 'gone') {
        walker.place = next
        walker.first = false
        return walker
      }
    }
    this.#visitors += 1
    const arrived: Walker = {
      // Half of them have been here before.
      visitor: visitorOf(this.#random, this.#random.chance(0.5) ? this.#visitors : this.#random.below(this.#visitors)),
      place: 'home',
      first: true,
      session: `s${this.#visitors}`,
    }
    this.#walkers[slot] = arrived
    return arrived
  }

  #body(kind: ItemKind, { visitor, place, first, session }: Walker, dueMs: number): Uint8Array {
    const { startedAt, runId } = this.#options
    const behind =
      kind === 'late' ? margins.lateMs : kind === 'out-of-order' ? 1 + this.#random.below(margins.outOfOrderMs - 1) : 0
    const ahead = kind === 'fast-clock' ? margins.fastClockMs : 0
    const time = startedAt + dueMs - behind + ahead
    const event: Record<string, unknown> = {
      source: visitor.source,
      id: `${runId}-${this.#index}`,
      userId: visitor.id,
      sessionId: session,
      time: new Date(time).toISOString(),
      // The late ones were sent late, too: a device that had no network.
      sentAt: new Date(kind === 'late' ? startedAt + dueMs : time + this.#random.below(20)).toISOString(),
      ip: visitor.ip,
      userAgent: visitor.userAgent,
      ...actionAt(this.#random, place, visitor, first),
    }
    if (kind === 'malformed') return malformed(this.#random, event)
    return encodeBody(kind === 'schema' ? againstSchema(this.#random, event) : event)
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

const againstSchema = (random: Random, event: Record<string, unknown>): object => {
  const { id: _id, ...withoutId } = event
  return random.pick<object>([
    withoutId,
    { ...event, type: 'nonsense' },
    { ...event, userId: 7 },
    { ...event, amount: -1 },
  ])
}
