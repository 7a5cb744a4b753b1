import type { TimerHandler } from '@azure/functions'
import type { App } from '../shared/compose.ts'

/**
 * Once a minute: one line for each stream with what alerts and the workbook ask for, since neither can read documents. They
 * look for the first two words.
 */
export const report =
  (app: App): TimerHandler =>
  async (_timer, context) => {
    for (const stream of app.streams) {
      const { lag, ledger, frontier, warnings } = await stream.status()
      context.info(`stream report ${JSON.stringify({ stream: stream.name, lag, frontier, ledger, warnings })}`)
    }
  }
