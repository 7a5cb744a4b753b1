/** Spoils what hosts remember of their place in a hub, as Azure does when an invocation times out or a store is restored. */
import { EventHubConsumerClient } from '@azure/event-hubs'
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob'

const container = 'azure-webjobs-eventhub'
/** A service that is down just now is not waited for. */
const impatient = {
  blobs: { retryOptions: { maxTries: 1 } },
  hubs: { retryOptions: { maxRetries: 0, timeoutInMs: 5_000 } },
}

export interface CheckpointPlace {
  readonly storage: string
  readonly eventHubs: string
  readonly hubs: readonly string[]
}

/** Deletes every checkpoint: all that the hub holds is delivered again. Resolves with their number. */
export const forgetCheckpoints = async ({ storage }: CheckpointPlace): Promise<number> => {
  const blobs = checkpointBlobs(storage)
  const names = await checkpointNames(storage)
  for (const name of names) await blobs.deleteBlob(name).catch(ignoreMissing)
  return names.length
}

/**
 * Moves every checkpoint to the last event there is: what was not processed yet is not delivered any more. Resolves with
 * their number.
 */
export const skipAhead = async ({ storage, eventHubs, hubs }: CheckpointPlace): Promise<number> => {
  const blobs = checkpointBlobs(storage)
  const names = await checkpointNames(storage)
  let moved = 0
  for (const hub of hubs) {
    const client = new EventHubConsumerClient('$Default', eventHubs, hub, impatient.hubs)
    try {
      for (const name of names.filter((candidate) => candidate.includes(`/${hub}/`))) {
        const last = await client.getPartitionProperties(name.slice(name.lastIndexOf('/') + 1))
        if (last.isEmpty) continue
        await blobs
          .getBlobClient(name)
          .setMetadata({
            sequencenumber: String(last.lastEnqueuedSequenceNumber),
            offset: String(last.lastEnqueuedOffset),
          })
          .catch(ignoreMissing)
        moved += 1
      }
    } finally {
      await client.close()
    }
  }
  return moved
}

const checkpointBlobs = (storage: string): ContainerClient =>
  BlobServiceClient.fromConnectionString(storage, impatient.blobs).getContainerClient(container)

const checkpointNames = async (storage: string): Promise<string[]> => {
  const blobs = checkpointBlobs(storage)
  const names: string[] = []
  for await (const { name } of blobs.listBlobsFlat()) if (name.includes('/checkpoint/')) names.push(name)
  return names
}

const ignoreMissing = (error: unknown): void => {
  if ((error as { statusCode?: unknown }).statusCode !== 404) throw error
}
