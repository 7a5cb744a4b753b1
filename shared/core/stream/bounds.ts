/**
 * The worst that a stream can cost: memory and storage where every window is full and every partition gets as many events
 * as Event Hubs lets in. What cannot fit is refused before the first event.
 */
import type { MetricDefinition } from '../../contracts/stream-definition.ts'
import { denseAccumulatorBytes } from '../accumulators.ts'
import type { CompiledRollup, CompiledStream } from '../compiled-stream.ts'
import { usualKeyBytes } from '../group-key.ts'
import { sizesOf, tierId } from '../tiers.ts'
import { formatDuration } from './durations.ts'

/**
 * What one partition is taken to get at most, all the time. A throughput unit lets in 1,000 events or 1 MB a second
 * (Event Hubs quotas), and a partition is not to carry more than one.
 */
export const mostEventsPerSecond = 1_000
/** Of a logical partition in Cosmos DB (service quotas). */
export const mostPartitionBytes = 20e9
/** Of a document, and of all documents of a transactional batch, in Cosmos DB (service quotas). */
export const mostDocumentBytes = 2e6
/** A quarter of the 2 GB of an instance on Flex Consumption: it may own several shards, of this stream and others. */
export const mostShardBytes = 512e6

/** Something that has room for `limit` bytes, and what would be in it. */
export interface Bound {
  readonly what: string
  readonly limit: number
  /** Largest first. */
  readonly parts: readonly BoundPart[]
  readonly wayOut: string
}

export interface BoundPart {
  /** Of the definition. */
  readonly path: string
  readonly bytes: number
  /** How the bytes come about. */
  readonly words: string
}

export const boundsOf = (stream: CompiledStream): Bound[] => [
  shardMemory(stream),
  shardStorage(stream),
  commit(stream),
  ...stream.rollups.flatMap((rollup) => [slab(rollup), ...servedStorage(stream, rollup)]),
]

/** Every bound that is not kept, with the numbers and the way out. */
export const boundProblems = (stream: CompiledStream): string[] =>
  boundsOf(stream)
    .filter((bound) => bytesOf(bound) > bound.limit)
    .map((bound) => {
      const { what, limit, parts, wayOut } = bound
      const sum = parts.map(({ bytes, words }) => `${inBytes(bytes)} ${words}`).join('; ')
      return `${parts[0]!.path}: expected ${what} to fit into ${inBytes(limit)}, got ${inBytes(bytesOf(bound))} (${sum}). ${wayOut}`
    })

export const bytesOf = ({ parts }: Bound): number => parts.reduce((sum, { bytes }) => sum + bytes, 0)

/** Bytes of JavaScript objects, measured in Node 24. */
const memory = { group: 140, number: 80, last: 200, sketch: 800, distinctEntry: 46, quantilesEntry: 33, identity: 90 }
const quantilesEntries = 460

const shardMemory = ({ rollups, latenessMs, horizonMs }: CompiledStream): Bound => {
  const identities = (mostEventsPerSecond * horizonMs) / 1_000
  return bound({
    what: 'the memory of a shard',
    limit: mostShardBytes,
    wayOut: 'Shorten deduplicate.horizon or time.lateness, lower maxGroups, or leave metrics out.',
    parts: [
      {
        path: 'deduplicate.horizon',
        bytes: identities * memory.identity,
        words: `of identities: ${inNumber(identities)}, ${atMost} for ${formatDuration(horizonMs)}`,
      },
      ...rollups.map((rollup) => {
        // Those that reach into the lateness, the one that time stands in, and one that a fast clock has opened.
        const windows = Math.ceil(latenessMs / rollup.everyMs) + 2
        const bytes = windowMemory(rollup, entriesOf(rollup.everyMs))
        return {
          path: `rollups.${rollup.name}`,
          bytes: windows * bytes,
          words: `of ${rollup.name}: ${windows} open windows of ${inBytes(bytes)}`,
        }
      }),
    ],
  })
}

const shardStorage = ({ rollups, retentionSeconds, description }: CompiledStream): Bound => {
  const identities = mostEventsPerSecond * retentionSeconds
  return bound({
    what: `the state of a shard, kept for hub.retention (${description.hub.retention}) and a day,`,
    limit: mostPartitionBytes,
    wayOut: 'Shorten hub.retention, lower maxGroups, raise every, or leave metrics out.',
    parts: [
      {
        path: 'hub.retention',
        bytes: base64(identities * identityBytes),
        words: `of identities: ${inNumber(identities)}, ${atMost}`,
      },
      ...rollups.map((rollup) => {
        const windows = (retentionSeconds * 1_000) / rollup.everyMs
        const entries = entriesOf(rollup.everyMs)
        const groups = groupsOf(rollup, entries)
        const slabs = Math.ceil(groups / rollup.groupsPerSlab)
        const bytes = slabs * envelope + base64(groupsBytes(rollup, groups, entries))
        return {
          path: `rollups.${rollup.name}`,
          bytes: windows * bytes,
          words: `of ${rollup.name}: ${inNumber(windows)} windows of ${inBytes(bytes)}`,
        }
      }),
    ],
  })
}

/** One event changes one slab of each rollup; more events can wait for the next commit. */
const commit = ({ rollups }: CompiledStream): Bound =>
  bound({
    what: 'the commit of one event',
    limit: mostDocumentBytes,
    wayOut: 'Leave metrics or rollups out.',
    parts: rollups.map((rollup) => ({
      path: `rollups.${rollup.name}`,
      bytes: envelope + base64(groupsBytes(rollup, rollup.groupsPerSlab, Infinity)),
      words: `of ${rollup.name}: a slab of ${rollup.groupsPerSlab} dense groups`,
    })),
  })

const slab = (rollup: CompiledRollup): Bound => {
  const { groupsPerSlab, maxGroupBytes } = rollup
  return bound({
    what: 'a slab',
    limit: mostDocumentBytes,
    wayOut: 'Leave metrics out.',
    parts: [
      {
        path: `rollups.${rollup.name}.metrics`,
        bytes: envelope + base64(groupsPerSlab * maxGroupBytes),
        words: `of ${groupsPerSlab} groups of up to ${inBytes(maxGroupBytes)}, in base64`,
      },
    ],
  })
}

/** By size: what stands in one logical partition, the day, month or year of a series. */
const servedStorage = ({ description }: CompiledStream, rollup: CompiledRollup): Bound[] =>
  sizesOf(rollup).map((size) => {
    const { days, name } = spanOf(size.everyMs)
    const windows = (days * dayMs) / size.everyMs
    const entries = entriesOf(size.everyMs) * description.hub.partitions
    const head = envelope + base64(groupsBytes(rollup, 1, entries))
    const chunks = rollup.chunks * envelope + base64(groupsBytes(rollup, groupsOf(rollup, entries), entries))
    const bytes = rollup.chunks === 0 ? head : head + chunks
    return bound({
      what: `a ${name} of served windows`,
      limit: mostPartitionBytes,
      wayOut: 'Lower maxGroups, raise every, or leave metrics out.',
      parts: [
        {
          path: `rollups.${rollup.name}`,
          bytes: windows * bytes,
          words: `of ${tierId(rollup, size)}: ${inNumber(windows)} windows of ${inBytes(bytes)}`,
        },
      ],
    })
  })

const [hourMs, dayMs] = [3_600_000, 86_400_000]
const spanOf = (everyMs: number): { readonly name: string; readonly days: number } => {
  if (everyMs >= dayMs) return { name: 'year', days: 366 }
  return everyMs >= hourMs ? { name: 'month', days: 31 } : { name: 'day', days: 1 }
}

const bound = (given: Bound): Bound => ({ ...given, parts: given.parts.toSorted((a, b) => b.bytes - a.bytes) })

const atMost = `at ${mostEventsPerSecond.toLocaleString('en')} events/s`
const identityBytes = 8
/** Everything in a document but its groups. */
const envelope = 600

/** With `__other__` where there are groups, and none without an event. */
const groupsOf = ({ by, maxGroups }: CompiledRollup, events: number): number =>
  by.length === 0 ? 1 : Math.min(maxGroups + 1, events)

/** Events in a window of one partition: no sketch holds more entries than it was given values. */
const entriesOf = (everyMs: number): number => (mostEventsPerSecond * everyMs) / 1_000

/** Encoded groups whose metrics are dense, or hold all that `entries` values over all groups give them. */
const groupsBytes = ({ metrics }: CompiledRollup, groups: number, entries: number): number =>
  groups * (usualKeyBytes + 2) +
  metrics.reduce((sum, { definition }) => {
    const dense = groups * denseAccumulatorBytes(definition)
    return sum + Math.min(dense, sparseBytes(definition, groups, entries))
  }, 0)

const sparseBytes = ({ kind }: MetricDefinition, groups: number, entries: number): number => {
  if (kind === 'distinct') return groups * 4 + entries * 8
  return kind === 'quantiles' ? groups * 40 + entries * 3 : Infinity
}

const windowMemory = (rollup: CompiledRollup, entries: number): number => {
  const groups = groupsOf(rollup, entries)
  return rollup.metrics.reduce((sum, { definition }) => {
    switch (definition.kind) {
      case 'distinct': {
        // Densest just before it stops holding the hashes themselves: an eighth of its registers.
        const held = Math.min(entries, (groups * 2 ** definition.precision) / 8)
        return sum + groups * memory.sketch + held * memory.distinctEntry
      }
      case 'quantiles':
        return sum + groups * memory.sketch + Math.min(entries, groups * quantilesEntries) * memory.quantilesEntry
      case 'last':
        return sum + groups * memory.last
      case 'count':
      case 'sum':
      case 'min':
      case 'max':
      case 'mean':
        return sum + groups * memory.number
    }
  }, groups * memory.group)
}

const base64 = (bytes: number): number => Math.ceil((bytes * 4) / 3)

const inNumber = (count: number): string => Math.ceil(count).toLocaleString('en')

const inBytes = (bytes: number): string => {
  const [size, unit] = (
    [
      [1e9, 'GB'],
      [1e6, 'MB'],
      [1e3, 'KB'],
    ] as const
  ).find(([size]) => bytes >= size) ?? [1, 'B']
  return `${Number((bytes / size).toFixed(bytes >= 10 * size ? 0 : 1))} ${unit}`
}
