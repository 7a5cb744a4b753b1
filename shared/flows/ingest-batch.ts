/** One batch of one partition: every event folded in sequence order, committed in chunks behind the shard's fence. */
import { shardId } from '../contracts/state-documents.ts'
import type { RawEvent } from '../contracts/raw-event.ts'
import { newerReference } from '../core/facts-version.ts'
import type { Shard } from '../core/shard.ts'
import { RetryableError } from '../errors.ts'
import type { Capture } from '../ports/capture.ts'
import type { FactsSource } from '../ports/facts.ts'
import type { Log } from '../ports/log.ts'
import type { Meter } from '../ports/meter.ts'
import { commitLost, foldAndCommit, halve, type Advance, type FoldPorts } from './fold-and-commit.ts'
import { checkHub, loadShard, type LoadPorts, type StreamSetting } from './load-shard.ts'
import type { HeldShard, ShardCache } from './shard-cache.ts'

export interface IngestPorts extends LoadPorts {
  readonly facts: FactsSource
  /** undefined: this deployment captures nothing. */
  readonly capture: Capture | undefined
  readonly meter: Meter
  readonly log: Log
  readonly cache: ShardCache
}

type Invocation = IngestPorts & FoldPorts

/** After this long in one hole the invocation fails on purpose; its retry goes on from `progress`. */
const holePatienceMs = 60_000
/** How often a hub that leaves out events which it should hold is asked again before they count as lost. */
const gapLooks = 4
const gapPauseMs = 5_000

/**
 * Takes a batch as the trigger delivered it: redelivered, re-cut or with a hole before it. When it returns, every event
 * of it is committed; when it throws, what is committed stays and the rest comes again. `traceParent`: W3C trace context of
 * the invocation.
 */
export const ingestBatch =
  (ports: IngestPorts, setting: StreamSetting) =>
  async (partition: string, events: readonly RawEvent[], traceParent?: string): Promise<void> => {
    const startedAt = ports.clock.now()
    let failed = true
    try {
      await ingestEvents(ports, setting, partition, events)
      failed = false
    } finally {
      ports.meter.batchEnded({ stream: setting.stream.name, partition, startedAt, failed, events, traceParent })
    }
  }

const ingestEvents = async (
  ports: IngestPorts,
  setting: StreamSetting,
  partition: string,
  batch: readonly RawEvent[],
): Promise<void> => {
  const first = batch.at(0)
  const last = batch.at(-1)
  if (first === undefined || last === undefined) return
  const id = shardId(setting.stream.name, setting.generation, partition)
  const newest = await ports.facts.newest([...setting.stream.reference.keys()])
  const load = () => loadShard(ports, setting, partition, first.sequence, newest)
  const remembered = ports.cache.take(id)
  let held = remembered === undefined ? await load() : await checkHub(ports, remembered, first.sequence)
  const invocation: Invocation = {
    ...ports,
    nextReference: (shard, raw) => newerReference(shard, raw, newest),
    hasMark: () => false,
    committed: report(ports.meter),
  }
  let mostEvents = Infinity
  while (held.shard.lastSequence < last.sequence) {
    const result = await advanceOnce(invocation, held, batch, mostEvents)
    if (result.kind === 'committed') {
      held = result.held
      mostEvents = Infinity
    } else {
      // What stands in memory is ahead of the store: throw it away and go on from what is really done.
      held = await load()
      if (result.kind === 'too-large') mostEvents = halve(id, result.events)
    }
  }
  ports.cache.putBack(held)
}

/** Folds as much as fits into one chunk, filling a hole first where there is one, and commits it. */
const advanceOnce = async (
  ports: Invocation,
  held: HeldShard,
  batch: readonly RawEvent[],
  mostEvents: number,
): Promise<Advance> => {
  const { shard } = held
  const next = batch.find(({ sequence }) => sequence > shard.lastSequence)!
  return next.sequence > shard.lastSequence + 1
    ? fillHole(ports, held, next.sequence - 1, mostEvents)
    : foldAndCommit(ports, held, batch, mostEvents)
}

/** Reads what the trigger skipped, from the hub or from capture. Only what neither holds is recorded as lost. */
const fillHole = async (ports: Invocation, held: HeldShard, to: number, mostEvents: number): Promise<Advance> => {
  const { id, lastSequence, place } = held.shard
  const { beginningSequence } = await ports.hub.partition(place.partition)
  const from = lastSequence + 1
  if (beginningSequence > from) {
    return fillFromCapture(ports, held, Math.min(beginningSequence - 1, to), mostEvents)
  }
  ports.log.warn(`Shard ${id}: the trigger skipped sequences ${from} to ${to}; reading them from the hub.`)
  return foldHole(ports, held, to, {
    pages: ports.hub.read(place.partition, from, to),
    mostEvents,
    pass: (current, last) => passGap(ports, current, last, mostEvents),
  })
}

const fillFromCapture = (ports: Invocation, held: HeldShard, to: number, mostEvents: number): Promise<Advance> => {
  const { capture, log } = ports
  const { id, lastSequence, clock, place } = held.shard
  const from = lastSequence + 1
  if (capture === undefined) return recordLost(ports, held, to)
  log.warn(`Shard ${id}: the hub no longer holds sequences ${from} to ${to}; reading them from capture.`)
  return foldHole(ports, held, to, {
    pages: capture.read(place.partition, { from, to, ...(clock === 0 ? {} : { enqueuedAt: clock }) }),
    mostEvents,
    pass: (current, last) => recordLost(ports, current, last),
  })
}

interface Hole {
  readonly pages: AsyncIterable<readonly RawEvent[]>
  readonly mostEvents: number
  /** What to do about events up to `last` that the pages leave out. */
  readonly pass: (held: HeldShard, last: number) => Promise<Advance>
}

const foldHole = async (
  ports: Invocation,
  held: HeldShard,
  to: number,
  { pages, mostEvents, pass }: Hole,
): Promise<Advance> => {
  const deadline = ports.clock.now() + holePatienceMs
  let current = held
  for await (const page of pages) {
    while (current.shard.lastSequence < page.at(-1)!.sequence) {
      const next = page.find(({ sequence }) => sequence > current.shard.lastSequence)!
      if (next.sequence > current.shard.lastSequence + 1) return pass(current, next.sequence - 1)
      const result = await foldAndCommit(ports, current, page, mostEvents)
      if (result.kind !== 'committed') return result
      current = result.held
    }
    if (current.shard.lastSequence < to && ports.clock.now() > deadline) throw holeTooLong(current.shard, to)
  }
  return current.shard.lastSequence < to ? pass(current, to) : { kind: 'committed', held: current }
}

/**
 * The hub has left out events up to `to` that it should hold: dropped while we read, compacted, or not shown yet. What it
 * still leaves out after several looks is gone.
 */
const passGap = async (ports: Invocation, held: HeldShard, to: number, mostEvents: number): Promise<Advance> => {
  const { partition } = held.shard.place
  const from = held.shard.lastSequence + 1
  for (let look = 1; look <= gapLooks; look += 1) {
    const { beginningSequence } = await ports.hub.partition(partition)
    if (beginningSequence > from) return fillFromCapture(ports, held, Math.min(beginningSequence - 1, to), mostEvents)
    await ports.clock.sleep(gapPauseMs)
    for await (const page of ports.hub.read(partition, from, to)) {
      // What is here is read in the next round; before it the hub has nothing.
      if (page[0]!.sequence === from) return { kind: 'committed', held }
      if (look === gapLooks) return recordLost(ports, held, page[0]!.sequence - 1)
      break
    }
  }
  return recordLost(ports, held, to)
}

const recordLost = async (ports: Invocation, held: HeldShard, to: number): Promise<Advance> => {
  const { shard } = held
  const from = shard.lastSequence + 1
  ports.log.alert(
    `Shard ${shard.id}: sequences ${from} to ${to} are lost: neither the hub nor a capture holds them any more. The ledger counts them. ` +
      'Raise the retention of the hub, or find out why ingest stood still for so long.',
  )
  return commitLost(ports, held, to)
}

/** Reports a commit to those who measure. */
const report =
  (meter: Meter): FoldPorts['committed'] =>
  (shard, draft, ru) => {
    meter.committed({
      stream: shard.place.stream.name,
      partition: shard.place.partition,
      lastSequence: shard.lastSequence,
      enqueuedAt: draft.enqueuedAt,
      outcomes: draft.outcomes,
      dead: draft.letters,
      lost: draft.lost,
      windows: [...draft.changed.keys()].map((window) => `${window.rollup.id}:${window.start}`),
      ru,
    })
  }

const holeTooLong = (shard: Shard, to: number): RetryableError =>
  new RetryableError(
    `Shard ${shard.id} has read its hole up to ${shard.lastSequence} of ${to}: the retry goes on from there.`,
  )
