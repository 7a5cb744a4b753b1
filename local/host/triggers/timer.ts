/** Timer triggers: NCRONTAB schedules with six fields, or a time span. */
import { CronExpressionParser } from 'cron-parser'
import { timeSpanMs } from '../host-json.ts'
import type { InvocationResult } from '../invoke.ts'
import { resolveText } from '../settings.ts'
import type { Listener, ListenerContext } from './trigger.ts'

/** setTimeout takes at most 2^31 - 1 ms; longer waits are taken in parts. */
const longestTimeoutMs = 2_000_000_000

export const listenToTimer = (context: ListenerContext): Listener => {
  const { fn, settings, log } = context
  const text = fn.trigger['schedule']
  const where = `Function ${fn.name}, schedule`
  if (typeof text !== 'string') throw new Error(`${where}: expected an NCRONTAB expression such as */10 * * * * *.`)
  const nextAfter = schedule(resolveText(text, settings, where), where)
  let last: Date | undefined
  let timer: NodeJS.Timeout | undefined
  let running: Promise<InvocationResult> | undefined
  let stopped = false

  const run = async (isPastDue: boolean): Promise<InvocationResult> => {
    // Never two at once: who asks meanwhile waits for the one that runs, then runs after it.
    while (running !== undefined) await running
    const now = new Date()
    const status = {
      Last: (last ?? new Date(0)).toISOString(),
      Next: nextAfter(now).toISOString(),
      LastUpdated: now.toISOString(),
    }
    const body = { Schedule: { AdjustForDST: true }, ScheduleStatus: status, IsPastDue: isPastDue }
    running = context.invoke({ data: { json: JSON.stringify(body) } })
    try {
      return await running
    } finally {
      last = now
      running = undefined
    }
  }

  const arm = (): void => {
    const due = nextAfter(new Date())
    const wait = (): void => {
      const left = due.getTime() - Date.now()
      if (stopped) return
      if (left > 0) {
        timer = setTimeout(wait, Math.min(left, longestTimeoutMs))
        return
      }
      void run(left < -1_000).finally(() => {
        if (!stopped) arm()
      })
    }
    wait()
  }

  arm()
  if (fn.trigger['runOnStartup'] === true) void run(false)
  log('debug', `Timer ${fn.name} is due next at ${nextAfter(new Date()).toISOString()}.`)
  return {
    run: () => run(false),
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}

const schedule = (text: string, where: string): ((after: Date) => Date) => {
  const every = timeSpanMs(text)
  if (every !== undefined) return (after) => new Date(after.getTime() + every)
  const fields = text.trim().split(/\s+/).length
  try {
    if (fields !== 5 && fields !== 6) throw new Error('expected six fields, seconds first')
    CronExpressionParser.parse(text)
  } catch (cause) {
    throw new Error(`${where}: ${JSON.stringify(text)} is no NCRONTAB expression: ${String(cause)}`, { cause })
  }
  return (after) => CronExpressionParser.parse(text, { currentDate: after, tz: 'UTC' }).next().toDate()
}
