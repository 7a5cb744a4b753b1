/** One slice of a replay: events of one partition folded in sequence order, as live does it, into a generation of their own. */
import type { PartitionPlan, ReplayDocument } from '../contracts/control-documents.ts'
import type { RawEvent } from '../contracts/raw-event.ts'
import type { ReferenceVersions } from '../contracts/reference-documents.ts'
import { shardId } from '../contracts/state-documents.ts'
import { setMark } from '../core/mark.ts'
import { neededDetails, restoreShard, shardAtMark, type ShardPlace } from '../core/shard.ts'
import { liveGeneration } from '../core/timeline.ts'
import { TerminalError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { FactsSource } from '../ports/facts.ts'
import type { ShardState } from '../ports/shard-state.ts'
import { commitLost, foldAndCommit, halve, type Advance, type FoldPorts } from './fold-and-commit.ts'
import type { StreamSetting } from './load-shard.ts'
import type { EventRange } from './replay-events.ts'
import type { HeldShard } from './shard-cache.ts'

export interface ReplaySlicePorts {
  /** Of live: where its facts changed. */
  readonly state: ShardState
  readonly replayState: ShardState
  readonly facts: FactsSource
  readonly clock: Clock
  readonly events: (range: EventRange) => AsyncIterable<readonly RawEvent[]>
}

export interface Slice {
  readonly plan: PartitionPlan
  /** Its last sequence. */
  readonly upTo: number
  /** Asked after every commit: whether the replay is still wanted. */
  readonly goesOn: () => Promise<boolean>
}

/**
 * Folds up to `upTo`, from wherever an earlier attempt has come to. Doing it twice, or on two instances, changes nothing. Answers
 * whether the replay goes on.
 */
export const replaySlice = async (
  ports: ReplaySlicePorts,
  live: StreamSetting,
  replay: ReplayDocument,
  { plan, upTo, goesOn }: Slice,
): Promise<boolean> => {
  refuseOtherDefinition(live, replay)
  const load = () => loadReplayShard(ports.replayState, live, replay, plan)
  let held = await load()
  const from = held.shard.lastSequence + 1
  if (from > upTo) return true
  const fold: FoldPorts = {
    ...ports,
    state: ports.replayState,
    ...(await followMarks(ports, live, replay, { partition: plan.partition, from, to: upTo })),
    committed: () => undefined,
  }
  let mostEvents = Infinity
  const advance = async (step: (held: HeldShard) => Promise<Advance>): Promise<void> => {
    const result = await step(held)
    held = result.kind === 'committed' ? result.held : await load()
    mostEvents = result.kind === 'too-large' ? halve(held.shard.id, result.events) : Infinity
  }
  const { clock } = held.shard
  const range: EventRange = {
    partition: plan.partition,
    from,
    to: upTo,
    enqueuedAt: clock === 0 ? undefined : clock,
    hubCreatedOn: plan.hubCreatedOn,
  }
  for await (const batch of batchesOf(ports.events(range))) {
    const last = batch.at(-1)!.sequence
    while (held.shard.lastSequence < last) {
      const next = batch.find(({ sequence }) => sequence > held.shard.lastSequence)!
      await advance((shard) =>
        next.sequence > shard.shard.lastSequence + 1
          ? lose(fold, shard, plan, next.sequence - 1)
          : foldAndCommit(fold, shard, batch, mostEvents),
      )
    }
    if (!(await goesOn())) return false
  }
  while (held.shard.lastSequence < upTo) await advance((shard) => lose(fold, shard, plan, upTo))
  return true
}

/** Up to `to`, or to where ledgers are compared from: the mark there is set even where no event is left to begin a minute. */
const lose = (fold: FoldPorts, held: HeldShard, { countFrom }: PartitionPlan, to: number): Promise<Advance> => {
  const { shard } = held
  if (shard.lastSequence === countFrom.sequence) setMark(shard)
  return commitLost(fold, held, shard.lastSequence < countFrom.sequence ? Math.min(to, countFrom.sequence) : to)
}

/** About as many as fit into one commit, which writes every window that is open. */
const batchEvents = 2_000

async function* batchesOf(pages: AsyncIterable<readonly RawEvent[]>): AsyncGenerator<readonly RawEvent[]> {
  let batch: RawEvent[] = []
  for await (const page of pages) {
    batch.push(...page)
    if (batch.length < batchEvents) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

export const refuseOtherDefinition = ({ stream }: StreamSetting, { id, definition }: ReplayDocument): void => {
  if (stream.hash === definition) return
  throw new TerminalError(
    `Replay ${id} counts by definition ${definition} of ${stream.name}, this app has ${stream.hash}: the stream was changed ` +
      'while it ran. Nothing was promoted. Create another.',
  )
}

const loadReplayShard = async (
  state: ShardState,
  { stream, heartbeats }: StreamSetting,
  replay: ReplayDocument,
  plan: PartitionPlan,
): Promise<HeldShard> => {
  const place: ShardPlace = {
    stream,
    generation: replay.id,
    heartbeats,
    partition: plan.partition,
    hubCreatedOn: plan.hubCreatedOn,
    replay,
  }
  const id = shardId(stream.name, replay.id, plan.partition)
  const progress = await state.loadProgress(id)
  if (progress === undefined) {
    const reference = replay.facts === 'newest' ? replay.newestFacts : plan.reference
    return { shard: shardAtMark(place, plan.start, reference), fence: undefined, hubCheckedAt: 0 }
  }
  const { openAfter, seenFrom } = neededDetails(place, progress.value)
  const details = await state.loadDetails(id, openAfter, seenFrom)
  return { shard: restoreShard(place, progress.value, details), fence: progress.etag, hubCheckedAt: 0 }
}

/** Marks stand where live's do; the versions change there too, or never. */
const followMarks = async (
  { state }: ReplaySlicePorts,
  { stream }: StreamSetting,
  { facts }: ReplayDocument,
  { partition, from, to }: Pick<EventRange, 'partition' | 'from' | 'to'>,
): Promise<Pick<FoldPorts, 'nextReference' | 'hasMark'>> => {
  // One stands just before each of its events that begins a minute.
  const marks = await state.marks(shardId(stream.name, liveGeneration, partition), from - 1, to - 1)
  const bySequence = new Map(marks.map(({ at, reference }) => [at.sequence, reference]))
  return {
    hasMark: ({ lastSequence }) => bySequence.has(lastSequence),
    nextReference: ({ lastSequence, reference }) => {
      const next = facts === 'newest' ? undefined : bySequence.get(lastSequence)
      return next === undefined || isSame(next, reference) ? undefined : next
    },
  }
}

const isSame = (a: ReferenceVersions, b: ReferenceVersions): boolean =>
  Object.keys({ ...a, ...b }).every((kind) => a[kind] === b[kind])
