/** What a replay has come to beside what is served: every window of its range, and what became of every event. */
import type {
  Difference,
  ReplayDocument,
  ReplayReport,
  TimelineDocument,
  WindowComparison,
} from '../contracts/control-documents.ts'
import type { Ledger } from '../contracts/ledger.ts'
import { shardId } from '../contracts/state-documents.ts'
import { byLargest, windowDifferences, type RankedDifference } from '../core/compare-windows.ts'
import type { CompiledRollup } from '../core/compiled-stream.ts'
import { plannedEvents } from '../core/replay-plan.ts'
import type { ServedPart } from '../core/served-part.ts'
import { sizesOf } from '../core/tiers.ts'
import { generationSpans } from '../core/timeline.ts'
import { InvariantError } from '../errors.ts'
import type { Serving } from '../ports/serving.ts'
import type { ShardState } from '../ports/shard-state.ts'
import type { StreamSetting } from './load-shard.ts'
import { readServedParts } from './read-served-parts.ts'

export interface CompareReplayPorts {
  readonly replayState: ShardState
  readonly serving: Serving
}

const mostDifferences = 20
const windowsAtOnce = 50

/** `seconds`: how long folding took. */
export const compareReplay = async (
  ports: CompareReplayPorts,
  live: StreamSetting,
  replay: ReplayDocument,
  timeline: TimelineDocument | undefined,
  seconds: number,
): Promise<ReplayReport> => {
  const windows: Record<string, WindowComparison> = {}
  let differences: RankedDifference[] = []
  for (const rollup of live.stream.rollups) {
    const comparison = { equal: 0, changed: 0, added: 0, removed: 0 }
    for await (const window of pairedWindows(ports.serving, live, replay, timeline, rollup)) {
      const { start, served, replayed } = window
      const found = windowDifferences(rollup, start, served, replayed)
      if (served === undefined) comparison.added += 1
      else if (replayed === undefined) comparison.removed += 1
      else comparison[found.length === 0 ? 'equal' : 'changed'] += 1
      differences = largest([...differences, ...found])
    }
    windows[rollup.id] = comparison
  }
  const ledgers = await Promise.all(replay.partitions.map((plan) => compareLedgers(ports, live, replay, plan)))
  const events = plannedEvents(replay.partitions)
  return {
    windows,
    differences: differences.map(({ share: _share, size: _size, ...difference }): Difference => difference),
    ledgers,
    missing: ledgers.reduce((sum, ledger) => sum + Math.max(0, ledger.replay.lost - ledger.live.lost), 0),
    events,
    seconds,
    eventsPerSecond: Math.round(events / Math.max(seconds, 0.001)),
  }
}

const largest = (differences: RankedDifference[]): RankedDifference[] =>
  differences.sort(byLargest).slice(0, mostDifferences)

interface PairedWindow {
  readonly start: number
  readonly served: ServedPart | undefined
  readonly replayed: ServedPart | undefined
}

/** Every window that is served, or that the replay has, in order of time. */
async function* pairedWindows(
  serving: Serving,
  live: StreamSetting,
  replay: ReplayDocument,
  timeline: TimelineDocument | undefined,
  rollup: CompiledRollup,
): AsyncGenerator<PairedWindow> {
  const [size] = sizesOf(rollup)
  const read = (generation: string, from: number, to: number) =>
    readServedParts(serving, { ...live, generation }, rollup, { size: size!, from, to })
  for (const span of generationSpans(timeline, rollup.id, replay.from, replay.to)) {
    const stride = windowsAtOnce * rollup.everyMs
    for (let from = span.from; from < span.to; from += stride) {
      const to = Math.min(span.to, from + stride)
      const served = new Map((await read(span.generation, from, to)).map((part) => [part.start, part]))
      const replayed = new Map((await read(replay.id, from, to)).map((part) => [part.start, part]))
      const starts = [...new Set([...served.keys(), ...replayed.keys()])].sort((a, b) => a - b)
      for (const start of starts) yield { start, served: served.get(start), replayed: replayed.get(start) }
    }
  }
}

const compareLedgers = async (
  { replayState }: CompareReplayPorts,
  { stream }: StreamSetting,
  replay: ReplayDocument,
  { partition, countFrom, countTo }: ReplayDocument['partitions'][number],
): Promise<ReplayReport['ledgers'][number]> => {
  const shard = shardId(stream.name, replay.id, partition)
  const progress = (await replayState.loadProgress(shard))?.value
  const before = (await replayState.marks(shard, countFrom.sequence, countFrom.sequence))[0]
  if (progress?.lastSequence !== countTo.sequence || before === undefined) {
    throw new InvariantError(
      `Replay ${replay.id} has no complete ledger of partition ${partition}: it cannot be compared. Create another.`,
    )
  }
  return {
    partition,
    after: countFrom.sequence,
    upTo: countTo.sequence,
    live: difference(countTo.ledger, countFrom.ledger),
    replay: difference(progress.ledger, before.ledger),
  }
}

const difference = (after: Ledger, before: Ledger): Ledger => ({
  received: after.received - before.received,
  accepted: after.accepted - before.accepted,
  duplicate: after.duplicate - before.duplicate,
  late: after.late - before.late,
  filtered: after.filtered - before.filtered,
  dead: after.dead - before.dead,
  control: after.control - before.control,
  lost: after.lost - before.lost,
})
