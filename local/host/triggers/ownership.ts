import type { CheckpointStore, PartitionOwnership } from '@azure/event-hubs'

/**
 * The same store, telling of every partition that somebody else owns as soon as the balancing sees it: the SDK itself
 * notices only when it next reads the partition, not while a batch is processed. Looks once more before a checkpoint, and
 * writes none into somebody else's partition.
 */
export const watchOwnership = (store: CheckpointStore, onLost: (partitionId: string) => void): CheckpointStore => {
  let ownerId: string | undefined
  return {
    listOwnership: async (...parameters) => {
      const ownerships = await store.listOwnership(...parameters)
      for (const ownership of ownerships) if (isOthers(ownership, ownerId)) onLost(ownership.partitionId)
      return ownerships
    },
    claimOwnership: (claims, options) => {
      ownerId = claims[0]?.ownerId || ownerId
      return store.claimOwnership(claims, options)
    },
    listCheckpoints: (...parameters) => store.listCheckpoints(...parameters),
    updateCheckpoint: async (checkpoint, options) => {
      const { fullyQualifiedNamespace, eventHubName, consumerGroup, partitionId } = checkpoint
      const ownerships = await store.listOwnership(fullyQualifiedNamespace, eventHubName, consumerGroup)
      const ownership = ownerships.find((candidate) => candidate.partitionId === partitionId)
      if (ownership !== undefined && isOthers(ownership, ownerId)) onLost(partitionId)
      else await store.updateCheckpoint(checkpoint, options)
    },
  }
}

/** An owner that stopped in order leaves an empty name behind. */
const isOthers = ({ ownerId }: PartitionOwnership, own: string | undefined): boolean =>
  ownerId !== '' && ownerId !== own
