import type { TimerHandler } from '@azure/functions'
import type { App } from '../shared/compose.ts'

/** Every 30 s: lag and frontier go to telemetry, whether or not events come. */
export const measure =
  (app: App): TimerHandler =>
  async () => {
    for (const stream of app.streams) await stream.measureLag()
  }
