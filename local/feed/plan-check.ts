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
  recorded: ['accepted', 'filtered', 'late', 'duplicate', 'dead'],
  unmapped: ['dead'],
}

/** Near the time for which identities are remembered: after such a pause a copy sent earlier may be forgotten. */
const longPauseMs = 540_000
/** The generator sends copies within half of this. */
const copiesWithinMs = 10_000

/**
 * Differences in words. An item that stands in the log twice was sent again after a lost acknowledgement: then it is a
 * duplicate, unless it was dead or a heartbeat, which it stays.
 */
export const planDifferences = (
  outcomes: readonly (readonly Outcome[])[],
  log: readonly (readonly LogEntry[])[],
): string[] => {
  const first = new Map<unknown, Outcome>()
  return log.flatMap((entries, partition) => {
    let resumedAt = -Infinity
    return entries.flatMap(({ sequence, properties, enqueuedAt }, i) => {
      const { feedIndex, feedKind } = properties
      if (enqueuedAt - (entries[i - 1]?.enqueuedAt ?? enqueuedAt) > longPauseMs) resumedAt = enqueuedAt
      const outcome = outcomes[partition]![i]!
      const mayBeForgotten = feedKind === 'duplicate' && enqueuedAt - resumedAt < copiesWithinMs
      const expected = mayBeForgotten
        ? [...planned.duplicate, ...planned.normal]
        : (planned[feedKind as ItemKind] as readonly Outcome[] | undefined)
      if (expected === undefined) return []
      const before = first.get(feedIndex)
      first.set(feedIndex, before ?? outcome)
      const allowed =
        before === undefined ? expected : [before === 'dead' || before === 'control' ? before : 'duplicate']
      return allowed.includes(outcome)
        ? []
        : [
            `partition ${partition}, sequence ${sequence}: planned as ${String(feedKind)}, but the oracle says ${outcome}`,
          ]
    })
  })
}
