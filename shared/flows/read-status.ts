import type { ShardStatus, StreamStatus } from '../contracts/api.ts'
import { emptyLedger, type Ledger } from '../contracts/ledger.ts'
import { frontierSeries } from '../contracts/serving-documents.ts'
import { shardId, type Progress } from '../contracts/state-documents.ts'
import { allFinal, watermarkOf } from '../core/frontier.ts'
import { formatInstant } from '../core/time.ts'
import type { Hub, PartitionProperties } from '../ports/hub.ts'
import type { Serving } from '../ports/serving.ts'
import type { ShardState } from '../ports/shard-state.ts'
import type { StreamSetting } from './load-shard.ts'

export interface StatusPorts {
  readonly hub: Hub
  readonly state: ShardState
  readonly serving: Serving
}

/** Where a stream stands, from its documents and its hub: the same on every instance. */
export const readStatus = async (ports: StatusPorts, setting: StreamSetting): Promise<StreamStatus> => {
  const { stream, generation } = setting
  const { partitionIds } = await ports.hub.properties()
  const frontierDocument = await ports.serving.readFrontier(frontierSeries(stream.name, generation))
  const frontier = frontierDocument?.value.frontier ?? null
  const reads = await Promise.all(
    partitionIds.map(async (partition) => {
      const progress = await ports.state.loadProgress(shardId(stream.name, generation, partition))
      // The hub after progress: a lag is never negative.
      return { partition, progress: progress?.value, hub: await ports.hub.partition(partition) }
    }),
  )
  const shards = reads.map(({ partition, progress, hub }) => shardStatus(partition, progress, hub, stream.latenessMs))
  return {
    definition: stream.hash,
    heartbeats: setting.heartbeats,
    frontier: instantOrNull(frontier),
    final: allFinal(
      reads.map(({ progress }) => progress),
      frontier,
    ),
    lag: shards.reduce((sum, { lag }) => sum + lag, 0),
    ledger: addUp(shards.map(({ ledger }) => ledger)),
    warnings: addUp(reads.map(({ progress }) => progress?.warnings ?? {})),
    shards,
  }
}

const shardStatus = (
  partition: string,
  progress: Progress | undefined,
  hub: PartitionProperties,
  latenessMs: number,
): ShardStatus => ({
  partition,
  firstSequence: progress?.firstSequence ?? null,
  lastSequence: progress?.lastSequence ?? null,
  hubLastSequence: hub.lastSequence,
  lag: Math.max(0, hub.lastSequence - (progress?.lastSequence ?? hub.beginningSequence - 1)),
  watermark: instantOrNull(watermarkOf(progress, latenessMs)),
  openUntil: instantOrNull(progress?.openUntil ?? null),
  ledger: progress?.ledger ?? emptyLedger(),
})

const addUp = <T extends Ledger | Readonly<Record<string, number>>>(parts: readonly T[]): T => {
  const sums: Record<string, number> = {}
  for (const part of parts) {
    for (const [name, value] of Object.entries(part)) sums[name] = (sums[name] ?? 0) + Number(value)
  }
  return sums as T
}

const instantOrNull = (instantMs: number | null): string | null =>
  instantMs === null ? null : formatInstant(instantMs)
