/** Instants and the rule that decides when an event counts as having happened. */

const second = 1_000
const dayMs = 86_400_000

export const floorToSecond = (instantMs: number): number => Math.floor(instantMs / second) * second

/**
 * Parses an RFC 3339 instant to epoch milliseconds (fractions beyond milliseconds are cut off). undefined unless it is
 * a real date and time with a zone, from 1970-01-01T00:00:00Z on. Reads characters by hand: each event has two of these.
 *
 *   2026-11-24T12:00:00.123456789+01:30
 *   0    5  8  11 14 17 19        zone
 */
export const parseInstant = (text: string): number | undefined => {
  const hasItsMarks =
    text[4] === '-' && text[7] === '-' && isOneOf(text, 10, 'Tt ') && text[13] === ':' && text[16] === ':'
  if (!hasItsMarks) return undefined
  const midnight = startOfDay(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10))
  const hours = digits(text, 11, 13)
  const minutes = digits(text, 14, 16)
  const seconds = digits(text, 17, 19)
  const zoneAt = isOneOf(text, 19, '.,') ? endOfDigits(text, 20) : 19
  const fraction = zoneAt === 19 ? 0 : fractionMs(text, 20, zoneAt)
  // NaN, which stands for what is no number, fails every comparison.
  if (!(hours <= 23 && minutes <= 59 && seconds <= 59)) return undefined
  const instant = midnight + ((hours * 60 + minutes) * 60 + seconds) * second + fraction - zoneOffsetMs(text, zoneAt)
  return instant >= 0 ? instant : undefined
}

const isOneOf = (text: string, at: number, characters: string): boolean =>
  at < text.length && characters.includes(text[at]!)

const zero = 48

/** The whole number that stands in `[from, to)`; NaN where anything else does. */
const digits = (text: string, from: number, to: number): number => {
  let value = 0
  for (let i = from; i < to; i += 1) {
    const digit = text.charCodeAt(i) - zero
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

const endOfDigits = (text: string, from: number): number => {
  let at = from
  while (text.charCodeAt(at) >= zero && text.charCodeAt(at) <= zero + 9) at += 1
  return at
}

const mostFractionDigits = 9

/** NaN without a digit, or with more than nanoseconds have. */
const fractionMs = (text: string, from: number, to: number): number => {
  const length = to - from
  if (length < 1 || length > mostFractionDigits) return Number.NaN
  return length >= 3 ? digits(text, from, from + 3) : digits(text, from, to) * 10 ** (3 - length)
}

const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

/** NaN unless there is such a day, from 1970 on. */
const startOfDay = (year: number, month: number, day: number): number => {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = month === 2 && isLeap ? 29 : (daysInMonth[month - 1] ?? 0)
  return year >= 1970 && day >= 1 && day <= days ? Date.UTC(year, month - 1, day) : Number.NaN
}

/** Of `Z`, `+hh:mm` or `+hhmm` at the end of the text; NaN for anything else. */
const zoneOffsetMs = (text: string, at: number): number => {
  const rest = text.length - at
  if (rest === 1) return isOneOf(text, at, 'Zz') ? 0 : Number.NaN
  if (!isOneOf(text, at, '+-') || (rest !== 6 && rest !== 5) || (rest === 6 && text[at + 3] !== ':')) return Number.NaN
  const minutes = digits(text, at + 1, at + 3) * 60 + digits(text, text.length - 2, text.length)
  return (text[at] === '-' ? -minutes : minutes) * 60 * second
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
