import { frontierSeries } from '../contracts/serving-documents.ts'
import { shardId } from '../contracts/state-documents.ts'
import { allFinal } from '../core/frontier.ts'
import type { Hub } from '../ports/hub.ts'
import type { Serving } from '../ports/serving.ts'
import type { ShardState } from '../ports/shard-state.ts'
import type { StreamSetting } from './load-shard.ts'

export interface HeartbeatPorts {
  readonly hub: Hub
  readonly state: ShardState
  readonly serving: Serving
}

/**
 * While any window of the stream is not final, every partition gets a heartbeat, busy, silent or unused, so that event
 * time advances where nothing else comes. So it does while a partition holds events that were never committed: where the
 * trigger has gone past them (Event Hubs checkpoints after a failed invocation too), only a further event shows the hole.
 */
export const sendHeartbeats = (ports: HeartbeatPorts, setting: StreamSetting) => async (): Promise<void> => {
  if (setting.heartbeats === 'feed') return
  const { partitionIds } = await ports.hub.properties()
  const frontier = await ports.serving.readFrontier(frontierSeries(setting.stream.name, setting.generation))
  const shards = await Promise.all(
    partitionIds.map((id) => ports.state.loadProgress(shardId(setting.stream.name, setting.generation, id))),
  )
  const progress = shards.map((shard) => shard?.value)
  if (allFinal(progress, frontier?.value.frontier ?? null)) {
    const hub = await Promise.all(partitionIds.map((id) => ports.hub.partition(id)))
    const isBehind = hub.some(
      ({ isEmpty, lastSequence }, i) => !isEmpty && lastSequence > (progress[i]?.lastSequence ?? -1),
    )
    if (!isBehind) return
  }
  await Promise.all(partitionIds.map((id) => ports.hub.sendHeartbeat(id)))
}
