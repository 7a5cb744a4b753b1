import { ErrorResponse, type Container, type PartitionKey, type Resource } from '@azure/cosmos'
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

/** Where a query for several items is cheaper than reading each: it costs about as much as two of them and a half. */
export const leastForQuery = 3
/** Constants in one `IN`. */
const mostInQuery = 500

/** The items of one logical partition whose `path`, `id` or an indexed number, is one of `values`. */
export const queryItems = async <T extends object>(
  container: Container,
  path: string,
  values: readonly (string | number)[],
  partitionKey: PartitionKey,
): Promise<{ readonly documents: readonly Fenced<T>[]; readonly ru: number }> => {
  const documents: Fenced<T>[] = []
  let ru = 0
  for (let from = 0; from < values.length; from += mostInQuery) {
    const parameters = values.slice(from, from + mostInQuery).map((value, i) => ({ name: `@${i}`, value }))
    const query = `SELECT * FROM c WHERE c.${path} IN (${parameters.map(({ name }) => name).join(', ')})`
    const { resources, requestCharge } = await container.items
      .query<T & Resource>({ query, parameters }, { partitionKey, maxItemCount: -1 })
      .fetchAll()
    ru += requestCharge
    documents.push(...resources.map((value) => ({ value, etag: value._etag })))
  }
  return { documents, ru }
}

/** By id, those of these items that are there. */
export const readItems = async <T extends { readonly id: string }>(
  container: Container,
  ids: readonly string[],
  partitionKey: PartitionKey,
): Promise<{ readonly documents: ReadonlyMap<string, Fenced<T>>; readonly ru: number }> => {
  const found =
    ids.length < leastForQuery
      ? await readEach<T>(container, ids, partitionKey)
      : await queryItems<T>(container, 'id', ids, partitionKey)
  return { ...found, documents: new Map(found.documents.map((document) => [document.value.id, document])) }
}

const readEach = async <T extends object>(
  container: Container,
  ids: readonly string[],
  partitionKey: PartitionKey,
): Promise<{ readonly documents: readonly Fenced<T>[]; readonly ru: number }> => {
  const reads = await Promise.all(ids.map((id) => readItem<T>(container, id, partitionKey)))
  return {
    documents: reads.flatMap(({ document }) => (document === undefined ? [] : [document])),
    ru: reads.reduce((sum, { ru }) => sum + ru, 0),
  }
}

const notFound = (substatus: number): ErrorResponse => {
  const error = new ErrorResponse(`Status 404 with sub-status ${substatus}.`)
  error.code = 404
  error.substatus = substatus
  return error
}
