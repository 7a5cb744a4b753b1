/** Compares what Millrace serves with what the oracle expects from the hub's own log. */
import type { RollupAnswer, StreamStatus } from '../../shared/contracts/api.ts'
import type { Ledger } from '../../shared/contracts/ledger.ts'
import { compareWindows } from '../feed/compare.ts'
import { readHubLog } from '../feed/hub-log.ts'
import { expectRun } from '../feed/oracle.ts'
import { checkPlan } from '../feed/plan-check.ts'
import { readRollup } from './api-client.ts'
import type { ManifestStream } from './manifest.ts'

export interface Verification {
  readonly sent: number
  readonly windowsCompared: number
  readonly mismatches: number
  readonly firstMismatches: readonly string[]
  readonly distinctRms: number | null
  readonly counts: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>
}

/** A margin around the expected windows in which nothing may be served. */
const marginWindows = 60

export const verifyStream = async (
  { url, eventHubs }: { readonly url: string; readonly eventHubs: string },
  { description }: ManifestStream,
  status: StreamStatus,
  keepAll: boolean,
): Promise<Verification> => {
  const log = await readHubLog(eventHubs, description.name)
  const expected = expectRun({ description, keepAll, log })
  const served = new Map<string, RollupAnswer[]>()
  for (const [name, { everyMs, windows }] of rollupRanges(expected.windows, description)) {
    const starts = [...windows.keys()]
    const range =
      starts.length === 0
        ? { from: 0, to: everyMs, everyMs }
        : {
            from: Math.max(0, Math.min(...starts) - marginWindows * everyMs),
            to: Math.max(...starts) + marginWindows * everyMs,
            everyMs,
          }
    served.set(name, await readRollup(url, description.name, name, range))
  }
  const comparison = compareWindows(expected, served)
  const differences = [...ledgerDifferences(expected.ledger, status.ledger), ...checkPlan(expected, log)]
  return {
    sent: log.flat().length - expected.ledger.control,
    windowsCompared: comparison.windowsCompared,
    mismatches: comparison.mismatchCount + differences.length,
    firstMismatches: [...differences, ...comparison.mismatches].slice(0, 20),
    distinctRms: comparison.distinctRms,
    counts: countsByGroup(served),
  }
}
