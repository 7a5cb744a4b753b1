import type { RollupAnswer, ServedGroup, ServedMetric, ServedWindow } from '../contracts/api.ts'
import {
  frontierSeries,
  servingSchemaVersion,
  windowSeries,
  type ChunkDocument,
  type HeadDocument,
} from '../contracts/serving-documents.ts'
import type { CompiledRollup } from '../core/compiled-stream.ts'
import { decodeGroups } from '../core/group-codec.ts'
import { splitKey } from '../core/group-key.ts'
import type { Group } from '../core/rollup.ts'
import type { RollupQuery } from '../core/rollup-query.ts'
import { chunkOf } from '../core/served-window.ts'
import { formatInstant } from '../core/time.ts'
import { TerminalError } from '../errors.ts'
import type { Serving } from '../ports/serving.ts'
import type { StreamSetting } from './load-shard.ts'

/** Reads served windows of one rollup, each within one logical partition of the serving container. */
export const readRollup = async (
  ports: { readonly serving: Serving },
  { stream, generation }: StreamSetting,
  rollup: CompiledRollup,
  query: RollupQuery,
): Promise<RollupAnswer> => {
  // The frontier first: windows read after it are at least as far.
  const frontier = await ports.serving.readFrontier(frontierSeries(stream.name, generation))
  const { heads, chunks } = await ports.serving.readRange(
    windowSeries(stream.name, generation, rollup.id),
    query.from,
    query.to,
    wantedChunks(rollup, query),
  )
  const byWindow = Map.groupBy(chunks, (chunk) => chunk.windowStart)
  return {
    stream: stream.name,
    rollup: rollup.name,
    version: rollup.version,
    everyMs: rollup.everyMs,
    from: formatInstant(query.from),
    to: formatInstant(query.to),
    next: query.next === undefined ? null : formatInstant(query.next),
    frontier: frontier === undefined ? null : formatInstant(frontier.value.frontier),
    windows: heads.map((head) => servedWindow(rollup, head, byWindow.get(head.windowStart) ?? [], query)),
  }
}

const wantedChunks = (rollup: CompiledRollup, { key }: RollupQuery): number[] | undefined => {
  if (rollup.chunks === 0) return []
  return key === undefined ? undefined : [chunkOf(rollup, key)]
}

const servedWindow = (
  rollup: CompiledRollup,
  head: HeadDocument,
  chunks: readonly ChunkDocument[],
  query: RollupQuery,
): ServedWindow => {
  refuseUnknown(head)
  chunks.forEach(refuseUnknown)
  const [total] = decodeGroups(rollup, head.totals)
  const window = {
    start: formatInstant(head.windowStart),
    end: formatInstant(head.windowEnd),
    final: head.final,
    approximate: head.approximate,
    totals: servedMetrics(rollup, total!),
  }
  if (rollup.by.length === 0) return window
  const groups = chunks
    .flatMap((chunk) => decodeGroups(rollup, chunk.data))
    .filter((group) => query.key === undefined || group.key === query.key)
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  return { ...window, groups: groups.map((group) => servedGroup(rollup, group)) }
}

const servedGroup = (rollup: CompiledRollup, group: Group): ServedGroup => ({
  key: splitKey(group.key, rollup.by),
  metrics: servedMetrics(rollup, group),
})

const servedMetrics = (rollup: CompiledRollup, group: Group): Record<string, ServedMetric> =>
  Object.fromEntries(rollup.metrics.map((metric, i) => [metric.name, group.metrics[i]!.serve()]))

const refuseUnknown = (document: HeadDocument | ChunkDocument): void => {
  if (document.schemaVersion !== servingSchemaVersion) {
    throw new TerminalError(
      `Served document ${document.id} of ${document.series} has schemaVersion ${document.schemaVersion}, this version reads ` +
        `${servingSchemaVersion}. Run the version that wrote it, or reset the stream.`,
    )
  }
}
