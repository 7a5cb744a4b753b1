/** Every request that the local Cosmos DB answers. */
import { readChangeFeed } from './change-feed.ts'
import {
  deleteContainer,
  listContainers,
  listPartitionKeyRanges,
  postContainers,
  readContainer,
  replaceContainer,
} from './containers.ts'
import {
  deleteDatabase,
  listDatabases,
  listOffers,
  postDatabases,
  readAccount,
  readDatabase,
  readOffer,
} from './databases.ts'
import { deleteItem, getItem, patchItem, postItems, replaceItem } from './items.ts'
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
  ['POST /offers', account(listOffers)],
  ['GET /offers/*', account(readOffer)],

  ['GET /dbs/*/colls/*/docs', items(readChangeFeed)],
  ['POST /dbs/*/colls/*/docs', items(postItems)],
  ['GET /dbs/*/colls/*/docs/*', items(getItem)],
  ['PUT /dbs/*/colls/*/docs/*', items(replaceItem)],
  ['PATCH /dbs/*/colls/*/docs/*', items(patchItem)],
  ['DELETE /dbs/*/colls/*/docs/*', items(deleteItem)],
])

export const findRoute = (method: string, path: readonly string[]): Route | undefined =>
  routes.get(`${method} /${path.map((step, index) => (index % 2 === 0 ? step : '*')).join('/')}`)
