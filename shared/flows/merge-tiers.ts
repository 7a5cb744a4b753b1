/**
 * Merges windows that have become final into coarser tiers: each tier's window once, when the frontier passes its end, from
 * the windows of the next finer size as they are served. Recomputed, never incremented: doing it again changes nothing.
 */
import type { OpenTierWindow, WindowSeries } from '../contracts/serving-documents.ts'
import type { CompiledRollup } from '../core/compiled-stream.ts'
import { emptyMetrics } from '../core/rollup.ts'
import { decodePart, mergeParts, type ServedPart } from '../core/served-part.ts'
import { windowDocuments, type WindowDocuments } from '../core/served-window.ts'
import { seriesOf, sizesOf, tierId, tierWindows, type WindowSize } from '../core/tiers.ts'
import { formatInstant } from '../core/time.ts'
import { InvariantError, RetryableError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { Meter } from '../ports/meter.ts'
import type { ServedWindowDocuments, Serving } from '../ports/serving.ts'
import { knownVersion } from './known-version.ts'
import type { StreamSetting } from './load-shard.ts'
import { mapInOrder } from './map-in-order.ts'
import { writeChanged } from './write-window.ts'

export interface TierPorts {
  readonly serving: Serving
  readonly clock: Clock
  readonly meter: Meter
  readonly log: Log
}

export interface PassedFrontier {
  /** Epoch ms: where the frontier will stand. */
  readonly frontier: number
  /** The rollups' own windows that it passes, all of them final. */
  readonly windows: readonly { readonly rollup: CompiledRollup; readonly windowStart: number }[]
  /** What the frontier's document says of the tiers so far. */
  readonly open: Readonly<Record<string, OpenTierWindow>>
}

const mostAttempts = 20
const concurrency = 4
const staleWaitMs = 100
/** Heads and chunks in one read: what is held of the parts while they are merged. */
const documentsAtOnce = 100

/** Resolves with what the frontier's document has to say next: written before it, this would be done again, to no effect. */
export const mergeTiers = async (
  ports: TierPorts,
  setting: StreamSetting,
  { frontier, windows, open }: PassedFrontier,
): Promise<Record<string, OpenTierWindow>> => {
  const left: Record<string, OpenTierWindow> = {}
  for (const rollup of setting.stream.rollups) {
    const [own, ...tiers] = sizesOf(rollup)
    let finer = own!
    let parts = windows.filter((window) => window.rollup === rollup).map(({ windowStart }) => windowStart)
    for (const tier of tiers) {
      const id = tierId(rollup, tier)
      const due = tierWindows(tier, frontier, open[id], parts)
      const merge: Merge = { ports, setting, rollup, finer, tier }
      const whole = due.complete.filter(({ start }) => start >= (setting.range?.from ?? 0))
      await mapInOrder(whole, concurrency, (window) => mergeWindow(merge, window))
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
}

/** Where the parts do not give a whole, an empty window that is not final sends readers to the finer ones. */
const mergeWindow = async (merge: Merge, window: OpenTierWindow): Promise<void> => {
  const series = seriesOf(merge.setting.stream.name, merge.setting.generation, merge.rollup, merge.tier)
  try {
    const { part, ru } = await readMerged(merge, window)
    await write(merge, series, documentsOf(merge, series, part), ru)
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error
    merge.ports.log.alert(
      `Window ${formatInstant(window.start)} of ${series.name} was not merged, readers take the finer ones: ${error.message}`,
    )
    const { head } = documentsOf(merge, series, nothingOf(merge, window))
    await write(merge, series, { head, chunks: [] }, 0)
  }
}

const write = async (
  { ports, setting, rollup, tier }: Merge,
  series: WindowSeries,
  documents: WindowDocuments,
  readRu: number,
): Promise<void> => {
  const { windowStart, vector } = documents.head
  let ru = readRu
  // Hardly ever is anything there already: a conflict tells.
  let served: ServedWindowDocuments = { head: undefined, chunks: [], ru: 0 }
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const writes = await writeChanged(ports.serving, documents, served)
    ru += writes.ru
    if (writes.kind === 'written') {
      const window = `${tierId(rollup, tier)}:${windowStart}`
      ports.meter.published({ stream: setting.stream.name, window, vector, ru })
      return
    }
    served = await ports.serving.readWindow(series, windowStart, rollup.chunks)
    ru += served.ru
    // What is final stays: another instance, or this one before a crash, has merged it.
    if (served.head?.value.final === true) return
  }
  throw new RetryableError(`Window ${windowStart} of ${series.name} kept changing while being merged.`)
}

const documentsOf = ({ rollup, tier }: Merge, series: WindowSeries, part: ServedPart): WindowDocuments =>
  windowDocuments(series, rollup, {
    start: part.start,
    total: part.total,
    groups: part.groups,
    approximate: part.approximate,
    final: part.final,
    vector: part.vector,
    clock: part.clock,
    slabs: [],
    keepSeconds: tier.keepSeconds,
  })

const nothingOf = ({ rollup, tier }: Merge, { start }: OpenTierWindow): ServedPart => ({
  start,
  end: start + tier.everyMs,
  total: { key: '', metrics: emptyMetrics(rollup) },
  groups: [],
  approximate: false,
  final: false,
  coveredMs: 0,
  vector: [],
  clock: start + tier.everyMs,
})

/** As many parts as became final: a replica that lags behind is asked again. */
const readMerged = async (
  merge: Merge,
  { start, parts }: OpenTierWindow,
): Promise<{ readonly part: ServedPart; readonly ru: number }> => {
  let ru = 0
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const read = await readParts(merge, start, parts)
    ru += read.ru
    if (read.parts >= parts && read.part !== undefined) return { part: read.part, ru }
    await merge.ports.clock.sleep(staleWaitMs)
  }
  throw new InvariantError(`fewer than the ${parts} windows that became final in it are served.`)
}

/** The parts are read a few at a time and merged as they come, in the order of time. */
const readParts = async (
  { ports, setting, rollup, finer, tier }: Merge,
  start: number,
  expected: number,
): Promise<{ readonly parts: number; readonly part: ServedPart | undefined; readonly ru: number }> => {
  const series = seriesOf(setting.stream.name, setting.generation, rollup, finer)
  const window = { start, end: start + tier.everyMs }
  const most = Math.max(1, Math.floor(documentsAtOnce / (1 + rollup.chunks)))
  const stride = expected <= most ? tier.everyMs : most * finer.everyMs
  let [parts, ru] = [0, 0]
  let part: ServedPart | undefined
  for (let from = start; from < window.end; from += stride) {
    const read = await ports.serving.readRange(series, from, Math.min(window.end, from + stride), undefined)
    ru += read.ru
    parts += read.heads.length
    const chunks = Map.groupBy(read.chunks.map(knownVersion), (chunk) => chunk.windowStart)
    const decoded = read.heads.map((head) => decodePart(rollup, knownVersion(head), chunks.get(head.windowStart) ?? []))
    const unfinished = decoded.find(({ final }) => !final)
    if (unfinished !== undefined) {
      throw new InvariantError(`its part at ${formatInstant(unfinished.start)} is not final.`)
    }
    const all = part === undefined ? decoded : [part, ...decoded]
    if (all.length > 0) part = mergeParts(rollup, window, all)
  }
  return { parts, part, ru }
}
