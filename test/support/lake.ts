/** A storage account on this machine with the container that capture files go to. */
import { ContainerClient } from '@azure/storage-blob'
import { startStorage, type StoragePorts } from '../../local/storage/server.ts'
import { captureContainer } from '../../shared/contracts/capture.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface Lake {
  readonly connectionString: string
  readonly container: ContainerClient
  /** By name, in the order of names. */
  files(): Promise<Map<string, Buffer>>
  stop(): Promise<void>
  /** After `stop`: in its place, with what it held. */
  startAgain(): Promise<void>
}

export const startLake = async (): Promise<Lake> => {
  const directory = temporaryFolder()
  const start = (ports: StoragePorts) => startStorage({ directory, ports })
  let running = await start({ blob: 0, queue: 0, table: 0 })
  const { connectionString, ports } = running
  const container = new ContainerClient(connectionString, captureContainer)
  await container.create()
  return {
    connectionString,
    container,
    files: async () => {
      const names = await Array.fromAsync(container.listBlobsFlat(), ({ name }) => name)
      const files = new Map<string, Buffer>()
      for (const name of names.sort()) files.set(name, await container.getBlobClient(name).downloadToBuffer())
      return files
    },
    stop: () => running.close(),
    startAgain: async () => {
      running = await start(ports)
    },
  }
}
