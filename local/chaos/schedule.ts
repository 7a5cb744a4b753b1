/** What goes wrong in a run, and when: the same for the same seed. */
import { seededRandom, type Random } from '../feed/random.ts'

/** What the killed host finds instead of its checkpoints: gone, or past events that were never processed. */
export type CheckpointFault = 'kept' | 'forgotten' | 'ahead'

/** How a request to Cosmos DB fails; `after` means that it had its effect. */
export type CosmosFault = '429' | '503 before' | '503 after' | '408 after' | 'torn before' | 'torn after'

export type ChaosEvent = { readonly atMs: number } & (
  | {
      /** SIGKILL, then a new process that cuts batches differently. */
      readonly kind: 'kill host'
      readonly downMs: number
      readonly checkpoints: CheckpointFault
      readonly batchSize: number
    }
  | {
      /** Another instance competes for the partitions, and ends in order or by SIGKILL. */
      readonly kind: 'second host'
      readonly forMs: number
      readonly end: 'stop' | 'kill'
      readonly batchSize: number
    }
  | {
      /**
       * The host stands still for longer than its ownership lasts, while another takes over; then it goes on where it was,
       * both work for a while, and one of them dies by SIGKILL.
       */
      readonly kind: 'zombie host'
      readonly forMs: number
      readonly bothMs: number
      readonly dies: 'zombie' | 'other'
      readonly batchSize: number
    }
  | { readonly kind: 'kill event-hubs' | 'kill cosmos' | 'kill storage'; readonly downMs: number }
  | { readonly kind: 'tear event-hubs' }
  | {
      /** Commits that are sent within this time reach Cosmos DB later, when others may have gone on; some senders die. */
      readonly kind: 'late commits'
      readonly forMs: number
      readonly delayMs: number
      readonly share: number
    }
  | {
      /** A share of all requests to Cosmos DB fails for a while. */
      readonly kind: 'cosmos faults'
      readonly fault: CosmosFault
      readonly forMs: number
      readonly share: number
    }
)

const cosmosFaults: readonly CosmosFault[] = [
  '429',
  '503 before',
  '503 after',
  '408 after',
  'torn before',
  'torn after',
]
const leastHostKills = 3

/** For a feed of this length (ms). Nothing begins in its last fifth: what was broken then is whole when it ends. */
export const chaosSchedule = (seed: number, durationMs: number): readonly ChaosEvent[] => {
  const random = seededRandom(seed)
  const until = durationMs * 0.8
  const spreadOut = (everyMs: number, least: number, event: (atMs: number) => ChaosEvent): ChaosEvent[] => {
    const count = Math.max(least, Math.round(durationMs / everyMs))
    return Array.from({ length: count }, (_, i) => event(Math.round(((i + random.next()) / count) * until)))
  }
  const zombies = zombieHosts(random, durationMs, until)
  const events = [
    ...zombies,
    ...hostKills(random, timeOutside(zombies, until)),
    ...spreadOut(20_000, 1, (atMs) => ({
      atMs,
      kind: 'second host',
      forMs: between(random, 2_000, 6_000),
      end: random.pick(['stop', 'kill'] as const),
      batchSize: batchSize(random),
    })),
    ...spreadOut(20_000, 1, (atMs) => ({ atMs, kind: 'kill event-hubs', downMs: between(random, 100, 1_500) })),
    ...spreadOut(20_000, 1, (atMs) => ({ atMs, kind: 'kill cosmos', downMs: between(random, 100, 1_500) })),
    ...spreadOut(40_000, 1, (atMs) => ({ atMs, kind: 'kill storage', downMs: between(random, 100, 1_000) })),
    ...spreadOut(5_000, 1, (atMs) => ({ atMs, kind: 'tear event-hubs' })),
    ...spreadOut(10_000, 1, (atMs) => ({
      atMs,
      kind: 'late commits',
      forMs: between(random, 200, 1_000),
      delayMs: between(random, 2_000, 8_000),
      share: between(random, 20, 100) / 100,
    })),
    ...spreadOut(2_500, 1, (atMs) => ({
      atMs,
      kind: 'cosmos faults',
      fault: random.pick(cosmosFaults),
      forMs: between(random, 300, 1_500),
      share: between(random, 20, 90) / 100,
    })),
  ] satisfies ChaosEvent[]
  return events.toSorted((a, b) => a.atMs - b.atMs)
}

type ZombieHost = Extract<ChaosEvent, { readonly kind: 'zombie host' }>

/** Each in the first half of its part of the time: the next begins when it is over. */
const zombieHosts = (random: Random, durationMs: number, until: number): ZombieHost[] => {
  const count = Math.max(1, Math.round(durationMs / 40_000))
  return Array.from({ length: count }, (_, i) => ({
    atMs: Math.round(((i + random.next() / 2) / count) * until),
    kind: 'zombie host',
    forMs: between(random, 7_000, 9_000),
    bothMs: between(random, 300, 2_000),
    dies: random.pick(['zombie', 'other'] as const),
    batchSize: batchSize(random),
  }))
}

/** Half-open, in ms. */
interface Span {
  readonly from: number
  readonly to: number
}

/** When no host stands still: killed meanwhile it would never go on where it was. */
const timeOutside = (zombies: readonly ZombieHost[], until: number): Span[] =>
  [...zombies, undefined].map((next, i) => {
    const before = zombies[i - 1]
    const from = before === undefined ? 0 : before.atMs + before.forMs + before.bothMs
    return { from: Math.min(from, until), to: next?.atMs ?? until }
  })

const hostKills = (random: Random, spans: readonly Span[]): ChaosEvent[] => {
  const total = spans.reduce((sum, { from, to }) => sum + to - from, 0)
  const count = Math.max(leastHostKills, Math.round(total / 5_000))
  return Array.from({ length: count }, (_, i) => ({
    atMs: instantIn(spans, Math.floor(((i + random.next()) / count) * total)),
    kind: 'kill host',
    downMs: between(random, 100, 1_500),
    checkpoints: random.pick(['kept', 'forgotten', 'ahead'] as const),
    batchSize: batchSize(random),
  }))
}

/** After so much of the time in the spans, which are in order. */
const instantIn = (spans: readonly Span[], passedMs: number): number => {
  let left = passedMs
  for (const { from, to } of spans) {
    if (left < to - from) return from + left
    left -= to - from
  }
  return spans.at(-1)!.to
}

/** One line for people, `+3.2 s  kill host: …`. */
export const describeChaos = (event: ChaosEvent): string => {
  const { atMs, kind, ...rest } = event
  const details = Object.entries(rest).map(([name, value]) =>
    name.endsWith('Ms') ? `${name.slice(0, -2)} ${inSeconds(Number(value))}` : `${name} ${String(value)}`,
  )
  return `+${inSeconds(atMs)}  ${[kind, ...(details.length === 0 ? [] : [details.join(', ')])].join(': ')}`
}

const between = (random: Random, least: number, most: number): number => least + random.below(most - least + 1)

const batchSize = (random: Random): number => random.pick([25, 100, 333, 1_000])

const inSeconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
