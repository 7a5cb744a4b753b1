/**
 * The steps of a replay after its creation, each safe to do again and on any instance: begin, slices, publish, compare,
 * and promote where that was asked for. Whoever drives them (functions/replay.ts) remembers only which of them are done.
 */
import type { ReplayDocument, ReplayState } from '../contracts/control-documents.ts'
import { formatInstant } from '../core/time.ts'
import { TerminalError } from '../errors.ts'
import type { Control } from '../ports/control.ts'
import { moveFrontier, type AdvanceFrontierPorts } from './advance-frontier.ts'
import { changeReplay, readReplay } from './change-replay.ts'
import { compareReplay, type CompareReplayPorts } from './compare-replay.ts'
import type { StreamSetting } from './load-shard.ts'
import { refuseOtherDefinition, replaySlice, type ReplaySlicePorts } from './replay-slice.ts'

export interface RunReplayPorts extends ReplaySlicePorts, CompareReplayPorts {
  readonly control: Control
  /** Everything that publishes, over the replays' state. */
  readonly publishing: AdvanceFrontierPorts
}

const atWork: readonly ReplayState[] = ['planned', 'running']

/** Whether the replay goes on: false once it was cancelled. */
export const beginReplay = async (ports: RunReplayPorts, live: StreamSetting, id: string): Promise<boolean> => {
  const now = formatInstant(ports.clock.now())
  const replay = await changeReplay(ports.control, live.stream.name, id, (stored) =>
    stored.state === 'planned' ? { ...stored, state: 'running', startedAt: now } : undefined,
  )
  return isAtWork(replay)
}

/** Whether the replay goes on. `slice`: its place in the partition's plan. */
export const runSlice = async (
  ports: RunReplayPorts,
  live: StreamSetting,
  id: string,
  { partition, slice }: { readonly partition: string; readonly slice: number },
): Promise<boolean> => {
  const replay = await readReplay(ports.control, live.stream.name, id)
  if (!isAtWork(replay)) return false
  const plan = replay.partitions.find((each) => each.partition === partition)
  const upTo = plan?.slices[slice]
  if (plan === undefined || upTo === undefined) {
    throw new TerminalError(`Replay ${id} has no slice ${slice} of partition ${partition}.`)
  }
  const goesOn = async (): Promise<boolean> => isAtWork(await readReplay(ports.control, live.stream.name, id))
  return replaySlice(ports, live, replay, { plan, upTo, goesOn })
}

/** Serves the generation's windows, tiers and all, under its own name: nobody sees them before it is promoted. */
export const publishReplay = async (ports: RunReplayPorts, live: StreamSetting, id: string): Promise<boolean> => {
  const now = formatInstant(ports.clock.now())
  const replay = await changeReplay(ports.control, live.stream.name, id, (stored) =>
    stored.state === 'running' && stored.foldedAt === undefined ? { ...stored, foldedAt: now } : undefined,
  )
  if (!isAtWork(replay)) return false
  refuseOtherDefinition(live, replay)
  await moveFrontier(ports.publishing, { ...live, generation: id, range: replay })
  return true
}

/** Writes the report; the replay is then ready for a decision. */
export const reportReplay = async (ports: RunReplayPorts, live: StreamSetting, id: string): Promise<boolean> => {
  const { name } = live.stream
  const replay = await readReplay(ports.control, name, id)
  // Written, and then nobody heard of it: what comes next is still to be done.
  if (replay.state === 'ready') return true
  if (!isAtWork(replay)) return false
  refuseOtherDefinition(live, replay)
  const timeline = await ports.control.read(name, 'timeline', 'timeline')
  const report = await compareReplay(ports, live, replay, timeline?.value, foldingSeconds(replay))
  const reported = await changeReplay(ports.control, name, id, (stored) =>
    stored.state === 'running' ? { ...stored, state: 'ready', report } : undefined,
  )
  return reported.state === 'ready'
}

const isAtWork = ({ state }: ReplayDocument): boolean => atWork.includes(state)

const foldingSeconds = ({ startedAt, foldedAt }: ReplayDocument): number =>
  startedAt === undefined || foldedAt === undefined ? 0 : (Date.parse(foldedAt) - Date.parse(startedAt)) / 1_000
