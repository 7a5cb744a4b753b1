import { ErrorResponse, type Container, type PartitionKey } from '@azure/cosmos'
import type { Fenced } from '../../ports/shard-state.ts'

/**
 * A point read: undefined where there is no such item. Any other 404 (the container is missing, the replica is behind the
 * session) rejects: the SDK would make it look like a missing item.
 */
export const readItem = async <T extends object>(
  container: Container,
  id: string,
  partitionKey: PartitionKey,
): Promise<{ readonly document: Fenced<T> | undefined; readonly ru: number }> => {
  const { resource, etag, requestCharge, substatus } = await container.item(id, partitionKey).read<T>()
  if (resource !== undefined) return { document: { value: resource, etag }, ru: requestCharge }
  if (substatus) throw notFound(substatus)
  return { document: undefined, ru: requestCharge }
}

const notFound = (substatus: number): ErrorResponse => {
  const error = new ErrorResponse(`Status 404 with sub-status ${substatus}.`)
  error.code = 404
  error.substatus = substatus
  return error
}
