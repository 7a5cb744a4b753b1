/** Marks: the places of a shard's sequence at which a replay can start. */
import type { RawEvent } from '../contracts/raw-event.ts'
import { hoursWithMark } from './draft.ts'
import type { Shard } from './shard.ts'

const minuteMs = 60_000

/** Whether the event is enqueued in a later minute than all before it: rules and facts may change before it, nowhere else. */
export const beginsMinute = (shard: Shard, raw: RawEvent): boolean =>
  Math.floor(raw.enqueuedAt / minuteMs) > Math.floor(shard.clock / minuteMs)

/** Notes where the shard stands before its next event: the next commit stores it. */
export const setMark = (shard: Shard): void => {
  const { marks } = shard.draft
  // Where both the definition and the facts change before one event, the last word counts.
  if (marks.at(-1)?.at.sequence === shard.lastSequence) marks.pop()
  marks.push({
    at: {
      sequence: shard.lastSequence,
      clock: shard.clock,
      newest: shard.newest,
      advancedTo: shard.newestOccurredAt ?? -1,
    },
    ledger: { ...shard.ledger },
    reference: shard.reference,
  })
  for (const hour of [...shard.unwrittenHours].slice(0, hoursWithMark)) {
    shard.unwrittenHours.delete(hour)
    shard.draft.dirtyHours.add(hour)
  }
}
