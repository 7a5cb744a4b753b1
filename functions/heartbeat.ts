import type { TimerHandler } from '@azure/functions'
import type { App } from '../shared/compose.ts'

/** Every 10 s: moves event time on in every partition while a window waits to become final. */
export const heartbeat =
  (app: App): TimerHandler =>
  async () => {
    for (const stream of app.streams) await stream.sendHeartbeats()
  }
