/** Every request that the local Cosmos DB answers. */
import { CosmosError, notFound } from './errors.ts'
import {
  deleteContainer,
  listContainers,
  listPartitionKeyRanges,
  postContainers,
  readContainer,
  replaceContainer,
} from './containers.ts'
import { deleteDatabase, listDatabases, postDatabases, readAccount, readDatabase } from './databases.ts'
import { deleteItem, getItem, getItems, patchItem, postItems, postOperation, replaceItem } from './items.ts'
import { listOffers, postOffers, readOffer, replaceOffer } from './offers.ts'
import type { Answer, ContainerRequest, CosmosRequest } from './request.ts'

export type Route =
  | { readonly of: 'account'; readonly handle: (request: CosmosRequest) => Answer }
  /** `items`: counts against the container's throughput. */
  | { readonly of: 'container' | 'items'; readonly handle: (request: ContainerRequest) => Answer }

const account = (handle: (request: CosmosRequest) => Answer): Route => ({ of: 'account', handle })
const container = (handle: (request: ContainerRequest) => Answer): Route => ({ of: 'container', handle })
const items = (handle: (request: ContainerRequest) => Answer): Route => ({ of: 'items', handle })

/** `*` stands for an id. */
const routes: ReadonlyMap<string, Route> = new Map([
  ['GET /', account(readAccount)],

  ['GET /dbs', account(listDatabases)],
  ['POST /dbs', account(postDatabases)],
  ['GET /dbs/*', account(readDatabase)],
  ['DELETE /dbs/*', account(deleteDatabase)],

  ['GET /dbs/*/colls', account(listContainers)],
  ['POST /dbs/*/colls', account(postContainers)],
  ['GET /dbs/*/colls/*', container(readContainer)],
  ['PUT /dbs/*/colls/*', container(replaceContainer)],
  ['DELETE /dbs/*/colls/*', container(deleteContainer)],
  ['GET /dbs/*/colls/*/pkranges', container(listPartitionKeyRanges)],

  ['GET /offers', account(listOffers)],
  ['POST /offers', account(postOffers)],
  ['GET /offers/*', account(readOffer)],
  ['PUT /offers/*', account(replaceOffer)],

  ['GET /dbs/*/colls/*/docs', items(getItems)],
  ['POST /dbs/*/colls/*/docs', items(postItems)],
  ['GET /dbs/*/colls/*/docs/*', items(getItem)],
  ['PUT /dbs/*/colls/*/docs/*', items(replaceItem)],
  ['PATCH /dbs/*/colls/*/docs/*', items(patchItem)],
  ['DELETE /dbs/*/colls/*/docs/*', items(deleteItem)],
  ['POST /dbs/*/colls/*/operations/*', items(postOperation)],
])

/** Throws 404 for an address that stands for nothing and 405 for what cannot be done with it. */
export const findRoute = (method: string, path: readonly string[]): Route => {
  const pattern = `/${path.map((step, index) => (index % 2 === 0 ? step : '*')).join('/')}`
  const route = routes.get(`${method} ${pattern}`)
  if (route !== undefined) return route
  const isKnown = [...routes.keys()].some((known) => known.endsWith(` ${pattern}`))
  if (!isKnown) throw notFound(`The resource /${path.join('/')}`)
  throw new CosmosError(405, 'MethodNotAllowed', `The local Cosmos DB has no ${method} ${pattern}.`)
}
