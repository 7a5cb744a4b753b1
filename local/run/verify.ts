/** Compares what Millrace serves with what the oracle expects from the hub's own log. */
import type { RollupAnswer, StreamStatus } from '../../shared/contracts/api.ts'
import type { Ledger } from '../../shared/contracts/ledger.ts'
import { compareWindows } from '../feed/compare.ts'
import type { PublishedRecords } from '../feed/expected-facts.ts'
import { readHubLog } from '../feed/hub-log.ts'
import { durationMs, expectRun, type ExpectedRun } from '../feed/oracle.ts'
import { planDifferences } from '../feed/plan-check.ts'
import { readRollup } from './api-client.ts'
import type { ManifestStream } from './manifest.ts'
import { readMinutes, withMinutes } from './minutes.ts'
import { countsByGroup, type GroupCounts } from './served-counts.ts'

export interface Verification {
  /** Events in the hub, heartbeats left out. */
  readonly sent: number
  readonly windowsCompared: number
  /** In words; empty when everything agrees. */
  readonly mismatches: readonly string[]
  readonly distinctRms: number | null
  readonly counts: Readonly<Record<string, GroupCounts>>
}

/** Around the expected windows, in which nothing may be served. */
const marginWindows = 60

export const verifyStream = async (
  { url, eventHubs }: { readonly url: string; readonly eventHubs: string },
  { description }: ManifestStream,
  status: StreamStatus,
  keepAll: boolean,
  published: PublishedRecords,
): Promise<Verification> => {
  const log = await readHubLog(eventHubs, description.name)
  const described = withMinutes(description)
  const expected = expectRun({ description: described, keepAll, log, published })
  const served = new Map<string, readonly RollupAnswer[]>()
  for (const [name, { every }] of Object.entries(description.rollups)) {
    const everyMs = durationMs(every)
    served.set(name, await readRollup(url, description.name, name, rangeOf(expected, name, everyMs)))
  }
  for (const [name, answers] of await readMinutes(url, description.name, expected, status)) served.set(name, answers)
  const comparison = compareWindows(described, expected, served)
  return {
    sent: expected.ledger.received - expected.ledger.control,
    windowsCompared: comparison.windowsCompared,
    mismatches: [
      ...ledgerDifferences(expected.ledger, status.ledger),
      ...planDifferences(expected.outcomes, log),
      ...comparison.mismatches,
    ],
    distinctRms: comparison.distinctRms,
    counts: countsByGroup(description, served),
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
