/**
 * Where a capture file ends. Windows follow one another from the moment at which capture was switched on:
 *
 *     |------ interval ------|-- size limit --|------ interval ------|
 *     windowStart            windowStart      windowStart              each names its file, to the second
 *
 * A file holds the events from where the one before ended up to the first of: those enqueued when the interval was over, and as
 * many as reach the size limit. All of it follows from the log, so that a window which is captured late is cut the same way.
 *
 * That the beginning of its window names a file is read off the example that Microsoft publishes
 * (https://learn.microsoft.com/azure/event-grid/event-schema-event-hubs): written at 19:12:46, it is named 19/11/45.
 */

/** How far a partition is captured. */
export interface CapturePosition {
  /** First sequence that no file holds. */
  readonly next: number
  /** When the window began that is open now: epoch ms, a whole second, later than those of all files before. */
  readonly windowStart: number
}

/** A file to be written: the events `from` to below `to`. */
export interface Cut {
  readonly from: number
  readonly to: number
  readonly windowStart: number
  /** Where capture stands when the file is there. */
  readonly then: CapturePosition
}

export interface WindowRule {
  readonly intervalMs: number
  readonly sizeLimitBytes: number
  readonly skipEmpty: boolean
}

/** What is asked of a partition's log. */
export interface LogView {
  readonly last: { readonly sequence: number }
  /** Where the event begins in the log, bytes; for the sequence after the last: where the log ends. */
  offsetOf(sequence: number): number
  /** Epoch ms. */
  enqueuedAt(sequence: number): number
  sequenceAtOffset(offset: number, inclusive: boolean): number
  sequenceAtTime(instant: number, inclusive: boolean): number
}

const second = 1_000

/** Rounds down to the second: names hold no more. */
export const wholeSecond = (epochMs: number): number => Math.floor(epochMs / second) * second

/** The file that is due at `now` (epoch ms); undefined while the window is open or, where empty ones are skipped, nothing came. */
export const dueCut = (position: CapturePosition, log: LogView, rule: WindowRule, now: number): Cut | undefined => {
  const { next, windowStart } = rule.skipEmpty ? skipEmpty(position, log, rule.intervalMs, now) : position
  const end = windowStart + rule.intervalMs
  const byTime = Math.max(next, log.sequenceAtTime(end, true))
  const bySize = sequenceAtSize(next, log, rule.sizeLimitBytes)
  if (bySize !== undefined && bySize <= byTime) {
    const reached = wholeSecond(log.enqueuedAt(bySize - 1))
    const then = { next: bySize, windowStart: Math.max(reached, windowStart + second) }
    return { from: next, to: bySize, windowStart, then }
  }
  if (now < end || (rule.skipEmpty && byTime === next)) return undefined
  return { from: next, to: byTime, windowStart, then: { next: byTime, windowStart: end } }
}

/** The same position in the window of the next event, or where there is none of now: the ones in between hold nothing. */
export const skipEmpty = (
  position: CapturePosition,
  log: LogView,
  intervalMs: number,
  now: number,
): CapturePosition => {
  const { next, windowStart } = position
  const until = next > log.last.sequence ? now : log.enqueuedAt(next)
  const windows = Math.max(0, Math.floor((until - windowStart) / intervalMs))
  return { next, windowStart: windowStart + windows * intervalMs }
}

/** The sequence before which the events from `next` on reach the size; undefined while they do not. */
const sequenceAtSize = (next: number, log: LogView, bytes: number): number | undefined => {
  const reached = log.offsetOf(next) + bytes
  const end = log.last.sequence + 1
  if (next >= end || log.offsetOf(end) < reached) return undefined
  return log.sequenceAtOffset(reached, true)
}
