import type { TimerHandler } from '@azure/functions'
import type { App } from '../shared/compose.ts'

/** Every 10 s: publishes what is final, copies what is left in outboxes, moves each stream's frontier. */
export const frontier =
  (app: App): TimerHandler =>
  async () => {
    for (const stream of app.streams) await stream.advanceFrontier()
  }
