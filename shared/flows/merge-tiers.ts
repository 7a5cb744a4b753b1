/**
 * Merges windows that have become final into coarser tiers: each tier's window once, when the frontier passes its end, from
 * the windows of the next finer size as they are served. Recomputed, never incremented: doing it again changes nothing.
 */
import type { ChunkDocument, HeadDocument, OpenTierWindow, WindowSeries } from '../contracts/serving-documents.ts'
import type { Progress } from '../contracts/state-documents.ts'
import type { CompiledRollup } from '../core/compiled-stream.ts'
import { isPartial } from '../core/partial.ts'
import { emptyMetrics } from '../core/rollup.ts'
import { decodePart, mergeParts, type ServedPart } from '../core/served-part.ts'
import { windowDocuments, type WindowDocuments } from '../core/served-window.ts'
import { seriesOf, sizesOf, tierId, tierWindows, type WindowSize } from '../core/tiers.ts'
import { formatInstant, windowStart } from '../core/time.ts'
import { InvariantError, RetryableError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { Meter } from '../ports/meter.ts'
import type { Serving } from '../ports/serving.ts'
import { knownVersion } from './known-version.ts'
import type { StreamSetting } from './load-shard.ts'
import { writeWindows, type WindowToWrite } from './write-windows.ts'

export interface TierPorts {
  readonly serving: Serving
  readonly clock: Clock
  readonly meter: Meter
  readonly log: Log
}

export interface PassedFrontier {
  /** Epoch ms: where the frontier will stand. */
  readonly frontier: number
  /** Whose tiers are merged. */
  readonly rollups: readonly CompiledRollup[]
  /** The rollups' own windows that it passes, all of them final. */
  readonly windows: readonly { readonly rollup: CompiledRollup; readonly windowStart: number }[]
  /** What the frontier's document says of the tiers so far. */
  readonly open: Readonly<Record<string, OpenTierWindow>>
  /** How each partition stands: by which versions it has counted. */
  readonly shards: readonly (Progress | undefined)[]
}

const mostAttempts = 20
const staleWaitMs = 100
/** Heads and chunks in one read: what is held of the parts while they are merged. */
const documentsAtOnce = 400

/** Resolves with what the frontier's document has to say next: written before it, this would be done again, to no effect. */
export const mergeTiers = async (
  ports: TierPorts,
  setting: StreamSetting,
  { frontier, rollups, windows, open, shards }: PassedFrontier,
): Promise<Record<string, OpenTierWindow>> => {
  const left: Record<string, OpenTierWindow> = {}
  for (const rollup of rollups) {
    const [own, ...tiers] = sizesOf(rollup)
    let finer = own!
    let parts = windows.filter((window) => window.rollup === rollup).map(({ windowStart }) => windowStart)
    for (const tier of tiers) {
      const id = tierId(rollup, tier)
      const due = tierWindows(tier, frontier, open[id], parts)
      const merge: Merge = { ports, setting, rollup, finer, tier, shards }
      const whole = due.complete.filter(({ start }) => start >= (setting.range?.from ?? 0))
      for (const run of runsOf(merge, whole)) await mergeRun(merge, run)
      if (due.open !== undefined) left[id] = due.open
      parts = whole.map(({ start }) => start)
      finer = tier
    }
  }
  return left
}

interface Merge {
  readonly ports: TierPorts
  readonly setting: StreamSetting
  readonly rollup: CompiledRollup
  readonly finer: WindowSize
  readonly tier: WindowSize
  readonly shards: PassedFrontier['shards']
}

/** Windows that follow one another, as many as are read at once; one of more parts than that is read bit by bit. */
const runsOf = (merge: Merge, windows: readonly OpenTierWindow[]): OpenTierWindow[][] => {
  const runs: OpenTierWindow[][] = []
  let room = 0
  for (const window of windows) {
    if (window.parts > room) {
      runs.push([])
      room = partsAtOnce(merge)
    }
    runs.at(-1)!.push(window)
    room -= window.parts
  }
  return runs
}

const partsAtOnce = ({ rollup }: Merge): number => Math.max(1, Math.floor(documentsAtOnce / (1 + rollup.chunks)))

/** Where the parts do not give a whole, an empty window that is not final sends readers to the finer ones. */
const mergeRun = async (merge: Merge, windows: readonly OpenTierWindow[]): Promise<void> => {
  const { merged, ru } = await readMerged(merge, windows)
  const documents = windows.map((window) => {
    const part = merged.get(window.start)!
    return part instanceof InvariantError ? nothingInstead(merge, window.start, part) : documentsOf(merge, part)
  })
  await write(merge, documents, ru)
}

const write = async (merge: Merge, documents: readonly WindowDocuments[], readRu: number): Promise<void> => {
  const { ports, setting, rollup, tier } = merge
  let ru = readRu
  // Hardly ever is anything there already: a conflict tells.
  let waiting: readonly WindowToWrite[] = documents.map((of) => ({
    documents: of,
    served: { head: undefined, chunks: [] },
  }))
  for (let attempt = 1; waiting.length > 0; attempt += 1) {
    if (attempt > mostAttempts) {
      throw new RetryableError(`${waiting.length} windows of ${seriesIn(merge).name} kept changing while being merged.`)
    }
    const { outcomes, ...writes } = await writeWindows(ports.serving, waiting, { apart: attempt > 1 })
    const standing = waiting.filter((_, i) => outcomes[i] === 'stands')
    for (const {
      documents: { head },
    } of standing) {
      const window = `${tierId(rollup, tier)}:${head.windowStart}`
      const share = (ru + writes.ru) / standing.length
      ports.meter.published({ stream: setting.stream.name, window, vector: head.vector, ru: share })
    }
    ru = standing.length > 0 ? 0 : ru + writes.ru
    const left = waiting.flatMap(({ documents: of }, i) => {
      const outcome = outcomes[i]
      if (outcome === 'stands') return []
      return [outcome instanceof InvariantError ? nothingInstead(merge, of.head.windowStart, outcome) : of]
    })
    if (left.length === 0) return
    const starts = left.map(({ head }) => head.windowStart)
    const served = await ports.serving.readWindows(seriesIn(merge), starts, rollup.chunks)
    ru += served.ru
    // What is final stays: another instance, or this one before a crash, has merged it.
    waiting = left
      .map((of, i) => ({ documents: of, served: served.windows[i]! }))
      .filter(({ served: { head } }) => head?.value.final !== true)
  }
}

const seriesIn = ({ setting, rollup, tier }: Merge): WindowSeries =>
  seriesOf(setting.stream.name, setting.generation, rollup, tier)

const documentsOf = (merge: Merge, part: ServedPart): WindowDocuments =>
  windowDocuments(seriesIn(merge), merge.rollup, {
    start: part.start,
    total: part.total,
    groups: part.groups,
    approximate: part.approximate,
    partial: part.partial || isPartial(merge.shards, merge.rollup, part.start),
    final: part.final,
    vector: part.vector,
    clock: part.clock,
    slabs: [],
    keepSeconds: merge.tier.keepSeconds,
  })

const nothingInstead = (merge: Merge, start: number, problem: InvariantError): WindowDocuments => {
  const { rollup, tier } = merge
  merge.ports.log.alert(
    `Window ${formatInstant(start)} of ${seriesIn(merge).name} was not merged, readers take the finer ones: ${problem.message}`,
  )
  const nothing = documentsOf(merge, {
    start,
    end: start + tier.everyMs,
    total: { key: '', metrics: emptyMetrics(rollup) },
    groups: [],
    approximate: false,
    partial: false,
    final: false,
    coveredMs: 0,
    vector: [],
    clock: start + tier.everyMs,
  })
  return { head: nothing.head, chunks: [] }
}

/** Each of the windows of as many parts as became final, or why not: a replica that lags behind is asked again. */
const readMerged = async (
  merge: Merge,
  windows: readonly OpenTierWindow[],
): Promise<{ readonly merged: ReadonlyMap<number, ServedPart | InvariantError>; readonly ru: number }> => {
  const merged = new Map<number, ServedPart | InvariantError>()
  let waiting = windows
  let ru = 0
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const read = await readParts(merge, waiting)
    ru += read.ru
    for (const { start, parts } of waiting) {
      const tally = read.tallies.get(start)
      if (tally?.merged instanceof InvariantError || (tally !== undefined && tally.parts >= parts)) {
        merged.set(start, tally.merged)
      }
    }
    waiting = windows.filter(({ start }) => !merged.has(start))
    if (waiting.length === 0) return { merged, ru }
    await merge.ports.clock.sleep(staleWaitMs)
  }
  for (const { start, parts } of waiting) {
    merged.set(start, new InvariantError(`fewer than the ${parts} windows that became final in it are served.`))
  }
  return { merged, ru }
}

/** What has been read of a tier's window. */
interface Tally {
  readonly parts: number
  /** What they give, or what is wrong with one of them. */
  readonly merged: ServedPart | InvariantError
}

/** By start. The parts are read a few at a time and merged as they come, in the order of time. */
const readParts = async (
  merge: Merge,
  windows: readonly OpenTierWindow[],
): Promise<{ readonly tallies: ReadonlyMap<number, Tally>; readonly ru: number }> => {
  const { ports, setting, rollup, finer, tier } = merge
  const series = seriesOf(setting.stream.name, setting.generation, rollup, finer)
  const [start, end] = [windows[0]!.start, windows.at(-1)!.start + tier.everyMs]
  const expected = windows.reduce((sum, { parts }) => sum + parts, 0)
  const stride = expected <= partsAtOnce(merge) ? end - start : partsAtOnce(merge) * finer.everyMs
  const tallies = new Map<number, Tally>()
  let ru = 0
  for (let from = start; from < end; from += stride) {
    const read = await ports.serving.readRange(series, from, Math.min(end, from + stride), undefined)
    ru += read.ru
    const chunks = Map.groupBy(read.chunks, (chunk) => chunk.windowStart)
    const heads = Map.groupBy(read.heads, (head) => windowStart(head.windowStart, tier.everyMs))
    for (const [of, parts] of heads) tallies.set(of, addParts(merge, of, tallies.get(of), parts, chunks))
  }
  return { tallies, ru }
}

const addParts = (
  { rollup, tier }: Merge,
  start: number,
  before: Tally | undefined,
  heads: readonly HeadDocument[],
  chunks: ReadonlyMap<number, readonly ChunkDocument[]>,
): Tally => {
  if (before?.merged instanceof InvariantError) return before
  const parts = (before?.parts ?? 0) + heads.length
  try {
    const decoded = heads.map((head) =>
      decodePart(rollup, knownVersion(head), (chunks.get(head.windowStart) ?? []).map(knownVersion)),
    )
    const unfinished = decoded.find(({ final }) => !final)
    if (unfinished !== undefined) {
      throw new InvariantError(`its part at ${formatInstant(unfinished.start)} is not final.`)
    }
    const all = before === undefined ? decoded : [before.merged, ...decoded]
    return { parts, merged: mergeParts(rollup, { start, end: start + tier.everyMs }, all) }
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error
    return { parts, merged: error }
  }
}
