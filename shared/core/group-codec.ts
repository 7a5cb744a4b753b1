import { decodeAccumulator } from './accumulators.ts'
import { ByteReader, ByteWriter, fromBase64, toBase64 } from './bytes.ts'
import type { CompiledRollup } from './compiled-stream.ts'
import type { Group } from './rollup.ts'

/** Groups to base64: their number, then each one's key and metrics in the order of the rollup. */
export const encodeGroups = (groups: readonly Group[]): string => {
  const writer = new ByteWriter()
  writer.varint(groups.length)
  for (const group of groups) {
    writer.string(group.key)
    for (const metric of group.metrics) metric.encode(writer)
  }
  return toBase64(writer.finish())
}

export const decodeGroups = (rollup: CompiledRollup, data: string): Group[] => {
  const reader = new ByteReader(fromBase64(data))
  const groups = Array.from({ length: reader.varint() }, () => ({
    key: reader.string(),
    metrics: rollup.metrics.map((metric) => decodeAccumulator(metric.definition, reader)),
  }))
  reader.expectEnd()
  return groups
}

/** What a chunk without groups would hold. */
export const noGroups = encodeGroups([])
