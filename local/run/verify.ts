/** Compares what Millrace serves with what the oracle expects from the hub's own log. */
import type { RollupAnswer, StreamStatus } from '../../shared/contracts/api.ts'
import type { Ledger } from '../../shared/contracts/ledger.ts'
import { compareWindows } from '../feed/compare.ts'
import type { PublishedRecords } from '../feed/expected-facts.ts'
import type { ItemKind } from '../feed/feed-item.ts'
import { readHubLog, type LogEntry } from '../feed/hub-log.ts'
import { durationMs, expectRun } from '../feed/oracle.ts'
import { planDifferences } from '../feed/plan-check.ts'
import type { FileReading } from '../feed/recorded/reading.ts'
import { readRollup } from './api-client.ts'
import type { ManifestStream } from './manifest.ts'
import { readMinutes, withMinutes } from './minutes.ts'
import { rangesOf } from './read-ranges.ts'
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

export const verifyStream = async (
  { url, eventHubs }: { readonly url: string; readonly eventHubs: string },
  { description }: ManifestStream,
  status: StreamStatus,
  keepAll: boolean,
  published: PublishedRecords,
  readings: readonly FileReading[] = [],
): Promise<Verification> => {
  const log = await readHubLog(eventHubs, description.name)
  const described = withMinutes(description)
  const expected = expectRun({ description: described, keepAll, log, published })
  const served = new Map<string, readonly RollupAnswer[]>()
  for (const [name, { every }] of Object.entries(description.rollups)) {
    const answers: RollupAnswer[] = []
    for (const range of rangesOf(expected.windows.get(name)!.keys(), durationMs(every))) {
      answers.push(...(await readRollup(url, description.name, name, range)))
    }
    served.set(name, answers)
  }
  for (const [name, answers] of await readMinutes(url, description.name, expected, status)) served.set(name, answers)
  const comparison = compareWindows(described, expected, served)
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
