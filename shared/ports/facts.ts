/** Reference facts that enrichment looks up: loaded ahead of the batch, then answered from memory. */
export interface Facts {
  /** ISO 3166 alpha-2 code of the country an IPv4 or IPv6 address is registered in; undefined where none is known. */
  countryOf(ip: string): string | undefined
}
