import type { ReferenceRecord } from '../../contracts/reference-documents.ts'
import type { Facts } from '../../ports/facts.ts'

/** Answers from fixed tables: countries by address, and records by kind and id. */
export const memoryFacts = (
  countries: Readonly<Record<string, string>>,
  records: Readonly<Record<string, readonly ReferenceRecord[]>> = {},
): Facts => ({
  countryOf: (ip) => (Object.hasOwn(countries, ip) ? countries[ip] : undefined),
  record: (kind, id) => records[kind]?.find((record) => record.id === id),
})
