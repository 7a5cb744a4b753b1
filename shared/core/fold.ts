/** The fold: one event after another in sequence order, each with exactly one outcome. */
import type { Event, RawEvent } from '../contracts/raw-event.ts'
import type { Outcome } from '../contracts/ledger.ts'
import { InvariantError } from '../errors.ts'
import type { Facts } from '../ports/facts.ts'
import { deadLetter } from './dead-letter.ts'
import { decodeEvent, decodeHeartbeat, isControl, type Defect } from './decode.ts'
import { groupKey } from './group-key.ts'
import { identityOf } from './identity.ts'
import { beginsMinute, setMark } from './mark.ts'
import type { ReplayRules, Shard, WindowPlace } from './shard.ts'
import { floorToSecond, parseInstant, resolveTime, windowStart, type ResolvedTime } from './time.ts'

/**
 * Decides about the shard's next event from the events before it alone, never from the wall clock or from how batches
 * were cut, and counts it. Changes `shard` and its draft.
 *
 * A replay that counts late events may need sealed windows: then nothing was counted, and the answer is those to be
 * restored before the event is folded again.
 */
export const foldEvent = (shard: Shard, raw: RawEvent, facts: Facts): Outcome | readonly WindowPlace[] => {
  if (raw.sequence !== shard.lastSequence + 1) {
    throw new InvariantError(
      `Shard ${shard.id} stands at sequence ${shard.lastSequence} but was given ${raw.sequence}: events would be lost or ` +
        'counted twice. Nothing was stored.',
    )
  }
  if (beginsMinute(shard, raw)) setMark(shard)
  shard.clock = Math.max(shard.clock, floorToSecond(raw.enqueuedAt))
  const outcome = isControl(raw) ? foldHeartbeat(shard, raw) : foldData(shard, raw, facts)
  if (typeof outcome !== 'string') return outcome
  shard.ledger.received += 1
  shard.ledger[outcome] += 1
  shard.lastSequence = raw.sequence
  shard.draft.enqueuedAt.push(raw.enqueuedAt)
  shard.draft.outcomes[outcome] += 1
  return outcome
}

/** Records that the shard's next `count` events are held by no source any more. */
export const foldLost = (shard: Shard, count: number): void => {
  shard.ledger.lost += count
  shard.lastSequence += count
  shard.draft.lost += count
}

const foldHeartbeat = (shard: Shard, raw: RawEvent): Outcome => {
  const heartbeat = decodeHeartbeat(raw)
  if ('defect' in heartbeat) return bury(shard, raw, heartbeat.defect)
  const stated = shard.place.heartbeats === 'feed' ? heartbeat.value : undefined
  advance(shard, stated ?? floorToSecond(raw.enqueuedAt))
  return 'control'
}

const foldData = (shard: Shard, raw: RawEvent, facts: Facts): Outcome | readonly WindowPlace[] => {
  const { stream, partition, replay } = shard.place
  const decoded = decodeEvent(stream, raw)
  if ('defect' in decoded) return bury(shard, raw, decoded.defect)
  const event = decoded.value
  const identity = identityOf(stream, event, partition, raw.sequence)
  const time = timeOf(shard, event, raw)
  if ('defect' in time) return bury(shard, raw, time.defect)

  const { occurredAt } = time.value
  shard.newest = Math.max(shard.newest, occurredAt)
  const verdict = judge(shard, event, identity, time.value, facts)
  if ('defect' in verdict) return bury(shard, raw, verdict.defect)
  const counted = verdict.outcome === 'accepted' && isCounted(replay, occurredAt)
  if (counted && replay?.late === 'count') {
    const lacking = lackingWindows(shard, verdict.keys, occurredAt)
    if (lacking.length > 0) return lacking
  }

  // Only now: an event found dead leaves no trace in the seen set or the watermark.
  if (counted) count(shard, event, verdict.keys, occurredAt, raw.sequence)
  if (verdict.outcome === 'late') shard.noteLate(occurredAt, raw.sequence)
  if (replay?.late !== 'count' || isCounted(replay, occurredAt)) {
    const entry = { identity, seenAt: shard.clock }
    shard.seen.add(entry)
    shard.draft.identify(entry)
  }
  if (time.value.clockAhead) shard.warn('clock-ahead')
  if (time.value.capped) shard.warn('time-capped')
  if (!time.value.clockAhead && !time.value.capped) advance(shard, occurredAt)
  return verdict.outcome
}

/** By the rollup's place; undefined where the event is none of the rollup's. */
type GroupKeys = readonly (string | undefined)[]
type Verdict =
  | { readonly outcome: 'accepted'; readonly keys: GroupKeys }
  | { readonly outcome: 'duplicate' | 'late' | 'filtered' }
  | { readonly defect: Defect }

const judge = (shard: Shard, event: Event, identity: bigint, time: ResolvedTime, facts: Facts): Verdict => {
  const { stream, replay } = shard.place
  const { watermark } = shard
  const countsLate = replay?.late === 'count'
  if (shard.seen.has(identity, shard.clock, countsLate ? Infinity : stream.horizonMs)) return { outcome: 'duplicate' }
  if (!countsLate && watermark !== null && time.occurredAt < watermark) return { outcome: 'late' }
  let step: Defect['step'] = 'enrich'
  try {
    stream.enrich(event, facts)
    step = 'filter'
    if (!stream.keep(event)) return { outcome: 'filtered' }
    step = 'fold'
    const keys = stream.rollups.map((rollup) => (rollup.where(event) ? groupKey(event, rollup.by) : undefined))
    return { outcome: 'accepted', keys }
  } catch (error) {
    // A pure step that throws has a bug: this event waits as a dead letter for the mended version, the rest goes on.
    const kind = error instanceof Error ? error.name : typeof error
    return { defect: { step, reason: 'bug', detail: `${step} threw ${kind}: mend the step, then redrive` } }
  }
}

/** A replay counts nothing outside its range; all else of an event, which those after it depend on, is as in live. */
const isCounted = (replay: ReplayRules | undefined, occurredAt: number): boolean =>
  replay === undefined || (occurredAt >= replay.from && occurredAt < replay.to)

const lackingWindows = (shard: Shard, keys: GroupKeys, occurredAt: number): WindowPlace[] =>
  shard.place.stream.rollups
    .filter((rollup) => keys[rollup.place] !== undefined && shard.lacks(rollup, occurredAt))
    .map((rollup) => ({ rollup, windowStart: windowStart(occurredAt, rollup.everyMs) }))

const count = (shard: Shard, event: Event, keys: GroupKeys, occurredAt: number, sequence: number): void => {
  const position = { occurredAt, partition: Number(shard.place.partition), sequence }
  for (const rollup of shard.place.stream.rollups) {
    const key = keys[rollup.place]
    if (key === undefined) continue
    const window = shard.window(rollup, occurredAt)
    const wasExact = !window.approximate
    shard.draft.touch(window, window.fold(key, event, position))
    if (wasExact && window.approximate) shard.warn('group-overflow')
    shard.openUntil = Math.max(shard.openUntil ?? window.end, window.end)
  }
}

const timeOf = (
  shard: Shard,
  event: Event,
  raw: RawEvent,
): { readonly value: ResolvedTime } | { readonly defect: Defect } => {
  const { occurredAt: occurredField, sentAt: sentField } = shard.place.stream.description.time
  const stated = instantIn(event, occurredField)
  if (stated === undefined) return { defect: badTime(occurredField) }
  if (sentField === undefined || event[sentField] === undefined) {
    return { value: resolveTime(stated, undefined, raw.enqueuedAt) }
  }
  const sentAt = instantIn(event, sentField)
  if (sentAt === undefined) return { defect: badTime(sentField) }
  const resolved = resolveTime(stated, sentAt, raw.enqueuedAt)
  return resolved.occurredAt < 0 ? { defect: badTime(occurredField) } : { value: resolved }
}

const instantIn = (event: Event, field: string): number | undefined => {
  const value = event[field]
  return typeof value === 'string' ? parseInstant(value) : undefined
}

const badTime = (field: string): Defect => ({
  step: 'time',
  reason: 'time-range',
  detail: `${field}: expected an RFC 3339 instant with a zone, from 1970 on`,
})

const advance = (shard: Shard, occurredAt: number): void => {
  shard.newestOccurredAt = Math.max(shard.newestOccurredAt ?? occurredAt, occurredAt)
  shard.newest = Math.max(shard.newest, occurredAt)
}

const bury = (shard: Shard, raw: RawEvent, defect: Defect): Outcome => {
  shard.draft.bury(deadLetter(raw, defect))
  return 'dead'
}
