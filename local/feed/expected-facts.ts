/** What looking up reference data has to add to an event. */
import type { ReferenceRecord } from '../../shared/contracts/reference-documents.ts'
import type { EnrichmentDescription } from '../../shared/contracts/stream-definition.ts'

/** The records that were published before the feed began, by kind. */
export type PublishedRecords = Readonly<Record<string, readonly ReferenceRecord[]>>

export const expectedFacts = (
  event: Readonly<Record<string, unknown>>,
  steps: readonly EnrichmentDescription[],
  published: PublishedRecords,
): Record<string, unknown> => {
  const facts: Record<string, unknown> = {}
  for (const { reference, parameters, adds } of steps) {
    if (reference === undefined) continue
    const record = recordOf(published[reference] ?? [], event[parameters['id'] ?? ''])
    for (const field of adds) facts[field] = record === undefined ? 'unknown' : record[field]
  }
  return facts
}

const indexes = new WeakMap<readonly ReferenceRecord[], ReadonlyMap<unknown, ReferenceRecord>>()

const recordOf = (records: readonly ReferenceRecord[], id: unknown): ReferenceRecord | undefined => {
  const index = indexes.get(records) ?? new Map(records.map((record) => [record.id, record]))
  indexes.set(records, index)
  return index.get(id)
}
