import { noMeter } from '../../shared/adapters/no-meter.ts'
import type { ReplayDocument, ReplayRequest } from '../../shared/contracts/control-documents.ts'
import { advanceFrontier } from '../../shared/flows/advance-frontier.ts'
import { createReplay } from '../../shared/flows/create-replay.ts'
import { promoteReplay } from '../../shared/flows/decide-replay.ts'
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

/** Replays over a hot path in memory, whose hub holds every event. */
export const replayWorld = (world: World) => {
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
        `replay-${created}`,
      )
    },
    /** All the steps, as the orchestration takes them. */
    run: async ({ id, partitions }: ReplayDocument): Promise<ReplayDocument> => {
      await beginReplay(ports, setting, id)
      for (const { partition, slices } of partitions) {
        for (const slice of slices.keys()) await runSlice(ports, setting, id, { partition, slice })
      }
      await publishReplay(ports, setting, id)
      await reportReplay(ports, setting, id)
      return (await world.control.read(name, 'replay', id))!.value
    },
    promote: (id: string) => promoteReplay(world, name, id),
  }
}
