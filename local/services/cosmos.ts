/** The local Cosmos DB as a process of its own. */
import { runChild } from '../child-main.ts'
import { startCosmos, type CosmosOptions } from '../cosmos/server.ts'

await runChild(async (options) => {
  const cosmos = await startCosmos(options as CosmosOptions)
  return { ready: { port: cosmos.port, connectionString: cosmos.connectionString }, close: () => cosmos.close() }
})
