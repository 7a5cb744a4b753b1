/** Answers a request for windows of one rollup from what is served. */
import type { RollupAnswer } from '../contracts/api.ts'
import type { TimelineDocument } from '../contracts/control-documents.ts'
import { frontierSeries } from '../contracts/serving-documents.ts'
import type { CompiledRollup } from '../core/compiled-stream.ts'
import { fittingSizes, pageEnd, spansOf, wantedChunks, windowsPerRead, type Span } from '../core/read-plan.ts'
import { rollupAnswer } from '../core/rollup-answer.ts'
import type { RollupQuery } from '../core/rollup-query.ts'
import { mergeParts, type ServedPart } from '../core/served-part.ts'
import type { WindowSize } from '../core/tiers.ts'
import { windowStart } from '../core/time.ts'
import { generationSpans } from '../core/timeline.ts'
import type { Control } from '../ports/control.ts'
import type { Serving } from '../ports/serving.ts'
import { knownVersion } from './known-version.ts'
import type { StreamSetting } from './load-shard.ts'
import { readServedParts } from './read-served-parts.ts'

/**
 * The timeline says which generation answers for which part. Each read is within one logical partition of the serving container: a day,
 * month or year of one series.
 */
export const readRollup = async (
  { serving, control }: { readonly serving: Serving; readonly control: Control },
  setting: StreamSetting,
  rollup: CompiledRollup,
  query: RollupQuery,
): Promise<RollupAnswer> => {
  // The frontier first: windows read after it are at least as far.
  const stored = await serving.readFrontier(frontierSeries(setting.stream.name, setting.generation))
  const frontier = stored === undefined ? undefined : knownVersion(stored.value).frontier
  const timeline = (await control.read(setting.stream.name, 'timeline', 'timeline'))?.value
  const reading: Reading = { serving, setting, rollup, query, frontier, timeline }
  const steps = new Map<number, ServedPart>()
  const sizes = fittingSizes(rollup, query.stepMs)
  let from = query.from - (query.windowMs - query.stepMs)
  let to = query.from
  let groups = 0
  for (let plan = 0; to < query.to && plan < mostPlans && groups < enoughGroups; plan += 1) {
    to = pageEnd(rollup, { ...query, from: to }, frontier)
    for await (const parts of readParts(reading, sizes, from, to)) {
      addToSteps(reading, steps, parts)
      groups += parts.reduce((sum, part) => sum + part.groups.length + 1, 0)
    }
    from = to
  }
  return rollupAnswer({ stream: setting.stream.name, rollup, query, to, frontier, steps })
}

/** A page is planned for windows as full as they may be: one that held less than this goes on with what comes next. */
const enoughGroups = 5_000
const mostPlans = 40

interface Reading {
  readonly serving: Serving
  readonly setting: StreamSetting
  readonly rollup: CompiledRollup
  readonly query: RollupQuery
  readonly frontier: number | undefined
  readonly timeline: TimelineDocument | undefined
}

/** The served windows of `[from, to)`, of `sizes` the coarsest first, a few at a time. */
async function* readParts(
  reading: Reading,
  sizes: readonly WindowSize[],
  from: number,
  to: number,
): AsyncGenerator<readonly ServedPart[]> {
  for (const { generation, ...range } of generationSpans(reading.timeline, reading.rollup.id, from, to)) {
    for (const span of spansOf(sizes, range.from, range.to, reading.frontier))
      yield* readSpan(reading, generation, span, sizes)
  }
}

async function* readSpan(
  reading: Reading,
  generation: string,
  span: Span,
  sizes: readonly WindowSize[],
): AsyncGenerator<readonly ServedPart[]> {
  const { serving, setting, rollup, query } = reading
  const wanted = { chunks: wantedChunks(rollup, query), keys: query.keys }
  const stride = windowsPerRead(rollup, query) * span.size.everyMs
  for (let from = span.from; from < span.to; from += stride) {
    const part = { ...span, from, to: Math.min(span.to, from + stride) }
    const parts = await readServedParts(serving, { ...setting, generation }, rollup, part, wanted)
    yield parts
    if (span.size.tier === undefined) continue
    // What could not be merged into a tier is an empty window there, and never final: what is served of it is finer.
    const finer = sizes.slice(sizes.indexOf(span.size) + 1)
    for (const { final, start, end } of parts) if (!final) yield* readParts(reading, finer, start, end)
  }
}

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
