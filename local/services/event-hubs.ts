/** The local Event Hubs as a process of its own. */
import { runChild } from '../child-main.ts'
import { startEventHubs, type EventHubsOptions } from '../event-hubs/server.ts'

await runChild(async (options) => {
  const hubs = await startEventHubs({ ...(options as EventHubsOptions), onNotice: console.error })
  return { ready: { port: hubs.port, connectionString: hubs.connectionString }, close: () => hubs.close() }
})
