/** Holds the hub honest: everything that it has acknowledged must stand in its log. */
import type { ItemKind } from './feed-item.ts'
import { sentIndexes, type LogEntry } from './hub-log.ts'
import type { FileReading } from './recorded/reading.ts'

/** What was fed into a stream. */
export interface FedStream {
  /** Heartbeats, too; each once, however often it was sent. */
  readonly items: number
  /** The recordings that they come from, if any. */
  readonly readings: readonly FileReading[]
}

type Log = readonly (readonly LogEntry[])[]

/** Differences in words. */
export const feedDifferences = ({ items, readings }: FedStream, log: Log): string[] => [
  ...differenceOf('items: fed', items, sentIndexes(log).size),
  ...(readings.length === 0
    ? []
    : [
        ...differenceOf('records: read', sum(readings, 'records'), itemsOf(log, ['recorded', 'unmapped'])),
        ...differenceOf('unmapped records: read', sum(readings, 'unmapped'), itemsOf(log, ['unmapped'])),
      ]),
]

const differenceOf = (what: string, given: number, found: number): string[] =>
  found === given ? [] : [`${what} ${given}, found ${found} in the hub`]

const sum = (readings: readonly FileReading[], of: 'records' | 'unmapped'): number =>
  readings.reduce((total, reading) => total + reading[of], 0)

const itemsOf = (log: Log, kinds: readonly ItemKind[]): number => {
  const ofKind = log.flat().filter(({ properties }) => kinds.includes(properties['feedKind'] as ItemKind))
  return sentIndexes([ofKind]).size
}
