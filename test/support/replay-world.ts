import { noMeter } from '../../shared/adapters/no-meter.ts'
import type { ReplayDocument, ReplayRequest } from '../../shared/contracts/control-documents.ts'
import { advanceFrontier } from '../../shared/flows/advance-frontier.ts'
import { createReplay } from '../../shared/flows/create-replay.ts'
import { cancelReplay, discardReplay, failReplay, promoteReplay } from '../../shared/flows/decide-replay.ts'
import { readReplay } from '../../shared/flows/change-replay.ts'
import { PublishSchedule } from '../../shared/flows/publish-schedule.ts'
import { replayEvents } from '../../shared/flows/replay-events.ts'
import {
  beginReplay,
  publishReplay,
  reportReplay,
  runSlice,
  type RunReplayPorts,
} from '../../shared/flows/run-replay.ts'
import { frontierSeries } from '../../shared/contracts/serving-documents.ts'
import { alignmentOf } from '../../shared/core/timeline.ts'
import type { ingestWorld } from './ingest-world.ts'

type World = ReturnType<typeof ingestWorld>

/** Replays over a hot path in memory, whose hub holds every event. Their ids are `ids-1` and so on. */
export const replayWorld = (world: World, ids = 'replay') => {
  const { setting } = world
  const { name } = setting.stream
  const ports: RunReplayPorts = {
    ...world,
    events: replayEvents(world),
    publishing: { ...world.publishing, state: world.replayState, meter: noMeter, schedule: new PublishSchedule() },
  }
  let created = 0
  return {
    ports,
    /** Everything that is final, from the first window on. */
    everything: async (): Promise<{ from: number; to: number }> => {
      await advanceFrontier(world.publishing, setting)()
      const frontier = (await world.serving.readFrontier(frontierSeries(name, 'live')))?.value.frontier ?? 0
      const step = alignmentOf(setting.stream)
      return { from: 0, to: Math.floor(frontier / step) * step }
    },
    create: (request: Partial<ReplayRequest> & { readonly from: number; readonly to: number }) => {
      created += 1
      return createReplay(
        world,
        setting,
        { stream: name, mode: 'compare', late: 'count', facts: 'as-live', reason: 'a test', ...request },
        `${ids}-${created}`,
      )
    },
    /** All the steps, as the orchestration takes them, which ends where one says that the replay does not go on. */
    run: async (
      { id, partitions, mode }: ReplayDocument,
      take: <T>(step: () => Promise<T>) => Promise<T> = (step) => step(),
    ): Promise<ReplayDocument> => {
      const steps = [
        () => beginReplay(ports, setting, id),
        ...partitions.flatMap(({ partition, slices }) =>
          [...slices.keys()].map((slice) => () => runSlice(ports, setting, id, { partition, slice })),
        ),
        () => publishReplay(ports, setting, id),
        () => reportReplay(ports, setting, id),
        ...(mode === 'promote' ? [async () => (await promoteReplay(world, name, id)).kind === 'done'] : []),
      ]
      for (const step of steps) if (!(await take(step))) break
      return take(() => readReplay(world.control, name, id))
    },
    promote: (id: string) => promoteReplay(world, name, id),
    discard: (id: string) => discardReplay(world, name, id),
    cancel: (id: string) => cancelReplay(world, name, id),
    fail: (id: string, failure: string) => failReplay(world, name, id, failure),
  }
}
