import type { CheckpointStore, PartitionOwnership } from '@azure/event-hubs'

/**
 * The same store, telling of every partition that somebody else owns as soon as the balancing sees it. The SDK itself
 * notices only when it next reads the partition: not while a batch is retried.
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
      ownerId = claims[0]?.ownerId ?? ownerId
      return store.claimOwnership(claims, options)
    },
    listCheckpoints: (...parameters) => store.listCheckpoints(...parameters),
    updateCheckpoint: (...parameters) => store.updateCheckpoint(...parameters),
  }
}

/** An owner that stopped in order leaves an empty name behind. */
const isOthers = ({ ownerId }: PartitionOwnership, own: string | undefined): boolean =>
  ownerId !== '' && ownerId !== own
