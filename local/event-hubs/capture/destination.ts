/** The container that capture files go to. */
import { ContainerClient } from '@azure/storage-blob'
import { Readable } from 'node:stream'

export interface Destination {
  /** For messages: where files go, without its secret. */
  readonly name: string
  /** Writes a block blob whole, in place of any of this name; it is there when this resolves, and else as it was. */
  write(name: string, bytes: AsyncIterable<Buffer>, signal: AbortSignal): Promise<void>
}

/** What is sent at once, and held in memory for it. */
const pieceBytes = 4_194_304

export const blobDestination = (connectionString: string, container: string): Destination => {
  // Whoever waits for it tries again itself, and says so.
  const client = new ContainerClient(connectionString, container, { retryOptions: { maxTries: 1 } })
  return {
    name: client.url,
    write: async (name, bytes, abortSignal) => {
      await client.getBlockBlobClient(name).uploadStream(Readable.from(bytes), pieceBytes, 1, { abortSignal })
    },
  }
}
