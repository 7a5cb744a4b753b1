/**
 * The Cosmos DB containers, described once: the local run creates exactly these, and a check compares infra/modules/cosmos.bicep
 * with them.
 */

export const databaseName = 'millrace'

/** Container of the lake, not of Cosmos DB: bodies of dead letters that are too large for a document. */
export const letterBodiesContainer = 'dead-letters'

export interface ContainerDescription {
  readonly name: string
  readonly partitionKey: readonly string[]
  /** Seconds; -1 keeps documents that name no `ttl` of their own for ever. */
  readonly defaultTtl: number
  /** Paths that queries filter or order by; everything else is left out of the index. */
  readonly indexed: readonly string[]
}

const day = 86_400

/** Of live and of replays alike. */
const stateIndex = [
  ...['/windowEnd/?', '/seenUntil/?', '/outbox/?', '/dirtyHour/?'],
  ...['/at/sequence/?', '/at/clock/?', '/at/newest/?', '/at/advancedTo/?'],
]

export const containers: readonly ContainerDescription[] = [
  { name: 'state', partitionKey: ['/shard'], defaultTtl: -1, indexed: stateIndex },
  // Apart from state, with throughput of its own: a replay cannot starve live.
  { name: 'replayState', partitionKey: ['/shard'], defaultTtl: -1, indexed: stateIndex },
  { name: 'serving', partitionKey: ['/series', '/day'], defaultTtl: -1, indexed: ['/windowStart/?'] },
  { name: 'deadLetters', partitionKey: ['/stream', '/day'], defaultTtl: 30 * day, indexed: [] },
  { name: 'reference', partitionKey: ['/kind'], defaultTtl: -1, indexed: ['/version/?'] },
  // Timeline, replay records, alert states and audit, told apart by kind.
  { name: 'control', partitionKey: ['/stream'], defaultTtl: -1, indexed: ['/kind/?'] },
  { name: 'alerts', partitionKey: ['/stream'], defaultTtl: 90 * day, indexed: ['/raisedAt/?'] },
  { name: 'leases', partitionKey: ['/id'], defaultTtl: -1, indexed: [] },
]
