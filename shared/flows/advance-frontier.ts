/** Moves the frontier of a stream: everything before it is published in full, marked final, and stays as it is. */
import { frontierSeries, servingSchemaVersion, type FrontierDocument } from '../contracts/serving-documents.ts'
import { shardId, type Progress } from '../contracts/state-documents.ts'
import type { CompiledRollup } from '../core/compiled-stream.ts'
import { relateDefinitions } from '../core/definition-versions.ts'
import { frontierOf } from '../core/frontier.ts'
import type { Control } from '../ports/control.ts'
import type { EndedWindow } from '../ports/shard-state.ts'
import { copyDeadLetters } from './copy-dead-letters.ts'
import { knownVersion } from './known-version.ts'
import type { StreamSetting } from './load-shard.ts'
import { mergeTiers } from './merge-tiers.ts'
import { findRollups } from './older-rollups.ts'
import { publishDue, type PublishChangesPorts } from './publish-changes.ts'
import { endOf, isClear, publishWindows, type WindowToPublish } from './publish-windows.ts'

export interface AdvanceFrontierPorts extends PublishChangesPorts {
  /** Knows the rollups of older definitions, whose last windows have yet to become final. */
  readonly control: Control
}

/**
 * One turn of the timer. Running it on two instances at once is harmless. Called while a turn is under way, it waits for
 * that one: a second would do all the same work.
 */
export const advanceFrontier = (ports: AdvanceFrontierPorts, setting: StreamSetting): (() => Promise<void>) => {
  let underWay: Promise<void> | undefined
  return () =>
    (underWay ??= oneTurn(ports, setting).finally(() => {
      underWay = undefined
    }))
}

const oneTurn = async (ports: AdvanceFrontierPorts, setting: StreamSetting): Promise<void> => {
  await publishDue(ports, setting)
  await moveFrontier(ports, setting)
  for (const shard of await shardsOf(ports, setting)) {
    for (const outbox of await ports.state.outbox(shard)) await copyDeadLetters(ports, outbox)
  }
}

/** In partition order. */
const shardsOf = async (
  { hub }: Pick<PublishChangesPorts, 'hub'>,
  { stream, generation }: StreamSetting,
): Promise<string[]> => {
  const { partitionIds } = await hub.properties()
  return partitionIds.map((partition) => shardId(stream.name, generation, partition))
}

/** Publishes what every shard has passed, in steps, each of them stored: called again, it goes on after the last one. */
export const moveFrontier = async (ports: AdvanceFrontierPorts, setting: StreamSetting): Promise<void> => {
  const { partitionIds } = await ports.hub.properties()
  const shards = await shardsOf(ports, setting)
  const series = frontierSeries(setting.stream.name, setting.generation)
  const stored = await ports.serving.readFrontier(series)
  const progress = (await Promise.all(shards.map((shard) => ports.state.loadProgress(shard)))).map((of) => of?.value)
  // What a newer definition counts, only a host that has it can publish.
  if (progress.some((shard) => shard !== undefined && isNewer(shard, setting))) return
  if (!isClear(ports, setting, progress)) return
  const passed = frontierOf(progress, setting.stream.latenessMs)
  // A replay is published once all of it is counted: nothing more comes into its range, however far its shards have got.
  const frontier = setting.range?.to ?? passed
  ports.schedule.pass(frontier)
  const known = stored === undefined ? undefined : knownVersion(stored.value)
  const before = known?.frontier ?? 0
  if (frontier === null || frontier <= before) return

  const ended = await Promise.all(shards.map((shard) => ports.state.windowsEnding(shard, before, frontier)))
  let etag = stored?.etag
  let open = known?.open ?? {}
  const rollups = await rollupsOf(ports, setting, ended.flat(), open)
  for (const step of stepsTo(frontier, passedWindows(rollups, partitionIds, ended))) {
    const { windows, to } = step
    await publishWindows(ports, setting, windows)
    // Before the frontier moves: whoever reads it finds the tiers below it, and after a crash all of this is done again.
    open = await mergeTiers(ports, setting, { frontier: to, rollups, windows, open, shards: progress })
    const result = await ports.serving.writeFrontier(
      { id: 'frontier', series, day: '-', kind: 'frontier', schemaVersion: servingSchemaVersion, frontier: to, open },
      etag,
    )
    // Another instance has moved it: its windows were checked there.
    if (result.kind === 'conflict') return
    etag = result.etag
  }
}

const isNewer = ({ versions }: Progress, { stream }: StreamSetting): boolean =>
  relateDefinitions(versions, stream.versions).kind === 'older'

/** Of this definition, and of older ones those that have windows, or parts of a tier's, which are not final yet. */
const rollupsOf = (
  { control }: AdvanceFrontierPorts,
  { stream }: StreamSetting,
  ended: readonly EndedWindow[],
  open: FrontierDocument['open'],
): Promise<CompiledRollup[]> =>
  findRollups(control, stream, [
    ...stream.rollups.map(({ id }) => id),
    ...ended.map(({ rollup }) => rollup),
    ...Object.keys(open).map((tier) => tier.slice(0, tier.lastIndexOf(':'))),
  ])

/** What is read for one step, and held in memory until it stands: each may have 192 KB, hardly any has. */
const slabsAtOnce = 400

interface PassedWindow extends WindowToPublish {
  readonly hints: Map<string, number>
  /** In all partitions. */
  slabs: number
}

interface Step {
  readonly windows: readonly PassedWindow[]
  readonly to: number
}

/** So that a turn that ends half-way, as one that is far behind may, has not worked for nothing. */
const stepsTo = (frontier: number, windows: readonly PassedWindow[]): Step[] => {
  const steps: Step[] = []
  let step: PassedWindow[] = []
  let slabs = 0
  for (const window of windows.toSorted((a, b) => endOf(a) - endOf(b))) {
    const last = step.at(-1)
    // All that end together go together.
    if (last !== undefined && slabs >= slabsAtOnce && endOf(window) > endOf(last)) {
      steps.push({ windows: step, to: endOf(last) })
      step = []
      slabs = 0
    }
    step.push(window)
    slabs += window.slabs
  }
  return [...steps, { windows: step, to: frontier }]
}

const passedWindows = (
  rollups: readonly CompiledRollup[],
  partitionIds: readonly string[],
  ended: readonly (readonly EndedWindow[])[],
): PassedWindow[] => {
  const windows = new Map<string, PassedWindow>()
  for (const [i, partition] of partitionIds.entries()) {
    for (const { rollup: id, windowStart, sequence, slabs } of ended[i] ?? []) {
      const rollup = rollups.find((candidate) => candidate.id === id)
      if (rollup === undefined) continue
      const key = `${id}:${windowStart}`
      const window = windows.get(key) ?? {
        rollup,
        windowStart,
        hints: new Map<string, number>(),
        final: true,
        slabs: 0,
      }
      window.hints.set(partition, sequence)
      window.slabs += slabs
      windows.set(key, window)
    }
  }
  return [...windows.values()]
}
