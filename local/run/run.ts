/** The story of a local run: services, feed, a line a second, and for a run that ends its verification and report. */
import { appendFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StatusAnswer } from '../../shared/contracts/api.ts'
import { layLines, type ChaosLines } from '../chaos/lines.ts'
import { runChaos } from '../chaos/run-chaos.ts'
import { describeChaos, type ChaosEvent } from '../chaos/schedule.ts'
import type { FedStream } from '../feed/feed-check.ts'
import { heldBack } from '../feed/held-back.ts'
import { readHubLog, sentIndexes } from '../feed/hub-log.ts'
import { seededRandom } from '../feed/random.ts'
import { progressLine, type FileReading } from '../feed/recorded/reading.ts'
import { sendFeed } from '../feed/sender.ts'
import { publishOnce, readStatus } from './api-client.ts'
import { feedOf, newReadings, registry } from './feed-of.ts'
import type { ManifestStream } from './manifest.ts'
import type { RunOptions } from './options.ts'
import { measuredPart, type RunReport, type StreamReport } from './report.ts'
import { finishRun, openRun, type RunState } from './run-state.ts'
import { startServices, type Services } from './services.ts'
import { statusLine } from './status-line.ts'
import type { Screen } from './terminal/screen.ts'
import { watchOnScreen } from './terminal/watch-on-screen.ts'
import { untilCommitted, untilFinal } from './until.ts'
import { verifyStream } from './verify.ts'

export interface Run {
  /** Of the repository. */
  readonly root: string
  /** Holds package.json, host.json and the built app. */
  readonly appDirectory: string
  /** Where this run keeps its state. */
  readonly directory: string
  readonly manifest: readonly ManifestStream[]
  readonly options: RunOptions
  /** What goes wrong in a bounded run, from the moment at which the feed begins. */
  readonly chaos: readonly ChaosEvent[]
  readonly say: (line: string) => void
  /** Shows how far recordings are read; empty: nothing to show. */
  readonly showProgress: (line: string) => void
  /** Shows what goes on, in place of a line a second. */
  readonly screen?: Pick<Screen, 'show'> | undefined
  /** Aborted when the user wants to stop. */
  readonly signal: AbortSignal
}

/** In a run in which much goes wrong on purpose, what the services say about it would bury everything else. */
const servicesLog = 'services.log'
const tickMs = 1_000

/** Resolves with the exit code: 0 where an endless run was stopped, or a bounded one was verified in full. */
export const run = async (given: Run): Promise<number> => {
  const { options, say, directory, manifest } = given
  const isBounded = options.forMs !== undefined || options.feeds.length > 0
  const definition = manifest.map((stream) => (options.keepAll ? stream.keepAllHash : stream.hash)).join('-')
  const { state, resumed } = await openRun(directory, {
    definition,
    now: Date.now(),
    reset: options.reset,
    bounded: isBounded,
  })
  if (resumed) say(`Going on with the run in ${directory}.`)
  const lost = new AbortController()
  let lines: ChaosLines | undefined
  const services = await startServices({
    root: given.root,
    appDirectory: given.appDirectory,
    directory,
    streams: manifest,
    settings: {
      MILLRACE_HEARTBEATS: isBounded ? 'feed' : 'timer',
      MILLRACE_KEEP_ALL: String(options.keepAll),
    },
    freePorts: given.chaos.length > 0,
    say: given.chaos.length > 0 ? intoFile(join(directory, servicesLog)) : say,
    onLost: (name) => {
      say(`${name} has ended unexpectedly.`)
      lost.abort()
    },
    reroute: async (connections) => {
      if (given.chaos.length === 0) return connections
      lines = await layLines(connections, seededRandom(options.seed))
      return lines.connections
    },
  })
  const signal = AbortSignal.any([given.signal, lost.signal])
  try {
    for (const [kind, records] of Object.entries(registry)) await publishOnce(services.url, kind, records)
    showUrls(services, manifest, say)
    const ended = isBounded
      ? await boundedRun({ ...given, signal }, services, lines, state)
      : await endlessRun({ ...given, signal }, services, state)
    return lost.signal.aborted ? 1 : ended
  } finally {
    await services.stop()
    await lines?.close()
  }
}

const showUrls = ({ url }: Services, manifest: readonly ManifestStream[], say: Run['say']): void => {
  say(`status   ${url}/api/status`)
  for (const { description } of manifest) {
    for (const rollup of Object.keys(description.rollups)) {
      say(`windows  ${url}/api/streams/${description.name}/rollups/${rollup}?from=…&to=…`)
    }
  }
}

const endlessRun = async (given: Run, services: Services, state: RunState): Promise<number> => {
  const feeding = given.manifest.map((stream) => feed(given, services, state, stream, new Set(), [], Promise.resolve()))
  const watching = watch(given, services, new Map())
  await Promise.all([...feeding, watching])
  return 0
}

const boundedRun = async (
  given: Run,
  services: Services,
  lines: ChaosLines | undefined,
  state: RunState,
): Promise<number> => {
  const { options, say, signal } = given
  const startedAt = Date.now()
  const ended = new AbortController()
  const going: Run = { ...given, signal: AbortSignal.any([signal, ended.signal]) }
  const readings = new Map(
    fedStreams(given).map(({ description: { name } }) => [name, newReadings(name, options)] as const),
  )
  const unread = new Map(readings)
  const watching = watch(going, services, unread)
  const underWay: Promise<unknown>[] = [watching]
  try {
    const before = await readStatus(services.url)
    const sentBefore = new Map<string, ReadonlySet<number>>()
    for (const { description } of fedStreams(given)) {
      sentBefore.set(description.name, sentIndexes(await readHubLog(services.eventHubs, description.name)))
    }
    const breaking = lines === undefined ? Promise.resolve() : breakThings(going, services, lines)
    const feeding = fedStreams(given).map(async (stream) => {
      const { name } = stream.description
      const alreadySent = sentBefore.get(name)!
      const sentNow = await feed(going, services, state, stream, alreadySent, readings.get(name)!, breaking)
      unread.delete(name)
      return [name, alreadySent.size + sentNow] as const
    })
    underWay.push(breaking, ...feeding)
    const [sent] = await Promise.all([Promise.all(feeding), breaking])
    const items = new Map(sent)
    const committedAt = await untilCommitted(services.url, signal)
    await untilFinal(services.url, signal)
    if (signal.aborted) return 130
    ended.abort()
    await watching
    const status = await readStatus(services.url)
    say('Everything sent is committed and every window is final. Comparing with the oracle …')
    const seconds = (committedAt - startedAt) / 1_000
    const streams: Record<string, StreamReport> = {}
    for (const stream of fedStreams(given)) {
      const { name } = stream.description
      const fed = { items: items.get(name)!, readings: readings.get(name)! }
      streams[name] = await reportStream(services, stream, status, before, seconds, options, fed)
    }
    const verified = Object.values(streams).every(({ mismatches }) => mismatches === 0)
    const report: RunReport = {
      verified,
      durationSeconds: (Date.now() - startedAt) / 1_000,
      chaos: given.chaos.map(describeChaos),
      streams,
    }
    if (options.report !== undefined) await writeFile(options.report, `${JSON.stringify(report, null, 2)}\n`)
    for (const [name, stream] of Object.entries(streams)) sayVerdict(name, stream, say)
    await finishRun(given.directory, state)
    return verified ? 0 : 1
  } finally {
    // Nothing may start a service any more when all are stopped.
    ended.abort()
    await Promise.allSettled(underWay)
  }
}

const breakThings = (given: Run, services: Services, lines: ChaosLines): Promise<void> => {
  const hubs = given.manifest.map(({ description }) => description.name)
  given.say(`What will go wrong (what the services say about it goes to ${join(given.directory, servicesLog)}):`)
  for (const event of given.chaos) given.say(`  ${describeChaos(event)}`)
  return runChaos(given.chaos, { services, lines, hubs, say: given.say }, given.signal)
}

const intoFile = (path: string) => (line: string) => {
  appendFileSync(path, `${line}\n`)
}

/** The generator feeds every stream, a recording only its own. */
const fedStreams = ({ manifest, options }: Run): readonly ManifestStream[] =>
  options.feeds.length === 0
    ? manifest
    : manifest.filter(({ description }) => options.feeds.some(({ stream }) => stream === description.name))

const feed = (
  given: Run,
  services: Services,
  state: RunState,
  stream: ManifestStream,
  alreadySent: ReadonlySet<number>,
  readings: readonly FileReading[],
  breaking: Promise<void>,
): Promise<number> => {
  const items = feedOf(stream, given.options, state, readings)
  const { forMs } = given.options
  return sendFeed({
    connectionString: services.eventHubs,
    hub: stream.description.name,
    // A checkpoint moved past the last events shows only by a further one: what closes a feed comes when all is whole.
    items: forMs === undefined ? items : heldBack(items, forMs, breaking),
    speed: given.options.feeds.length > 0 ? given.options.speed : 1,
    alreadySent,
    signal: given.signal,
  })
}

/** A line a second and stream, or a screen, until told to stop; and how far recordings are read that are still being fed. */
const watch = async (
  { say, showProgress, screen, manifest, signal }: Run,
  { url }: Services,
  readings: ReadonlyMap<string, readonly FileReading[]>,
): Promise<void> => {
  const startedAt = Date.now()
  const showReading = (): void => {
    const recorded = [...readings].filter(([, files]) => files.length > 0)
    showProgress(
      recorded.map(([name, files]) => `${name}  ${progressLine(files, Date.now() - startedAt)}`).join('  |  '),
    )
  }
  if (screen !== undefined) {
    await watchOnScreen(screen, manifest, url, signal, showReading)
    return
  }
  let before: StatusAnswer | undefined
  let readAt = startedAt
  while (!signal.aborted) {
    await sleep(tickMs, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) break
    const status = await readStatus(url).catch(() => undefined)
    if (status === undefined) continue
    const now = Date.now()
    for (const { description } of manifest) say(statusLine(description.name, before, status, (now - readAt) / 1_000))
    showReading()
    before = status
    readAt = now
  }
}

const reportStream = async (
  services: Services,
  stream: ManifestStream,
  status: StatusAnswer,
  before: StatusAnswer,
  seconds: number,
  { keepAll }: RunOptions,
  fed: FedStream,
): Promise<StreamReport> => {
  const { name } = stream.description
  const current = status.streams[name]!
  const verification = await verifyStream(services, stream, current, keepAll, registry, fed)
  const committed = current.ledger.received - (before.streams[name]?.ledger.received ?? 0)
  return {
    sent: verification.sent,
    ledger: current.ledger,
    windowsCompared: verification.windowsCompared,
    mismatches: verification.mismatches.length,
    firstMismatches: verification.mismatches.slice(0, 20),
    distinctRms: verification.distinctRms,
    eventsPerSecond: Math.round(committed / seconds),
    ...measuredPart(status.instance.streams[name]),
    counts: verification.counts,
    extremes: verification.extremes,
    read: fed.readings,
  }
}

const sayVerdict = (name: string, report: StreamReport, say: Run['say']): void => {
  const { ledger } = report
  say(
    `${name}: ${report.sent} events sent, ${ledger.accepted} accepted, ${ledger.duplicate} duplicate, ${ledger.late} late, ` +
      `${ledger.filtered} filtered, ${ledger.dead} dead, ${ledger.lost} lost`,
  )
  for (const { file, records, unmapped, firstUnmapped } of report.read) {
    const sentAsIs = firstUnmapped === null ? '' : `, ${unmapped} of them sent as they are: ${firstUnmapped}`
    say(`${name}: ${records} records of ${file}${sentAsIs}`)
  }
  for (const mismatch of report.firstMismatches) say(`  ${mismatch}`)
  say(
    report.mismatches === 0
      ? `${name}: verified, ${report.windowsCompared} windows equal the oracle's`
      : `${name}: NOT verified, ${report.mismatches} differences in ${report.windowsCompared} windows`,
  )
}
