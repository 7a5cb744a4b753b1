/** One event as Event Hubs delivered it: nothing decoded, nothing decided. */
export interface RawEvent {
  /** The body exactly as the producer sent it. */
  readonly body: Uint8Array
  /** Position in the partition: consecutive whole numbers, never reused. */
  readonly sequence: number
  /** When the hub accepted the event, in epoch milliseconds (UTC). */
  readonly enqueuedAt: number
  readonly partitionKey?: string
  /** Application properties of the event. Names begin in lower case: the Functions host lower-cases them. */
  readonly properties: Readonly<Record<string, unknown>>
}

/**
 * A producer's own event, decoded and validated against its stream's schema, later enriched.
 * Enrichment adds fields or replaces them; it never reads the clock.
 */
export type Event = Record<string, unknown>
