import type { TimeRange } from '../contracts/control-documents.ts'
import type { HeartbeatSource } from '../contracts/heartbeat.ts'
import type { ReferenceVersions } from '../contracts/reference-documents.ts'
import { shardId, stateSchemaVersion, type Progress } from '../contracts/state-documents.ts'
import type { CompiledStream } from '../core/compiled-stream.ts'
import { relateDefinitions } from '../core/definition-versions.ts'
import { setMark } from '../core/mark.ts'
import { neededDetails, restoreShard, Shard, type ShardPlace } from '../core/shard.ts'
import { RetryableError, TerminalError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Control } from '../ports/control.ts'
import type { Hub } from '../ports/hub.ts'
import type { ShardState } from '../ports/shard-state.ts'
import { keepDefinition } from './older-rollups.ts'
import type { HeldShard } from './shard-cache.ts'

export interface LoadPorts {
  readonly hub: Hub
  readonly state: ShardState
  readonly control: Control
  readonly clock: Clock
}

export interface StreamSetting {
  readonly stream: CompiledStream
  readonly generation: string
  readonly heartbeats: HeartbeatSource
  /** What a replay's generation covers; undefined for live, which covers all. */
  readonly range?: TimeRange
}

/**
 * Reads a shard as it was last committed. A shard without a commit starts at the hub's first retained event, or at
 * `offered` if the hub has dropped that one since it delivered it.
 */
export const loadShard = async (
  ports: LoadPorts,
  setting: StreamSetting,
  partition: string,
  offered: number,
  /** By which versions of the reference data a new shard begins. */
  newest: ReferenceVersions,
): Promise<HeldShard> => {
  const { stream, generation, heartbeats } = setting
  const { createdOn } = await ports.hub.properties()
  const place: ShardPlace = { stream, generation, heartbeats, partition, hubCreatedOn: createdOn }
  const id = shardId(stream.name, generation, partition)
  const hubCheckedAt = ports.clock.now()
  // progress first: details read after it are at least as new, and if newer, the fence refuses what is built on them.
  const progress = await ports.state.loadProgress(id)
  if (progress === undefined) {
    const { beginningSequence } = await ports.hub.partition(partition)
    const firstSequence = Math.min(beginningSequence, offered)
    await keepDefinition(ports.control, stream)
    return { shard: new Shard(place, firstSequence, newest), fence: undefined, hubCheckedAt }
  }
  refuseStrangers(place, progress.value)
  const began = begunRollups(place, progress.value)
  const { openAfter, seenFrom } = neededDetails(place, progress.value)
  const details = await ports.state.loadDetails(id, openAfter, seenFrom)
  const shard = restoreShard(place, progress.value, details)
  if (began !== undefined) {
    await keepDefinition(ports.control, stream)
    shard.changeDefinition(began)
    setMark(shard)
  }
  return { shard, fence: progress.etag, hubCheckedAt }
}

/** All that is counted by sequences of a hub. */
const emptyContainers = 'empty the containers state, replayState, serving and control'

const hubCheckEveryMs = 60_000

/**
 * Makes sure that the hub is still the one whose sequences a remembered shard counts: once a minute, and before anything
 * at or above `firstOffered` is skipped as done already.
 */
export const checkHub = async (ports: LoadPorts, held: HeldShard, firstOffered: number): Promise<HeldShard> => {
  const now = ports.clock.now()
  const skips = firstOffered <= held.shard.lastSequence
  if (!skips && now - held.hubCheckedAt < hubCheckEveryMs) return held
  const { createdOn } = await ports.hub.properties()
  if (createdOn !== held.shard.place.hubCreatedOn)
    throw recreatedHub(held.shard.id, held.shard.place.hubCreatedOn, createdOn)
  return { ...held, hubCheckedAt: now }
}

const refuseStrangers = (place: ShardPlace, progress: Progress): void => {
  const { shard } = progress
  if (progress.schemaVersion !== stateSchemaVersion) {
    throw new TerminalError(
      `Shard ${shard} was written with schemaVersion ${progress.schemaVersion}, this version reads ${stateSchemaVersion}. ` +
        `Nothing was changed. Run the version that wrote it, or start anew with --reset (Azure: ${emptyContainers}).`,
    )
  }
  if (progress.hubCreatedOn !== place.hubCreatedOn) throw recreatedHub(shard, progress.hubCreatedOn, place.hubCreatedOn)
  if (progress.heartbeats !== place.heartbeats) {
    throw new TerminalError(
      `Shard ${shard} takes its heartbeats from the ${progress.heartbeats}, but MILLRACE_HEARTBEATS says ` +
        `${place.heartbeats}: windows could close too early or never. Nothing was changed. Restore the setting, or start anew with --reset.`,
    )
  }
}

/** The rollups whose version begins now; undefined where the definition is the one that counted so far. */
const begunRollups = ({ stream }: ShardPlace, { shard, versions }: Progress): readonly string[] | undefined => {
  const relation = relateDefinitions(versions, stream.versions)
  switch (relation.kind) {
    case 'same':
      return undefined
    case 'newer':
      return relation.began
    case 'older':
      throw new RetryableError(
        `Shard ${shard} is counted by a newer definition of ${stream.name} than this app has: it waits until it is replaced.`,
      )
    case 'unclear':
      throw new TerminalError(
        `Shard ${shard} was counted by another definition of ${stream.name}, and which of the two is newer is not clear: ` +
          `${relation.problems.join('; ')}. Nothing was changed. Raise the versions, restore the definition, or start anew with ` +
          `--reset (Azure: ${emptyContainers}).`,
      )
  }
}

const recreatedHub = (shard: string, known: string, found: string): TerminalError =>
  new TerminalError(
    `The hub of shard ${shard} was created on ${found}, but the state belongs to the hub created on ${known}: its sequence ` +
      `numbers mean other events. Nothing was skipped or changed. Start anew with --reset (Azure: ${emptyContainers}, a new consumer group), ` +
      'or point the connection back at the old hub.',
  )
