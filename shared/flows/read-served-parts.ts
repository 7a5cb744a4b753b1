import type { CompiledRollup } from '../core/compiled-stream.ts'
import type { Span } from '../core/read-plan.ts'
import { decodePart, type ServedPart } from '../core/served-part.ts'
import { seriesOf } from '../core/tiers.ts'
import type { Serving } from '../ports/serving.ts'
import { knownVersion } from './known-version.ts'
import type { StreamSetting } from './load-shard.ts'

/** The served windows of a span, of one generation, in order of time. `chunks`, `keys`: only these; undefined means all. */
export const readServedParts = async (
  serving: Serving,
  { stream, generation }: StreamSetting,
  rollup: CompiledRollup,
  { size, from, to }: Span,
  wanted: { readonly chunks?: readonly number[] | undefined; readonly keys?: ReadonlySet<string> | undefined } = {},
): Promise<ServedPart[]> => {
  const series = seriesOf(stream.name, generation, rollup, size)
  const { heads, chunks } = await serving.readRange(series, from, to, wanted.chunks)
  const byWindow = Map.groupBy(chunks, (chunk) => chunk.windowStart)
  return heads.map((head) =>
    decodePart(rollup, knownVersion(head), (byWindow.get(head.windowStart) ?? []).map(knownVersion), wanted.keys),
  )
}
