/** Answers a request for windows of one rollup from what is served. */
import type { RollupAnswer } from '../contracts/api.ts'
import { frontierSeries, type ChunkDocument, type HeadDocument } from '../contracts/serving-documents.ts'
import type { CompiledRollup } from '../core/compiled-stream.ts'
import { fittingSizes, pageEnd, spansOf, wantedChunks, windowsPerRead, type Span } from '../core/read-plan.ts'
import { rollupAnswer } from '../core/rollup-answer.ts'
import type { RollupQuery } from '../core/rollup-query.ts'
import { decodePart, mergeParts, type ServedPart } from '../core/served-part.ts'
import { seriesOf, type WindowSize } from '../core/tiers.ts'
import { windowStart } from '../core/time.ts'
import type { Serving } from '../ports/serving.ts'
import { knownVersion } from './known-version.ts'
import type { StreamSetting } from './load-shard.ts'

/** Each read is within one logical partition of the serving container: a day, month or year of one series. */
export const readRollup = async (
  { serving }: { readonly serving: Serving },
  setting: StreamSetting,
  rollup: CompiledRollup,
  query: RollupQuery,
): Promise<RollupAnswer> => {
  // The frontier first: windows read after it are at least as far.
  const stored = await serving.readFrontier(frontierSeries(setting.stream.name, setting.generation))
  const frontier = stored === undefined ? undefined : knownVersion(stored.value).frontier
  const to = pageEnd(rollup, query, frontier)
  const reading: Reading = { serving, setting, rollup, query, frontier }
  const steps = new Map<number, ServedPart>()
  const from = query.from - (query.windowMs - query.stepMs)
  for await (const parts of readParts(reading, fittingSizes(rollup, query.stepMs), from, to)) {
    addToSteps(reading, steps, parts)
  }
  return rollupAnswer({ stream: setting.stream.name, rollup, query, to, frontier, steps })
}

interface Reading {
  readonly serving: Serving
  readonly setting: StreamSetting
  readonly rollup: CompiledRollup
  readonly query: RollupQuery
  readonly frontier: number | undefined
}

/** The served windows of `[from, to)`, of `sizes` the coarsest first, a few at a time. */
async function* readParts(
  reading: Reading,
  sizes: readonly WindowSize[],
  from: number,
  to: number,
): AsyncGenerator<readonly ServedPart[]> {
  const most = windowsPerRead(reading.rollup, reading.query)
  for (const span of spansOf(sizes, from, to, reading.frontier)) {
    const stride = most * span.size.everyMs
    for (let at = span.from; at < span.to; at += stride) {
      const parts = await readSpan(reading, { ...span, from: at, to: Math.min(span.to, at + stride) })
      yield parts
      if (span.size.tier === undefined) continue
      // What could not be merged into a tier is an empty window there, and never final: what is served of it is finer.
      const finer = sizes.slice(sizes.indexOf(span.size) + 1)
      for (const { final, start, end } of parts) if (!final) yield* readParts(reading, finer, start, end)
    }
  }
}

const readSpan = async ({ serving, setting, rollup, query }: Reading, span: Span): Promise<ServedPart[]> => {
  const series = seriesOf(setting.stream.name, setting.generation, rollup, span.size)
  const { heads, chunks } = await serving.readRange(series, span.from, span.to, wantedChunks(rollup, query))
  const byWindow = Map.groupBy(chunks, (chunk) => chunk.windowStart)
  return heads.map((head) => partOf(rollup, head, byWindow.get(head.windowStart) ?? [], query.keys))
}

const partOf = (
  rollup: CompiledRollup,
  head: HeadDocument,
  chunks: readonly ChunkDocument[],
  keys: RollupQuery['keys'],
): ServedPart => decodePart(rollup, knownVersion(head), chunks.map(knownVersion), keys)

/** Merged as they come, so that no more than a read and the steps themselves are held. */
const addToSteps = (
  { rollup, query: { stepMs } }: Reading,
  steps: Map<number, ServedPart>,
  parts: readonly ServedPart[],
): void => {
  for (const [start, ofStep] of Map.groupBy(parts, (part) => windowStart(part.start, stepMs))) {
    const before = steps.get(start)
    const all = before === undefined ? ofStep : [before, ...ofStep]
    steps.set(start, mergeParts(rollup, { start, end: start + stepMs }, all))
  }
}
