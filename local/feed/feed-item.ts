/** One event that a feed sends, planned down to the partition and the moment. */

export type ItemKind =
  | 'normal'
  | 'duplicate'
  | 'late'
  | 'out-of-order'
  | 'fast-clock'
  | 'malformed'
  | 'schema'
  | 'heartbeat'
  /** From a file, whatever may become of it. */
  | 'recorded'
  /** From a file and not understood there: sent as it is. */
  | 'unmapped'

export interface FeedItem {
  /** Unique in the feed, from 0 on; the event carries it in the property `feedIndex`, so that the hub's log tells which it is. */
  readonly index: number
  readonly partition: number
  /** When to send it, in ms since the feed began. */
  readonly dueMs: number
  readonly kind: ItemKind
  readonly body: Uint8Array
  readonly properties: Readonly<Record<string, string | number>>
}

/** Properties by which an item is found again in the hub's log. */
export const itemProperties = (index: number, kind: ItemKind): Record<string, string | number> => ({
  feedIndex: index,
  feedKind: kind,
})

export const encodeBody = (event: object): Uint8Array => Buffer.from(JSON.stringify(event))
