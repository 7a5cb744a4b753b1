import type { ReferenceRecord, ReferenceVersions } from '../contracts/reference-documents.ts'

/** Facts that enrichment looks up: loaded ahead of the events that need them, then answered from memory. */
export interface Facts {
  /** ISO 3166 alpha-2 code of the country an IPv4 or IPv6 address is registered in; undefined where none is known. */
  countryOf(ip: string): string | undefined
  /** What the reference data of this kind say of `id`; undefined where they say nothing. */
  record(kind: string, id: string): ReferenceRecord | undefined
}

/** Where facts come from, in versions. Both methods reject as the stores behind them do. */
export interface FactsSource {
  /** The newest version of each kind, as known by less than a minute ago. */
  newest(kinds: readonly string[]): Promise<ReferenceVersions>
  at(versions: ReferenceVersions): Promise<Facts>
}
