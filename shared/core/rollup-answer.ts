/** What is answered: the windows of a query, made of what the steps hold. */
import type { RollupAnswer, ServedWindow } from '../contracts/api.ts'
import type { ServedMetric } from '../contracts/served-metric.ts'
import type { CompiledRollup } from './compiled-stream.ts'
import { splitKey } from './group-key.ts'
import type { Group } from './rollup.ts'
import type { RollupQuery } from './rollup-query.ts'
import { mergeParts, type ServedPart } from './served-part.ts'
import { formatInstant } from './time.ts'
import { topGroups } from './top-groups.ts'

export interface AnswerSource {
  readonly stream: string
  readonly rollup: CompiledRollup
  readonly query: RollupQuery
  /** Where this answer ends: the `to` of the query or before. */
  readonly to: number
  /** Epoch ms; undefined before there is one. */
  readonly frontier: number | undefined
  /** What each step holds, by its start; steps without events are absent. */
  readonly steps: ReadonlyMap<number, ServedPart>
}

export const rollupAnswer = (source: AnswerSource): RollupAnswer => {
  const { stream, rollup, query, to, frontier } = source
  const windows = viewsOf(source).map((view) => servedWindow(source, view))
  return {
    stream,
    rollup: rollup.name,
    version: rollup.version,
    everyMs: rollup.everyMs,
    stepMs: query.stepMs,
    windowMs: query.windowMs,
    from: formatInstant(query.from),
    to: formatInstant(to),
    next: to < query.to ? formatInstant(to) : null,
    frontier: frontier === undefined ? null : formatInstant(frontier),
    asOf: windows.map(({ asOf }) => asOf).reduce<string | null>((a, b) => (a === null || b > a ? b : a), null),
    final: to <= (frontier ?? 0) && windows.every(({ final }) => final),
    windows,
  }
}

/** One window each step, that ends with the step; those without events are absent. */
const viewsOf = ({ rollup, query, to, steps }: AnswerSource): ServedPart[] => {
  const { from, stepMs, windowMs } = query
  const views: ServedPart[] = []
  for (let end = from + stepMs; end <= to; end += stepMs) {
    const start = end - windowMs
    const parts: ServedPart[] = []
    for (let step = start; step < end; step += stepMs) {
      const part = steps.get(step)
      if (part !== undefined) parts.push(part)
    }
    if (parts.length > 0) views.push(mergeParts(rollup, { start, end }, parts))
  }
  return views
}

const servedWindow = ({ rollup, query, frontier }: AnswerSource, view: ServedPart): ServedWindow => {
  const { metrics, top } = query
  const isComplete = view.end <= (frontier ?? 0) || view.coveredMs === view.end - view.start
  const window = {
    start: formatInstant(view.start),
    end: formatInstant(view.end),
    final: view.final && isComplete,
    approximate: view.approximate,
    ...(view.partial ? { partial: view.partial } : {}),
    asOf: formatInstant(view.clock),
    totals: servedMetrics(rollup, view.total, metrics),
  }
  if (rollup.by.length === 0) return window
  const groups =
    top === undefined ? view.groups.toSorted((a, b) => (a.key < b.key ? -1 : 1)) : topGroups(rollup, view.groups, top)
  return {
    ...window,
    groups: groups.map((group) => ({
      key: splitKey(group.key, rollup.by),
      metrics: servedMetrics(rollup, group, metrics),
    })),
  }
}

const servedMetrics = (
  rollup: CompiledRollup,
  group: Group,
  wanted: RollupQuery['metrics'],
): Record<string, ServedMetric> =>
  Object.fromEntries(
    rollup.metrics.flatMap(({ name }, i) =>
      wanted === undefined || wanted.has(name) ? [[name, group.metrics[i]!.serve()]] : [],
    ),
  )
