/** As in the cloud, ORDER BY needs an index. */
import { badRequest } from './errors.ts'
import { isIndexed } from './indexing.ts'
import { isArray, isObject, type Json } from './json.ts'
import type { CompiledQuery } from './sql/compile-query.ts'
import type { ContainerRecord } from './store/catalog.ts'

/** Indexed whatever the policy says. */
const alwaysIndexed = ['id', '_ts']

/** One property needs an index on its path, several a composite index in the same order or in the opposite one. */
export const requireOrderIndex = ({ syntax, orderPaths }: CompiledQuery, container: ContainerRecord): void => {
  const orderBy = syntax.orderBy.map(({ descending }, index) => ({ path: orderPaths[index], descending }))
  const [first] = orderBy
  if (first === undefined) return
  if (orderBy.length === 1) {
    const { path } = first
    if (path === undefined) throw badRequest(unmapped)
    if (isIndexed(path, container.policy) || alwaysIndexed.includes(path.join('/'))) return
    throw badRequest('The order-by item needs an index: include its path in the indexing policy of the container.')
  }
  const wanted = [describe(orderBy, false), describe(orderBy, true)]
  const indexes = container.definition.indexingPolicy['compositeIndexes']
  if (listOf(indexes).some((index) => wanted.includes(describeIndex(listOf(index))))) return
  throw badRequest('The order by query does not have a corresponding composite index that it can be served from.')
}

interface OrderItem {
  readonly path: readonly string[] | undefined
  readonly descending: boolean
}

const unmapped = 'Unsupported ORDER BY clause. ORDER BY item expression could not be mapped to a document path.'

const describe = (orderBy: readonly OrderItem[], reversed: boolean): string =>
  JSON.stringify(orderBy.map(({ path, descending }) => [`/${path?.join('/') ?? ''}`, descending !== reversed]))

const describeIndex = (index: readonly Json[]): string =>
  JSON.stringify(index.map((entry) => isObject(entry) && [entry['path'] ?? null, entry['order'] === 'descending']))

const listOf = (value: Json | undefined): readonly Json[] => (value !== undefined && isArray(value) ? value : [])
