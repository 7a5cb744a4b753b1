/** Brings served windows up to date with the shards: recomputed from their slabs, never incremented. */
import type { WindowSeries } from '../contracts/serving-documents.ts'
import { shardId, type SlabDocument } from '../contracts/state-documents.ts'
import type { CompiledRollup } from '../core/compiled-stream.ts'
import { serveWindow } from '../core/served-window.ts'
import { seriesOf, sizesOf } from '../core/tiers.ts'
import { InvariantError, RetryableError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Hub } from '../ports/hub.ts'
import type { Log } from '../ports/log.ts'
import type { Meter } from '../ports/meter.ts'
import type { ServedWindowDocuments, Serving } from '../ports/serving.ts'
import type { ShardState, WindowSlabs } from '../ports/shard-state.ts'
import { mapInOrder } from './map-in-order.ts'
import type { StreamSetting } from './load-shard.ts'
import { writeChanged } from './write-window.ts'

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

/** How many windows are read and written by one call: each is held in memory until it stands. */
export const windowsAtOnce = 100

const mostAttempts = 20
const concurrency = 8
const staleWaitMs = 100

/**
 * Publishes each window; those that another publisher wrote meanwhile are recomputed until they stand. A window whose own
 * documents are damaged is left as it is served, never marked final, with an alert; the others are not held up by it.
 */
export const publishWindows = async (
  ports: PublishPorts,
  setting: StreamSetting,
  windows: readonly WindowToPublish[],
): Promise<void> => {
  const { partitionIds } = await ports.hub.properties()
  let waiting = windows
  for (let attempt = 1; waiting.length > 0; attempt += 1) {
    if (attempt > mostAttempts) {
      throw new RetryableError(
        `${waiting.length} windows of ${setting.stream.name} kept changing while being published.`,
      )
    }
    // What is served is read first: progress and slabs read after it can only be newer.
    const served = await mapInOrder(waiting, concurrency, (window) => readServed(ports, setting, window))
    const reached = await readReached(ports, setting, partitionIds, leastVector(partitionIds, waiting, served))
    const written = await mapInOrder(waiting, concurrency, (window, i) =>
      unlessDamaged(ports, () => publishWindow(ports, setting, partitionIds, window, served[i]!, reached)),
    )
    waiting = waiting.filter((_, i) => !written[i])
  }
}

const readServed = (ports: PublishPorts, setting: StreamSetting, { rollup, windowStart }: WindowToPublish) =>
  ports.serving.readWindow(ownSeries(setting, rollup), windowStart, rollup.chunks)

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
    const clock = Math.max(0, ...progress.map((shard) => shard?.value.clock ?? 0))
    if (vector.every((sequence, i) => sequence >= least[i]!)) return { vector, clock }
    await ports.clock.sleep(staleWaitMs)
  }
  throw new RetryableError(
    `The state of ${setting.stream.name} is read older than what is served already; publishing it could take values back. ` +
      'It will be read again.',
  )
}

/** Whether no further attempt is needed: the window stands, or no attempt can mend it. */
const unlessDamaged = async ({ log }: PublishPorts, publish: () => Promise<boolean>): Promise<boolean> => {
  try {
    return await publish()
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error
    log.alert(error.message)
    return true
  }
}

/** Whether the window now stands as computed; false if somebody else wrote it meanwhile. */
const publishWindow = async (
  ports: PublishPorts,
  setting: StreamSetting,
  partitionIds: readonly string[],
  window: WindowToPublish,
  served: ServedWindowDocuments,
  { vector, clock }: Reached,
): Promise<boolean> => {
  const { rollup, windowStart } = window
  const loaded = await mapInOrder(partitionIds, concurrency, (partition, i) =>
    loadAsOfOneCommit(ports.state, shardId(setting.stream.name, setting.generation, partition), window, vector[i]!),
  )
  const slabs = loaded.map((ofPartition) => ofPartition.slabs)
  refuseShrinking(setting, window, served, slabs)
  const documents = serveWindow({
    series: ownSeries(setting, rollup),
    rollup,
    windowStart,
    slabs,
    vector,
    clock,
    final: window.final || served.head?.value.final === true,
  })
  const writes = await writeChanged(ports.serving, documents, served)
  if (writes.kind === 'conflict') return false
  ports.meter.published({
    stream: setting.stream.name,
    window: `${rollup.id}:${windowStart}`,
    vector: documents.head.vector,
    ru: writes.ru + served.ru + loaded.reduce((sum, { ru }) => sum + ru, 0),
  })
  return true
}

/**
 * Slabs are read one after another while the shard goes on committing: one that is newer than `known`, a sequence that all
 * of them surely show, says that those read before it may lack what it has. They are read again, as they then show that much.
 */
const loadAsOfOneCommit = async (
  state: ShardState,
  shard: string,
  { rollup, windowStart }: WindowToPublish,
  known: number,
): Promise<WindowSlabs> => {
  let shown = known
  let ru = 0
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const read = await state.loadWindow(shard, rollup.id, windowStart, rollup.groupsPerSlab)
    ru += read.ru
    const newest = Math.max(-1, ...read.slabs.map(({ sequence }) => sequence))
    if (newest <= shown || read.slabs.length === 1) return { slabs: read.slabs, ru }
    shown = newest
  }
  throw new RetryableError(`Window ${windowStart} of ${rollup.id} in ${shard} kept changing while being read.`)
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
