/** Instants and the rule that decides when an event counts as having happened. */

const second = 1_000
const dayMs = 86_400_000
const instantPattern = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?([Zz]|[+-]\d\d:?\d\d)$/

export const floorToSecond = (instantMs: number): number => Math.floor(instantMs / second) * second

/**
 * Parses an RFC 3339 instant to epoch milliseconds (fractions beyond milliseconds are cut off). undefined unless it is
 * a real date and time with a zone, from 1970-01-01T00:00:00Z on.
 */
export const parseInstant = (text: string): number | undefined => {
  const match = instantPattern.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hours, minutes, seconds, fraction = '', zone = 'Z'] = match
  const midnight = startOfDay(Number(year), Number(month), Number(day))
  if (midnight === undefined || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'))
  const instant =
    midnight +
    ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * second +
    milliseconds -
    zoneOffsetMs(zone)
  return instant >= 0 ? instant : undefined
}

const startOfDay = (year: number, month: number, day: number): number | undefined => {
  const instant = Date.UTC(year, month - 1, day)
  const date = new Date(instant)
  return year >= 1970 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? instant : undefined
}

const zoneOffsetMs = (zone: string): number => {
  if (zone === 'Z' || zone === 'z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))
  return (zone.startsWith('-') ? -minutes : minutes) * 60 * second
}

export interface ResolvedTime {
  /** Decides the window, epoch ms. */
  readonly occurredAt: number
  /** The producer's clock ran ahead and was corrected by what it said when it sent. */
  readonly clockAhead: boolean
  /** The time still lay in the future and was cut to the arrival. */
  readonly capped: boolean
}

/**
 * Corrects a producer's clock that runs ahead, judged by the hub's clock at the second that Capture also keeps:
 * nothing can have been sent, or have happened, after it arrived. Such an event must not move the watermark.
 */
export const resolveTime = (stated: number, sentAt: number | undefined, enqueuedAt: number): ResolvedTime => {
  const arrivedBy = floorToSecond(enqueuedAt) + second - 1
  const ahead = sentAt === undefined ? 0 : Math.max(0, sentAt - arrivedBy)
  const corrected = stated - ahead
  return {
    occurredAt: Math.min(corrected, arrivedBy),
    clockAhead: ahead > 0,
    capped: corrected > arrivedBy,
  }
}

/** Start of the tumbling window `[start, start + every)` that holds the instant; windows are aligned to the epoch. */
export const windowStart = (instantMs: number, everyMs: number): number => Math.floor(instantMs / everyMs) * everyMs

/** Start of the UTC day that holds the instant, epoch ms. */
export const utcDay = (instantMs: number): number => windowStart(instantMs, dayMs)

export const formatInstant = (instantMs: number): string => new Date(instantMs).toISOString()
