/** When a timer is due: an NCRONTAB expression, seconds first, or a time span. In UTC. */
import { CronExpressionParser } from 'cron-parser'
import { timeSpanMs } from '../time-span.ts'

export interface TimerSchedule {
  /** The first time after that one. */
  next(after: Date): Date
  readonly adjustsForDst: boolean
  /** Whether it is due more than once a minute: the real host then keeps no status of it. */
  isFrequent(now: Date): boolean
}

const minuteMs = 60_000

/** Throws where the text is neither. */
export const parseSchedule = (text: string, where: string): TimerSchedule => {
  const every = timeSpanMs(text)
  if (every === 0) throw new Error(`${where}: expected a time span above 00:00:00.`)
  if (every !== undefined) {
    return {
      next: (after) => new Date(after.getTime() + every),
      adjustsForDst: false,
      isFrequent: () => every < minuteMs,
    }
  }
  const next = cron(text, where)
  return {
    next,
    adjustsForDst: true,
    isFrequent: (now) => next(next(now)).getTime() <= now.getTime() + minuteMs,
  }
}

const cron = (text: string, where: string): ((after: Date) => Date) => {
  const fields = text.trim().split(/\s+/)
  try {
    if (fields.length !== 5 && fields.length !== 6) throw new Error('expected six fields, seconds first')
    CronExpressionParser.parse(text)
  } catch (cause) {
    throw new Error(`${where}: ${JSON.stringify(text)} is no NCRONTAB expression: ${String(cause)}`, { cause })
  }
  const [dayOfMonth, dayOfWeek] = [fields.at(-3), fields.at(-1)]
  const nextOf = (expression: string, after: Date): Date =>
    CronExpressionParser.parse(expression, { currentDate: after, tz: 'UTC' }).next().toDate()
  if (dayOfMonth === '*' || dayOfWeek === '*') return (after) => nextOf(text, after)
  // NCRONTAB asks for both days, where cron asks for one of them: days of the month are gone through for the weekday.
  const anyWeekday = [...fields.slice(0, -1), '*'].join(' ')
  const weekdays = new Set<unknown>(CronExpressionParser.parse(text).fields.dayOfWeek.values)
  return (after) => {
    let candidate = nextOf(anyWeekday, after)
    while (!weekdays.has(candidate.getUTCDay())) candidate = nextOf(anyWeekday, endOfDay(candidate))
    return candidate
  }
}

const endOfDay = (time: Date): Date =>
  new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate(), 23, 59, 59, 999))
