/** A window as it is served: the shards' slabs merged, recomputed from scratch each time and hence idempotent. */
import {
  servingSchemaVersion,
  windowDay,
  type ChunkDocument,
  type HeadDocument,
  type WindowSeries,
} from '../contracts/serving-documents.ts'
import { stateSchemaVersion, type SlabDocument } from '../contracts/state-documents.ts'
import { InvariantError } from '../errors.ts'
import type { CompiledRollup } from './compiled-stream.ts'
import { decodeGroups, encodeGroups } from './group-codec.ts'
import { hash64 } from './hash.ts'
import { emptyMetrics, RollupWindow, type Group } from './rollup.ts'

export interface WindowSource {
  readonly series: WindowSeries
  readonly rollup: CompiledRollup
  readonly windowStart: number
  /** For each partition, in order, its slabs of this window in slab order. */
  readonly slabs: readonly (readonly SlabDocument[])[]
  /** For each partition the `lastSequence` of its progress, read before the slabs; -1 before its first commit. */
  readonly vector: readonly number[]
  /** The newest of their clocks, epoch ms. */
  readonly clock: number
  readonly final: boolean
  /** Whether a shard has events of it that came before this version of the rollup began. */
  readonly partial: boolean
}

export interface WindowDocuments {
  readonly head: HeadDocument
  readonly chunks: readonly ChunkDocument[]
}

/** Merges shards in partition order, groups in order of first appearance, so that results repeat to the last digit. */
export const serveWindow = (source: WindowSource): WindowDocuments => {
  const { rollup, windowStart, slabs } = source
  const merged = new RollupWindow(rollup, windowStart)
  for (const slab of slabs.flat()) {
    if (slab.schemaVersion !== stateSchemaVersion) throw unknownVersion(slab)
    for (const group of decodeGroups(rollup, slab.data)) merged.merge(group)
    merged.approximate ||= slab.approximate
  }
  return windowDocuments(source.series, rollup, {
    start: windowStart,
    total: totalOf(merged),
    groups: merged.groups,
    approximate: merged.approximate,
    partial: source.partial,
    final: source.final,
    vector: coveredBy(source),
    clock: source.clock,
    slabs: slabs.map((ofPartition) => ofPartition.length),
    keepSeconds: rollup.keepSeconds,
  })
}

export interface WindowContent extends Pick<HeadDocument, 'approximate' | 'final' | 'vector' | 'clock' | 'slabs'> {
  readonly partial: boolean
  /** Epoch ms. */
  readonly start: number
  readonly total: Group
  readonly groups: readonly Group[]
  readonly keepSeconds: number
}

export const windowDocuments = (
  series: WindowSeries,
  rollup: CompiledRollup,
  { start, total, groups, keepSeconds, partial, ...content }: WindowContent,
): WindowDocuments => {
  const common = {
    series: series.name,
    day: windowDay(start, series.everyMs),
    schemaVersion: servingSchemaVersion,
    windowStart: start,
    ttl: keepSeconds,
  }
  return {
    head: {
      ...common,
      ...content,
      ...(partial ? { partial } : {}),
      id: `${start}:head`,
      kind: 'head',
      windowEnd: start + series.everyMs,
      groups: groups.length,
      totals: encodeGroups([total]),
    },
    chunks: chunksOf(rollup, groups).map((ofChunk, chunk) => ({
      ...common,
      vector: content.vector,
      id: `${start}:${chunk}`,
      kind: 'chunk',
      chunk,
      data: encodeGroups(ofChunk),
    })),
  }
}

/** Which chunk of a served window holds the group. */
export const chunkOf = (rollup: CompiledRollup, key: string): number => Number(hash64(key) % BigInt(rollup.chunks))

/** Slabs read after `progress` may be newer than it: the vector says what is in here at least. */
const coveredBy = ({ vector, slabs }: WindowSource): number[] =>
  vector.map((sequence, partition) => Math.max(sequence, ...(slabs[partition] ?? []).map((slab) => slab.sequence)))

const totalOf = (window: RollupWindow): Group => {
  const metrics = emptyMetrics(window.rollup)
  for (const group of window.groups) {
    for (const [i, metric] of group.metrics.entries()) metrics[i]!.merge(metric)
  }
  return { key: '', metrics }
}

const chunksOf = (rollup: CompiledRollup, inAll: readonly Group[]): Group[][] => {
  const chunks: Group[][] = Array.from({ length: rollup.chunks }, () => [])
  if (chunks.length === 0) return chunks
  for (const group of inAll) chunks[chunkOf(rollup, group.key)]!.push(group)
  for (const groups of chunks) groups.sort((a, b) => (a.key < b.key ? -1 : 1))
  return chunks
}

const unknownVersion = (slab: SlabDocument): InvariantError =>
  new InvariantError(
    `Slab ${slab.id} of shard ${slab.shard} has schemaVersion ${slab.schemaVersion}, expected ${stateSchemaVersion}: ` +
      'deploy the version of Millrace that wrote it, or reset the stream.',
  )
