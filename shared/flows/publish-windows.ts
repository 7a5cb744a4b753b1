/** Brings served windows up to date with the shards: recomputed from their slabs, never incremented. */
import type { WindowSeries } from '../contracts/serving-documents.ts'
import { shardId, type Progress, type SlabDocument } from '../contracts/state-documents.ts'
import type { CompiledRollup } from '../core/compiled-stream.ts'
import { relateDefinitions } from '../core/definition-versions.ts'
import { frontierOf } from '../core/frontier.ts'
import { isPartial } from '../core/partial.ts'
import { serveWindow, type WindowDocuments } from '../core/served-window.ts'
import { seriesOf, sizesOf } from '../core/tiers.ts'
import { InvariantError, RetryableError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Hub } from '../ports/hub.ts'
import type { Log } from '../ports/log.ts'
import type { Meter } from '../ports/meter.ts'
import type { ServedWindowDocuments, ServedWindows, Serving } from '../ports/serving.ts'
import type { ShardState } from '../ports/shard-state.ts'
import { mapInOrder } from './map-in-order.ts'
import type { StreamSetting } from './load-shard.ts'
import { loadSlabs } from './load-slabs.ts'
import { writeWindows, type WindowToWrite } from './write-windows.ts'

export interface PublishPorts {
  readonly state: ShardState
  readonly serving: Serving
  readonly hub: Hub
  readonly clock: Clock
  readonly meter: Meter
  readonly log: Log
}

/** A window to bring up to date; `hints` are sequences that partitions are known to have reached, and must be seen. */
export interface WindowToPublish {
  readonly rollup: CompiledRollup
  readonly windowStart: number
  readonly hints: ReadonlyMap<string, number>
  /** Everything in it is before the frontier. */
  readonly final: boolean
}

const mostAttempts = 20
const concurrency = 8
const staleWaitMs = 100

/**
 * Publishes each window; those that another publisher wrote meanwhile are recomputed until they stand. A window whose own
 * documents are damaged is left as it is served, never marked final, with an alert; the others are not held up by it.
 * All of them are held in memory until they stand.
 *
 * A window that is not `final` and that every partition has passed by now is left to the move of the frontier, which publishes
 * it once and for all. Resolves with how far event time has got in every partition, epoch ms; null while one has none, or where
 * nothing is published because it is not clear what the shards hold.
 */
export const publishWindows = async (
  ports: PublishPorts,
  setting: StreamSetting,
  windows: readonly WindowToPublish[],
): Promise<number | null> => {
  const { partitionIds } = await ports.hub.properties()
  let frontier: number | null = null
  let waiting = windows
  let ru = 0
  for (let attempt = 1; waiting.length > 0; attempt += 1) {
    if (attempt > mostAttempts) {
      throw new RetryableError(
        `${waiting.length} windows of ${setting.stream.name} kept changing while being published.`,
      )
    }
    // What is served is read first, then progress, then slabs: what is read later can only be newer.
    const served = await readServed(ports, setting, waiting)
    const reached = await readReached(ports, setting, partitionIds, leastVector(partitionIds, waiting, served.windows))
    if (!isClear(ports, setting, reached.shards)) return null
    frontier = reached.frontier
    const open = waiting
      .map((window, i) => ({ ...window, served: served.windows[i]! }))
      .filter((window) => window.final || frontier === null || endOf(window) > frontier)
    const slabs = await loadSlabs(ports.state, setting, partitionIds, open, reached.vector)
    const computed = open.flatMap((window, i) => compute(ports, setting, window, slabs.windows[i]!, reached))
    // Windows that somebody else writes, too, are tried apart: together they would be in each other's way.
    const { outcomes, ...writes } = await writeWindows(ports.serving, computed, { apart: attempt > 1 })
    ru += served.ru + slabs.ru + writes.ru
    const standing = computed.filter((_, i) => outcomes[i] === 'stands')
    for (const window of standing) tellPublished(ports, setting, window, ru / standing.length)
    if (standing.length > 0) ru = 0
    for (const outcome of outcomes) if (outcome instanceof InvariantError) ports.log.alert(outcome.message)
    waiting = computed.filter((_, i) => outcomes[i] === 'conflict')
  }
  return frontier
}

/**
 * Whether it is clear by which of two definitions the shards have counted; an alert where it is not, for by another one their
 * documents would be read as other numbers.
 */
export const isClear = (
  { log }: Pick<PublishPorts, 'log'>,
  { stream }: StreamSetting,
  shards: readonly (Progress | undefined)[],
): boolean => {
  const problems = shards.flatMap((shard) => {
    const relation = shard === undefined ? undefined : relateDefinitions(shard.versions, stream.versions)
    return relation?.kind === 'unclear' ? relation.problems : []
  })
  if (problems.length === 0) return true
  log.alert(
    `Nothing of ${stream.name} is published: it was counted by another definition, and which of the two is newer is not clear: ` +
      `${[...new Set(problems)].join('; ')}. Raise the versions, or restore the definition.`,
  )
  return false
}

/** Epoch ms. */
export const endOf = ({ rollup, windowStart }: Pick<WindowToPublish, 'rollup' | 'windowStart'>): number =>
  windowStart + rollup.everyMs

interface ServedWindow extends WindowToPublish {
  readonly served: ServedWindowDocuments
}

/** In the order of `windows`: for each rollup in one read. */
const readServed = async (
  ports: PublishPorts,
  setting: StreamSetting,
  windows: readonly WindowToPublish[],
): Promise<ServedWindows> => {
  const places = [...Map.groupBy(windows.keys(), (i) => windows[i]!.rollup)]
  const read = await mapInOrder(places, concurrency, ([rollup, ofRollup]) =>
    ports.serving.readWindows(
      ownSeries(setting, rollup),
      ofRollup.map((i) => windows[i]!.windowStart),
      rollup.chunks,
    ),
  )
  const inOrder = new Array<ServedWindowDocuments>(windows.length)
  for (const [i, [, ofRollup]] of places.entries()) {
    for (const [j, place] of ofRollup.entries()) inOrder[place] = read[i]!.windows[j]!
  }
  return { windows: inOrder, ru: sumOf(read) }
}

/** What every partition has reached for sure: by the hints, and by what others have served already. */
const leastVector = (
  partitionIds: readonly string[],
  windows: readonly WindowToPublish[],
  served: readonly ServedWindowDocuments[],
): number[] =>
  partitionIds.map((partition, i) =>
    Math.max(
      -1,
      ...windows.map(({ hints }) => hints.get(partition) ?? -1),
      ...served.flatMap(({ head, chunks }) => [head, ...chunks].map((document) => document?.value.vector[i] ?? -1)),
    ),
  )

/** How far the shards were before their slabs were read. */
interface Reached {
  /** The `lastSequence` of each, in partition order; -1 before its first commit. */
  readonly vector: readonly number[]
  /** The newest of their clocks, epoch ms. */
  readonly clock: number
  /** The least of their watermarks, epoch ms; null while one of them has none. */
  readonly frontier: number | null
  readonly shards: readonly (Progress | undefined)[]
}

/** How far every shard is, none below `least`: a lagging replica is asked again. */
const readReached = async (
  ports: PublishPorts,
  setting: StreamSetting,
  partitionIds: readonly string[],
  least: readonly number[],
): Promise<Reached> => {
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const progress = await mapInOrder(partitionIds, concurrency, (partition) =>
      ports.state.loadProgress(shardId(setting.stream.name, setting.generation, partition)),
    )
    const vector = progress.map((shard) => shard?.value.lastSequence ?? -1)
    if (vector.every((sequence, i) => sequence >= least[i]!)) {
      const shards = progress.map((shard) => shard?.value)
      const clock = Math.max(0, ...shards.map((shard) => shard?.clock ?? 0))
      return { vector, clock, frontier: frontierOf(shards, setting.stream.latenessMs), shards }
    }
    await ports.clock.sleep(staleWaitMs)
  }
  throw new RetryableError(
    `The state of ${setting.stream.name} is read older than what is served already; publishing it could take values back. ` +
      'It will be read again.',
  )
}

interface ComputedWindow extends ServedWindow, WindowToWrite {
  readonly documents: WindowDocuments
}

/** Nothing, and an alert, where its documents are damaged: no attempt can mend that. */
const compute = (
  { log }: PublishPorts,
  setting: StreamSetting,
  window: ServedWindow,
  slabs: readonly (readonly SlabDocument[])[],
  { vector, clock, shards }: Reached,
): ComputedWindow[] => {
  const { rollup, windowStart, served } = window
  try {
    refuseShrinking(setting, window, served, slabs)
    const documents = serveWindow({
      series: ownSeries(setting, rollup),
      rollup,
      windowStart,
      slabs,
      vector,
      clock,
      final: window.final || served.head?.value.final === true,
      partial: isPartial(shards, rollup, windowStart),
    })
    return [{ ...window, documents }]
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error
    log.alert(error.message)
    return []
  }
}

/** `ru`: its share of what it and the windows written with it have cost. */
const tellPublished = (
  { meter }: PublishPorts,
  { stream }: StreamSetting,
  { rollup, windowStart, documents }: ComputedWindow,
  ru: number,
): void => {
  meter.published({
    stream: stream.name,
    window: `${rollup.id}:${windowStart}`,
    vector: documents.head.vector,
    ru,
  })
}

const refuseShrinking = (
  setting: StreamSetting,
  { rollup, windowStart }: WindowToPublish,
  served: ServedWindowDocuments,
  slabs: readonly (readonly SlabDocument[])[],
): void => {
  const lost = served.head?.value.slabs.findIndex((count, i) => (slabs[i]?.length ?? 0) < count) ?? -1
  if (lost >= 0) {
    throw new InvariantError(
      `Window ${windowStart} of ${ownSeries(setting, rollup).name}: partition ${lost} has fewer slabs than are served already, so ` +
        'the served window was left as it is. Restore the state container; only a replay can recompute the window.',
    )
  }
}

const ownSeries = ({ stream, generation }: StreamSetting, rollup: CompiledRollup): WindowSeries =>
  seriesOf(stream.name, generation, rollup, sizesOf(rollup)[0]!)

const sumOf = (costs: readonly { readonly ru: number }[]): number => costs.reduce((sum, { ru }) => sum + ru, 0)
