/**
 * Rollups of less than a minute are compared by the minute too: below the frontier such answers come from tiers, which a run
 * that reads every window for itself would never look at.
 */
import type { RollupAnswer, StreamStatus } from '../../shared/contracts/api.ts'
import type { StreamDescription } from '../../shared/contracts/stream-definition.ts'
import { durationMs, type ExpectedRun } from '../feed/oracle.ts'
import { readRollup } from './api-client.ts'
import { rangesOf } from './read-ranges.ts'

const minuteMs = 60_000
const marker = ' by the minute'

/** With a rollup of a minute beside each that is finer: what the oracle is asked for. */
export const withMinutes = (description: StreamDescription): StreamDescription => {
  const finer = Object.entries(description.rollups).filter(([, { every }]) => {
    const everyMs = durationMs(every)
    return everyMs < minuteMs && minuteMs % everyMs === 0
  })
  const minutes = finer.map(([name, rollup]) => [`${name}${marker}`, { ...rollup, every: '1m' }] as const)
  return { ...description, rollups: { ...description.rollups, ...Object.fromEntries(minutes) } }
}

/** Reads the minutes before the frontier, and takes the others out of what is expected. */
export const readMinutes = async (
  url: string,
  stream: string,
  expected: ExpectedRun,
  { frontier }: StreamStatus,
): Promise<ReadonlyMap<string, readonly RollupAnswer[]>> => {
  const to = Math.floor((frontier === null ? 0 : Date.parse(frontier)) / minuteMs) * minuteMs
  const served = new Map<string, readonly RollupAnswer[]>()
  for (const [name, windows] of expected.windows) {
    if (!name.endsWith(marker)) continue
    for (const start of windows.keys()) if (start >= to) windows.delete(start)
    const rollup = name.slice(0, -marker.length)
    const answers: RollupAnswer[] = []
    for (const range of rangesOf(windows.keys(), minuteMs)) {
      const below = { from: range.from, to: Math.min(range.to, to) }
      if (below.from < below.to) answers.push(...(await readRollup(url, stream, rollup, below, '1m')))
    }
    served.set(name, answers)
  }
  return served
}
