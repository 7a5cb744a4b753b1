/** Holds the oracle honest: what it says of each event must be what the generator planned when it made it. */
import type { Outcome } from '../../shared/contracts/ledger.ts'
import type { LogEntry } from './hub-log.ts'
import type { ItemKind } from './feed-item.ts'

const planned: Readonly<Record<ItemKind, readonly Outcome[]>> = {
  normal: ['accepted', 'filtered'],
  'out-of-order': ['accepted', 'filtered'],
  'fast-clock': ['accepted', 'filtered'],
  duplicate: ['duplicate'],
  late: ['late'],
  malformed: ['dead'],
  schema: ['dead'],
  heartbeat: ['control'],
  recorded: ['accepted', 'filtered', 'dead'],
}

/** Differences in words. An item that stands in the log twice was sent again after a lost acknowledgement: a duplicate. */
export const planDifferences = (
  outcomes: readonly (readonly Outcome[])[],
  log: readonly (readonly LogEntry[])[],
): string[] => {
  const seen = new Set<unknown>()
  return log.flatMap((entries, partition) =>
    entries.flatMap(({ sequence, properties }, i) => {
      const { feedIndex, feedKind } = properties
      const outcome = outcomes[partition]![i]!
      const isResent = seen.has(feedIndex)
      seen.add(feedIndex)
      const expected = planned[feedKind as ItemKind] as readonly Outcome[] | undefined
      if (expected === undefined) return []
      const allowed = isResent && expected.includes('accepted') ? ['duplicate'] : isResent && outcome === 'duplicate' ? ['duplicate'] : expected
      return (allowed as readonly Outcome[]).includes(outcome)
        ? []
        : [`partition ${partition}, sequence ${sequence}: planned as ${String(feedKind)}, but the oracle says ${outcome}`]
    }),
  )
}
