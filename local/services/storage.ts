/** Azurite's blobs, queues and tables as a process of their own. */
import { runChild } from '../child-main.ts'
import { startStorage, type StorageOptions } from '../storage/server.ts'

await runChild(async (options) => {
  const storage = await startStorage(options as StorageOptions)
  return { ready: { ports: storage.ports, connectionString: storage.connectionString }, close: () => storage.close() }
})
