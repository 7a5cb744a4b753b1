/** Plans a replay, writes its record and claims its range: from then on it is fixed what it will read and count. */
import {
  controlSchemaVersion,
  type PartitionPlan,
  type ReplayDocument,
  type ReplayRequest,
} from '../contracts/control-documents.ts'
import type { ReferenceVersions } from '../contracts/reference-documents.ts'
import { frontierSeries } from '../contracts/serving-documents.ts'
import { shardId, type MarkDocument } from '../contracts/state-documents.ts'
import type { CompiledStream } from '../core/compiled-stream.ts'
import { relateDefinitions } from '../core/definition-versions.ts'
import { partitionPlan } from '../core/replay-plan.ts'
import { formatInstant } from '../core/time.ts'
import { claimantOf, claimed, emptyTimeline, liveGeneration } from '../core/timeline.ts'
import { RetryableError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Control } from '../ports/control.ts'
import type { Hub } from '../ports/hub.ts'
import type { Reference } from '../ports/reference.ts'
import type { Serving } from '../ports/serving.ts'
import type { ShardState } from '../ports/shard-state.ts'
import type { StreamSetting } from './load-shard.ts'
import { changeTimeline } from './change-timeline.ts'

export interface CreateReplayPorts {
  readonly state: ShardState
  readonly serving: Serving
  readonly hub: Hub
  readonly control: Control
  readonly reference: Reference
  readonly clock: Clock
}

/** `refused`: the request is well formed, but not now, or not over this range; nothing was changed. */
export type CreatedReplay =
  { readonly kind: 'created'; readonly replay: ReplayDocument } | { readonly kind: 'refused'; readonly detail: string }

/** `live`: the stream as the hot path counts it. `id`: unique among all replays. */
export const createReplay = async (
  ports: CreateReplayPorts,
  live: StreamSetting,
  request: ReplayRequest,
  id: string,
): Promise<CreatedReplay> => {
  const refusal = (await aboveFrontier(ports, request)) ?? (await claimedAlready(ports, request))
  if (refusal !== undefined) return { kind: 'refused', detail: refusal }
  const { partitionIds } = await ports.hub.properties()
  const plans = await Promise.all(partitionIds.map((partition) => planPartition(ports, live, request, partition)))
  const unplanned = plans.find((plan) => typeof plan === 'string')
  if (unplanned !== undefined) return { kind: 'refused', detail: unplanned }

  const replay: ReplayDocument = {
    ...request,
    id,
    kind: 'replay',
    schemaVersion: controlSchemaVersion,
    state: 'planned',
    definition: live.stream.hash,
    rollups: live.stream.rollups.map((rollup) => rollup.id),
    newestFacts: await newestFacts(ports, live),
    partitions: plans.filter((plan) => typeof plan !== 'string'),
    createdAt: formatInstant(ports.clock.now()),
  }
  // The record first: a claim of a replay that nobody knows could never be released.
  if ((await ports.control.write(replay, undefined)) === 'conflict') {
    throw new RetryableError(`Replay ${id} exists already. Nothing was changed; ask again.`)
  }
  const claimant = await claim(ports.control, replay)
  if (claimant === undefined) return { kind: 'created', replay }
  const stored = await ports.control.read(request.stream, 'replay', id)
  await ports.control.write({ ...replay, state: 'failed', failure: overlapping(claimant) }, stored?.etag)
  return { kind: 'refused', detail: overlapping(claimant) }
}

/** Not as some instance remembers them: who has just published what is right asks for a replay by it. */
const newestFacts = async ({ reference }: CreateReplayPorts, { stream }: StreamSetting): Promise<ReferenceVersions> => {
  const kinds = [...stream.reference.keys()]
  const versions = await Promise.all(kinds.map((kind) => reference.newest(kind)))
  return Object.fromEntries(kinds.map((kind, i) => [kind, versions[i]?.version ?? 0]))
}

const aboveFrontier = async (
  { serving }: CreateReplayPorts,
  { stream, to }: ReplayRequest,
): Promise<string | undefined> => {
  const frontier = (await serving.readFrontier(frontierSeries(stream, liveGeneration)))?.value.frontier
  if (frontier !== undefined && to <= frontier) return undefined
  const stands = frontier === undefined ? 'there is none yet' : `it stands at ${formatInstant(frontier)}`
  return `to: expected at or before the frontier, up to which windows are final; ${stands}`
}

const claimedAlready = async ({ control }: CreateReplayPorts, request: ReplayRequest): Promise<string | undefined> => {
  const stored = await control.read(request.stream, 'timeline', 'timeline')
  const claimant = stored === undefined ? undefined : claimantOf(stored.value, request)
  return claimant === undefined ? undefined : overlapping(claimant)
}

const overlapping = (claimant: string): string =>
  `replay ${claimant} works on a part of this range, or waits there to be promoted or discarded: decide about it first`

/** Who holds a part of the range already; undefined where it is ours now. */
const claim = async (control: Control, replay: ReplayDocument): Promise<string | undefined> => {
  let claimant: string | undefined
  await changeTimeline(control, replay.stream, (timeline = emptyTimeline(replay.stream)) => {
    claimant = claimantOf(timeline, replay)
    if (claimant === replay.id) claimant = undefined
    else if (claimant === undefined) return claimed(timeline, replay.id, replay)
    return undefined
  })
  return claimant
}

/** The plan; or why there can be none. */
const planPartition = async (
  { state }: CreateReplayPorts,
  { stream }: StreamSetting,
  request: ReplayRequest,
  partition: string,
): Promise<PartitionPlan | string> => {
  const shard = shardId(stream.name, liveGeneration, partition)
  const countFrom = await lastMarkBefore(state, shard, stream, request.from)
  if (countFrom === undefined) return `from: the marks of partition ${partition} do not reach back to it`
  const start =
    request.late === 'count' ? countFrom : await markOfHorizon(state, shard, countFrom.at.clock - stream.horizonMs)
  if (start === undefined)
    return `from: the marks of partition ${partition} do not reach back to the duplicates before it`
  const passed = await state.firstMark(shard, 'advancedTo', request.to + stream.latenessMs)
  const lastLate = request.late === 'count' ? await lastLateSequence(state, shard, request) : -1
  const end =
    passed === undefined || passed.at.sequence >= lastLate ? passed : await state.firstMark(shard, 'sequence', lastLate)
  // Read last, so that it is after all that was found before.
  const progress = await state.loadProgress(shard)
  if (progress === undefined) return `partition ${partition} has no state to start from`
  const relation = relateDefinitions(progress.value.versions, stream.versions)
  if (relation.kind === 'older')
    return `stream: a newer definition than this app's counts it; ask the instances that have that one`
  if (relation.kind === 'unclear')
    return `stream: its definition was changed without its version: ${relation.problems.join('; ')}`
  const { lastSequence, ledger } = progress.value
  const countTo =
    end === undefined ? { sequence: lastSequence, ledger } : { sequence: end.at.sequence, ledger: end.ledger }
  const events = countTo.sequence - start.at.sequence
  if (request.late === 'count' && events > mostCounted) {
    return (
      `to: partition ${partition} has ${events} events to read, and one that counts late events holds the identities of at most ` +
      `${mostCounted}: replay the range in parts`
    )
  }
  return partitionPlan(progress.value, { start, countFrom, countTo })
}

/** The last before which no event occurred at `from` or later. */
const lastMarkBefore = async (
  state: ShardState,
  shard: string,
  { hash }: CompiledStream,
  from: number,
): Promise<MarkDocument | undefined> => {
  const known = await state.lastMark(shard, 'newest', from - 1)
  // Nobody knows when the dead occurred, but not after they came; an older definition may have refused what this one counts.
  const arrived = await state.lastMark(shard, 'clock', from - 1_000)
  const mayLive = known !== undefined && arrived !== undefined && arrived.definition !== hash
  return mayLive && arrived.ledger.dead < known.ledger.dead ? arrived : known
}

/** The last mark before everything that came at `clock` or later; undefined where it has expired. */
const markOfHorizon = async (state: ShardState, shard: string, clock: number): Promise<MarkDocument | undefined> => {
  // Earlier than it: an identity is still known when it is as old as the horizon.
  const known = await state.lastMark(shard, 'clock', clock - 1)
  if (known !== undefined) return known
  const first = await state.firstMark(shard, 'sequence', -1)
  return first?.ledger.received === 0 ? first : undefined
}

/** Identities that are unique for good are all held in memory: some 100 bytes each. */
const mostCounted = 5_000_000
const hourMs = 3_600_000

const lastLateSequence = async (state: ShardState, shard: string, { from, to }: ReplayRequest): Promise<number> => {
  const first = Math.floor(from / hourMs) * hourMs
  // Progress first: what it holds by now is in the documents, should it be written to them meanwhile.
  const progress = await state.loadProgress(shard)
  const unwritten = Object.entries(progress?.value.dirtyHours ?? {}).flatMap(([hour, dirty]) =>
    Number(hour) >= first && Number(hour) < to ? [dirty] : [],
  )
  const written = await state.dirtyHours(shard, first, to)
  return Math.max(-1, ...[...unwritten, ...written].map(({ lastSequence }) => lastSequence))
}
