/** The local Data Lake Storage as a process of its own. */
import { runChild } from '../child-main.ts'
import { startLake, type LakeOptions } from '../lake/server.ts'

await runChild(async (options) => {
  const lake = await startLake({ ...(options as LakeOptions), onFailure: (message) => console.error(message) })
  return { ready: { port: lake.port, connectionString: lake.connectionString }, close: () => lake.close() }
})
