/** The Cosmos DB containers, described once: Bicep and the local run create exactly these. */

export const databaseName = 'millrace'

export interface ContainerDescription {
  readonly name: string
  readonly partitionKey: readonly string[]
  /** Seconds; -1 keeps documents that name no `ttl` of their own for ever. */
  readonly defaultTtl: number
  /** Paths that queries filter or order by; everything else is left out of the index. */
  readonly indexed: readonly string[]
}

const day = 86_400

export const containers: readonly ContainerDescription[] = [
  {
    name: 'state',
    partitionKey: ['/shard'],
    defaultTtl: -1,
    indexed: ['/windowEnd/?', '/seenUntil/?', '/outbox/?'],
  },
  { name: 'serving', partitionKey: ['/series', '/day'], defaultTtl: -1, indexed: ['/windowStart/?'] },
  { name: 'deadLetters', partitionKey: ['/stream', '/day'], defaultTtl: 30 * day, indexed: [] },
  { name: 'reference', partitionKey: ['/kind'], defaultTtl: -1, indexed: ['/version/?'] },
  { name: 'leases', partitionKey: ['/id'], defaultTtl: -1, indexed: [] },
]
