import type { ReplayAnswer } from '../contracts/api.ts'
import type { ReplayDocument } from '../contracts/control-documents.ts'
import { shardId } from '../contracts/state-documents.ts'
import { plannedEvents } from '../core/replay-plan.ts'
import { formatInstant } from '../core/time.ts'
import type { Clock } from '../ports/clock.ts'
import type { Control } from '../ports/control.ts'
import type { ShardState } from '../ports/shard-state.ts'

export interface ReadReplaysPorts {
  readonly control: Control
  readonly replayState: ShardState
  readonly clock: Clock
}

/** undefined where there is none of that id. */
export const describeReplay = async (
  ports: ReadReplaysPorts,
  stream: string,
  id: string,
): Promise<ReplayAnswer | undefined> => {
  const stored = await ports.control.read(stream, 'replay', id)
  return stored === undefined ? undefined : answer(ports, stored.value)
}

/** Of one stream, newest first. */
export const listReplays = async (ports: ReadReplaysPorts, stream: string): Promise<ReplayAnswer[]> => {
  const replays = await ports.control.list(stream, 'replay')
  return Promise.all(
    replays.toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1)).map((replay) => answer(ports, replay)),
  )
}

const answer = async (ports: ReadReplaysPorts, replay: ReplayDocument): Promise<ReplayAnswer> => ({
  id: replay.id,
  stream: replay.stream,
  from: formatInstant(replay.from),
  to: formatInstant(replay.to),
  mode: replay.mode,
  late: replay.late,
  facts: replay.facts,
  reason: replay.reason,
  state: replay.state,
  createdAt: replay.createdAt,
  startedAt: replay.startedAt ?? null,
  endedAt: replay.endedAt ?? null,
  progress: await progressOf(ports, replay),
  report: replay.report ?? null,
  failure: replay.failure ?? null,
})

const progressOf = async (
  { replayState, clock }: ReadReplaysPorts,
  { stream, id, partitions, startedAt, foldedAt, endedAt }: ReplayDocument,
): Promise<ReplayAnswer['progress']> => {
  const reached = await Promise.all(
    partitions.map(async ({ partition, start, slices }) => {
      const progress = await replayState.loadProgress(shardId(stream, id, partition))
      const last = progress?.value.lastSequence ?? start.sequence
      return { events: last - start.sequence, slices: slices.filter((end) => end <= last).length }
    }),
  )
  const events = plannedEvents(partitions)
  const eventsDone = reached.reduce((sum, part) => sum + part.events, 0)
  const until = foldedAt ?? endedAt
  const isReading = startedAt !== undefined && until === undefined
  const seconds = isReading ? (clock.now() - Date.parse(startedAt)) / 1_000 : 0
  const rate = isReading && seconds > 0 && eventsDone > 0 ? eventsDone / seconds : undefined
  return {
    events,
    eventsDone,
    slices: partitions.reduce((sum, { slices }) => sum + slices.length, 0),
    slicesDone: reached.reduce((sum, part) => sum + part.slices, 0),
    eventsPerSecond: rate === undefined ? null : Math.round(rate),
    secondsLeft: rate === undefined ? null : Math.ceil((events - eventsDone) / rate),
  }
}
