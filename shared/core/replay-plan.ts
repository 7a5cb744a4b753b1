/**
 * What a replay reads of one partition, worked out from the marks of live and fixed when it is created.
 *
 *        start        countFrom                                       countTo
 *   ───────┼──────────────┼───────────┬───────────┬───────────┬──────────┼──▶ sequence
 *          │  identities  │  slice 1     slice 2     …                   │
 *          │  are known   └ nothing before here is in the range or later
 *          └ a duplicate horizon before
 */
import type { PartitionPlan } from '../contracts/control-documents.ts'
import type { Ledger } from '../contracts/ledger.ts'
import type { MarkDocument, Progress } from '../contracts/state-documents.ts'

/** The marks a plan is made of; `countTo` may be where live stood when the replay was created. */
export interface PlannedMarks {
  readonly start: MarkDocument
  readonly countFrom: MarkDocument
  readonly countTo: { readonly sequence: number; readonly ledger: Ledger }
}

/** A slice is one unit of work: folding it takes seconds, and a host that dies in it loses no more than its last chunk. */
const sliceEvents = 50_000

export const partitionPlan = (
  { partition, hubCreatedOn }: Pick<Progress, 'partition' | 'hubCreatedOn'>,
  { start, countFrom, countTo }: PlannedMarks,
): PartitionPlan => ({
  partition,
  hubCreatedOn,
  start: start.at,
  reference: start.reference,
  countFrom: { sequence: countFrom.at.sequence, ledger: countFrom.ledger },
  countTo,
  slices: sliceEnds(start.at.sequence, countTo.sequence),
})

/** How many events a replay reads. */
export const plannedEvents = (partitions: readonly PartitionPlan[]): number =>
  partitions.reduce((sum, { start, countTo }) => sum + countTo.sequence - start.sequence, 0)

const sliceEnds = (after: number, last: number): number[] => {
  const ends: number[] = []
  for (let end = after + sliceEvents; end < last; end += sliceEvents) ends.push(end)
  return [...ends, last]
}
