/** The command line of `npm start`, checked whole before anything is started. */
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { StreamDescription } from '../../shared/contracts/stream-definition.ts'
import { presets } from '../feed/recorded/presets.ts'
import { readFeeds, type RecordedFeed } from './feed-options.ts'

export interface RunOptions {
  /** Feed time of a bounded run; undefined: until stopped, or until the recordings end. */
  readonly forMs: number | undefined
  /** Events a second that the generator makes for each stream. Default 200. */
  readonly rate: number
  /** What the generator's chance comes from. Default 1. */
  readonly seed: number
  readonly feeds: readonly RecordedFeed[]
  /** Recordings run at this multiple of their own speed, or as fast as possible. Default full. */
  readonly speed: number | 'full'
  /** Move the times of each stream's recordings by one constant, so that the newest is when the run began. */
  readonly shiftToNow: boolean
  /** Count what the stream would filter out. */
  readonly keepAll: boolean
  /** Break hosts, services and connections on a schedule that the seed makes. */
  readonly chaos: boolean
  /** Where the JSON report goes. */
  readonly report: string | undefined
  /** Folder for all state of local runs; undefined: .local in the repository. */
  readonly state: string | undefined
  /** Empty the state of this run first. */
  readonly reset: boolean
}

export type ParsedOptions = { readonly options: RunOptions } | { readonly problems: readonly string[] }

export const usage = `npm start -- [options]
  --for 20s             feed for this long, verify every window, then end (ms, s, m, h)
  --rate 200            generated events a second in each stream
  --seed 1              seed of the generator
  --feed stream=path    feed a file (CSV, NDJSON, JSON array, access log; .gz too) instead, verify, then end;
                        may be given several times
  --mapping stream=map  how its records become events: a preset (${Object.keys(presets).join(', ')})
                        or a JSON file; stream= may be left out where only one is fed
  --speed full          pace of a recording: full, or a multiple of its own
  --shift-to-now        move recorded times, so that the newest record is now
  --keep-all            count what the stream would filter out (bots)
  --chaos               with --for: kill, tear and fail everything on a schedule that the seed makes
  --report file         write a JSON report
  --state folder        keep state there instead of .local
  --reset               empty this run's state first`

/** Shorter runs end before what was broken has healed: a host that stands still does so for up to 9 s. */
const leastChaosMs = 20_000

export const parseOptions = (args: readonly string[], streams: readonly StreamDescription[]): ParsedOptions => {
  const problems: string[] = []
  const values = readArguments(args, problems)
  const feeds = readFeeds(values.feed ?? [], values.mapping ?? [], streams, problems)
  const options: RunOptions = {
    forMs: values.for === undefined ? undefined : readDuration(values.for, problems),
    rate: readNumber('--rate', values.rate ?? '200', { least: 1, most: 50_000 }, problems),
    seed: readNumber('--seed', values.seed ?? '1', { least: 0, most: 2 ** 32 - 1 }, problems),
    feeds,
    speed: readSpeed(values.speed ?? 'full', problems),
    shiftToNow: values['shift-to-now'] ?? false,
    keepAll: values['keep-all'] ?? false,
    chaos: values.chaos ?? false,
    report: values.report === undefined ? undefined : resolve(values.report),
    state: values.state === undefined ? undefined : resolve(values.state),
    reset: values.reset ?? false,
  }
  if (options.forMs !== undefined && values.feed !== undefined)
    problems.push('--for: expected without --feed: a recording ends by itself')
  if (options.chaos && (options.forMs ?? 0) < leastChaosMs)
    problems.push('--chaos: expected together with --for of at least 20s')
  if (options.shiftToNow && values.feed === undefined) {
    problems.push('--shift-to-now: expected together with --feed: generated events are of now already')
  }
  if (options.report !== undefined && options.forMs === undefined && values.feed === undefined) {
    problems.push('--report: expected together with --for or --feed: only a run that ends has a report')
  }
  return problems.length > 0 ? { problems } : { options }
}

/** Names the run's state folder: the same command finds the same folder. */
export const runName = (options: RunOptions): string | undefined => {
  const flags = `${options.keepAll ? '-keep-all' : ''}${options.chaos ? '-chaos' : ''}`
  if (options.forMs !== undefined) return `for-${options.forMs}ms-rate-${options.rate}-seed-${options.seed}${flags}`
  if (options.feeds.length === 0) return undefined
  const names = options.feeds.map(({ stream, label }) => `${stream}-${label}`).join('-')
  // Whatever decides which events are fed in which order: a run goes on only with the very same.
  const fed = { feeds: options.feeds, shiftToNow: options.shiftToNow, isPaced: options.speed !== 'full' }
  const hash = createHash('sha256').update(JSON.stringify(fed)).digest('hex').slice(0, 8)
  return `feed-${names.replaceAll(/[^\w.-]/g, '_').slice(0, 100)}-${hash}${flags}`
}

const readArguments = (args: readonly string[], problems: string[]) => {
  const settings = {
    for: { type: 'string' },
    rate: { type: 'string' },
    seed: { type: 'string' },
    feed: { type: 'string', multiple: true },
    mapping: { type: 'string', multiple: true },
    speed: { type: 'string' },
    'shift-to-now': { type: 'boolean' },
    'keep-all': { type: 'boolean' },
    chaos: { type: 'boolean' },
    report: { type: 'string' },
    state: { type: 'string' },
    reset: { type: 'boolean' },
  } as const
  try {
    return parseArgs({ args: [...args], options: settings, strict: true }).values
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error))
    return {}
  }
}

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

const readDuration = (text: string, problems: string[]): number => {
  const match = /^(\d+)(ms|s|m|h)$/.exec(text)
  const duration = match === null ? 0 : Number(match[1]) * durationUnits[match[2]!]!
  if (duration < 1_000 || duration > 86_400_000) {
    problems.push(`--for: expected a duration from 1s to 24h such as 20s or 5m, got ${JSON.stringify(text)}`)
  }
  return duration
}

const readNumber = (
  name: string,
  text: string,
  { least, most }: { least: number; most: number },
  problems: string[],
): number => {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= least && value <= most)) {
    problems.push(`${name}: expected a whole number from ${least} to ${most}, got ${JSON.stringify(text)}`)
  }
  return value
}

const readSpeed = (text: string, problems: string[]): number | 'full' => {
  if (text === 'full') return 'full'
  const factor = Number(text)
  if (!(factor > 0)) problems.push(`--speed: expected full or a positive factor, got ${JSON.stringify(text)}`)
  return factor
}
