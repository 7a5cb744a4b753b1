/** Compares what Millrace serves with what the oracle expects from the hub's own log. */
import type { RollupAnswer, StreamStatus } from '../../shared/contracts/api.ts'
import type { Ledger } from '../../shared/contracts/ledger.ts'
import { compareWindows } from '../feed/compare.ts'
import type { PublishedRecords } from '../feed/expected-facts.ts'
import { feedDifferences, type FedStream } from '../feed/feed-check.ts'
import { readHubLog } from '../feed/hub-log.ts'
import { durationMs, expectRun } from '../feed/oracle.ts'
import { planDifferences } from '../feed/plan-check.ts'
import { readRollup } from './api-client.ts'
import type { ManifestStream } from './manifest.ts'
import { readMinutes, withMinutes } from './minutes.ts'
import { rangesOf } from './read-ranges.ts'
import { countsByGroup, extremesByGroup, type GroupValues } from './served-counts.ts'

export interface Verification {
  /** Events in the hub, heartbeats left out. */
  readonly sent: number
  readonly windowsCompared: number
  readonly windowsDiffering: number
  /** In words; empty when everything agrees. */
  readonly mismatches: readonly string[]
  readonly distinctRms: number | null
  readonly counts: Readonly<Record<string, GroupValues>>
  readonly extremes: Readonly<Record<string, GroupValues>>
}

export const verifyStream = async (
  { url, eventHubs }: { readonly url: string; readonly eventHubs: string },
  { description }: ManifestStream,
  status: StreamStatus,
  keepAll: boolean,
  published: PublishedRecords,
  fed: FedStream,
): Promise<Verification> => {
  const log = await readHubLog(eventHubs, description.name)
  const described = withMinutes(description)
  const expected = expectRun({ description: described, keepAll, log, published })
  // At once: a recording of months has many pages.
  const own = Object.entries(description.rollups).map(async ([name, { every }]) => {
    const answers: RollupAnswer[] = []
    for (const range of rangesOf(expected.windows.get(name)!.keys(), durationMs(every))) {
      answers.push(...(await readRollup(url, description.name, name, range)))
    }
    return [name, answers] as const
  })
  const [ofOwnSize, byTheMinute] = await Promise.all([
    Promise.all(own),
    readMinutes(url, description.name, expected, status),
  ])
  const served = new Map<string, readonly RollupAnswer[]>([...ofOwnSize, ...byTheMinute])
  const comparison = compareWindows(described, expected, served)
  return {
    sent: expected.ledger.received - expected.ledger.control,
    windowsCompared: comparison.windowsCompared,
    windowsDiffering: comparison.windowsDiffering,
    mismatches: [
      ...ledgerDifferences(expected.ledger, status.ledger),
      ...planDifferences(expected.outcomes, log),
      ...feedDifferences(fed, log),
      ...comparison.mismatches,
    ],
    distinctRms: comparison.distinctRms,
    counts: countsByGroup(description, served),
    extremes: extremesByGroup(description, served),
  }
}

const ledgerDifferences = (expected: Ledger, served: Ledger): string[] =>
  (Object.keys(expected) as (keyof Ledger)[])
    .filter((name) => expected[name] !== served[name])
    .map((name) => `ledger ${name}: served ${served[name]}, expected ${expected[name]}`)
