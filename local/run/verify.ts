/** Compares what Millrace serves with what the oracle expects from the hub's own log. */
import type { RollupAnswer, StreamStatus } from '../../shared/contracts/api.ts'
import type { Ledger } from '../../shared/contracts/ledger.ts'
import { compareWindows } from '../feed/compare.ts'
import type { PublishedRecords } from '../feed/expected-facts.ts'
import type { ItemKind } from '../feed/feed-item.ts'
import { readHubLog, type LogEntry } from '../feed/hub-log.ts'
import { durationMs, expectRun, type ExpectedRun } from '../feed/oracle.ts'
import { planDifferences } from '../feed/plan-check.ts'
import type { FileReading } from '../feed/recorded/reading.ts'
import { readRollup } from './api-client.ts'
import type { ManifestStream } from './manifest.ts'
import { countsByGroup, extremesByGroup, type GroupValues } from './served-counts.ts'

export interface Verification {
  /** Events in the hub, heartbeats left out. */
  readonly sent: number
  readonly windowsCompared: number
  /** In words; empty when everything agrees. */
  readonly mismatches: readonly string[]
  readonly distinctRms: number | null
  readonly counts: Readonly<Record<string, GroupValues>>
  readonly extremes: Readonly<Record<string, GroupValues>>
}

/** Around the expected windows, in which nothing may be served. */
const marginWindows = 60

export const verifyStream = async (
  { url, eventHubs }: { readonly url: string; readonly eventHubs: string },
  { description }: ManifestStream,
  status: StreamStatus,
  keepAll: boolean,
  published: PublishedRecords,
  readings: readonly FileReading[] = [],
): Promise<Verification> => {
  const log = await readHubLog(eventHubs, description.name)
  const expected = expectRun({ description, keepAll, log, published })
  const served = new Map<string, RollupAnswer[]>()
  for (const [name, { every }] of Object.entries(description.rollups)) {
    const everyMs = durationMs(every)
    served.set(name, await readRollup(url, description.name, name, rangeOf(expected, name, everyMs)))
  }
  const comparison = compareWindows(description, expected, served)
  return {
    sent: expected.ledger.received - expected.ledger.control,
    windowsCompared: comparison.windowsCompared,
    mismatches: [
      ...ledgerDifferences(expected.ledger, status.ledger),
      ...planDifferences(expected.outcomes, log),
      ...readingDifferences(readings, log),
      ...comparison.mismatches,
    ],
    distinctRms: comparison.distinctRms,
    counts: countsByGroup(description, served),
    extremes: extremesByGroup(description, served),
  }
}

const rangeOf = ({ windows }: ExpectedRun, rollup: string, everyMs: number): { from: number; to: number } => {
  const starts = [...windows.get(rollup)!.keys()]
  const first = starts.reduce((least, start) => Math.min(least, start), Infinity)
  const last = starts.reduce((most, start) => Math.max(most, start), 0)
  const margin = marginWindows * everyMs
  return first === Infinity ? { from: 0, to: margin } : { from: Math.max(0, first - margin), to: last + margin }
}

const ledgerDifferences = (expected: Ledger, served: Ledger): string[] =>
  (Object.keys(expected) as (keyof Ledger)[])
    .filter((name) => expected[name] !== served[name])
    .map((name) => `ledger ${name}: served ${served[name]}, expected ${expected[name]}`)

/** Every record that was read has to be in the hub. */
const readingDifferences = (readings: readonly FileReading[], log: readonly (readonly LogEntry[])[]): string[] =>
  readings.length === 0
    ? []
    : [
        ...differenceOf('records', sum(readings, 'records'), log, ['recorded', 'unmapped']),
        ...differenceOf('unmapped records', sum(readings, 'unmapped'), log, ['unmapped']),
      ]

const sum = (readings: readonly FileReading[], of: 'records' | 'unmapped'): number =>
  readings.reduce((total, reading) => total + reading[of], 0)

const differenceOf = (
  what: string,
  read: number,
  log: readonly (readonly LogEntry[])[],
  kinds: readonly ItemKind[],
): string[] => {
  const ofKind = log.flat().filter(({ properties }) => kinds.includes(properties['feedKind'] as ItemKind))
  const found = new Set(ofKind.map(({ properties }) => properties['feedIndex'])).size
  return found === read ? [] : [`${what}: read ${read}, found ${found} in the hub`]
}
