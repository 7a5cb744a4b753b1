/**
 * Which generation answers for which time: pure rules over one document, so that each change of it is one conditional write.
 *
 *   live      ├─────────┤                   ├──────────────▶
 *   replay 7            ├──────┤      ┊
 *   replay 9                   ├──────┤     promoted later, over a part of 7
 */
import {
  controlSchemaVersion,
  type ReplayDocument,
  type TimelineDocument,
  type TimeRange,
} from '../contracts/control-documents.ts'
import type { CompiledStream } from './compiled-stream.ts'

export const liveGeneration = 'live'

export interface GenerationSpan extends TimeRange {
  readonly generation: string
}

export const emptyTimeline = (stream: string): TimelineDocument => ({
  id: 'timeline',
  stream,
  kind: 'timeline',
  schemaVersion: controlSchemaVersion,
  ranges: [],
  claims: [],
})

/** What promoted ranges and replays align to, in ms: the least common multiple of all rollups' windows. */
export const alignmentOf = (stream: CompiledStream): number =>
  stream.rollups.map(({ everyMs }) => everyMs).reduce(leastCommonMultiple, 1)

/** Covers `[from, to)` in order of time, without a gap. `rollup`: its id, with the version that is read. */
export const generationSpans = (
  timeline: TimelineDocument | undefined,
  rollup: string,
  from: number,
  to: number,
): GenerationSpan[] => {
  const spans: GenerationSpan[] = []
  let at = from
  const add = (generation: string, end: number): void => {
    if (end <= at) return
    const last = spans.at(-1)
    if (last?.generation === generation) spans[spans.length - 1] = { ...last, to: end }
    else spans.push({ generation, from: at, to: end })
    at = end
  }
  for (const range of timeline?.ranges ?? []) {
    if (!range.rollups.includes(rollup)) continue
    add(liveGeneration, Math.min(range.from, to))
    add(range.generation, Math.min(range.to, to))
  }
  add(liveGeneration, to)
  return spans
}

/** The replay at work on, or awaiting a decision about, any part of the range. */
export const claimantOf = ({ claims }: TimelineDocument, range: TimeRange): string | undefined =>
  claims.find((claim) => overlaps(claim, range))?.replay

export const claimed = (timeline: TimelineDocument, replay: string, { from, to }: TimeRange): TimelineDocument => ({
  ...timeline,
  claims: [...timeline.claims, { from, to, replay }],
})

export const released = (timeline: TimelineDocument, replay: string): TimelineDocument => ({
  ...timeline,
  claims: timeline.claims.filter((claim) => claim.replay !== replay),
})

/** The replay's generation answers for its rollups in the range from now on, whoever did before; its claim ends. */
export const promoted = (
  timeline: TimelineDocument,
  { id: generation, rollups, from, to }: Pick<ReplayDocument, 'id' | 'rollups' | 'from' | 'to'>,
  since: string,
): TimelineDocument => {
  const left = timeline.ranges.flatMap((range) => {
    const others = range.rollups.filter((rollup) => !rollups.includes(rollup))
    return [
      { ...range, to: Math.min(range.to, from) },
      // Versions that the replay does not count: whatever has repaired them still does.
      { ...range, from: Math.max(range.from, from), to: Math.min(range.to, to), rollups: others },
      { ...range, from: Math.max(range.from, to) },
    ].filter((part) => part.from < part.to && part.rollups.length > 0)
  })
  const ranges = [...left, { from, to, generation, rollups, since }].sort((a, b) => a.from - b.from)
  return { ...released(timeline, generation), ranges }
}

const overlaps = (a: TimeRange, b: TimeRange): boolean => a.from < b.to && b.from < a.to

const leastCommonMultiple = (a: number, b: number): number => (a / greatestCommonDivisor(a, b)) * b

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b))
