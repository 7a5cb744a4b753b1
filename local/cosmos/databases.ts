/** The account, databases and offers. */
import { notFound } from './errors.ts'
import { feedAnswer, isQuery } from './feed.ts'
import type { JsonObject } from './json.ts'
import { bodyObject, step, type Answer, type CosmosRequest } from './request.ts'
import { metadataCharge } from './ru.ts'
import type { ContainerRecord, DatabaseRecord } from './store/catalog.ts'
import { parseResourceId } from './store/container-definition.ts'

/** One region under the address that the client used, Session consistency. */
export const readAccount = (request: CosmosRequest): Answer => {
  const location = { name: 'Local', databaseAccountEndpoint: request.endpoint }
  return metadata(200, {
    id: 'local-cosmos',
    _rid: 'local-cosmos',
    writableLocations: [location],
    readableLocations: [location],
    enableMultipleWriteLocations: false,
    userConsistencyPolicy: { defaultConsistencyLevel: 'Session' },
  })
}

/** POST to /dbs: a query or a new database. */
export const postDatabases = (request: CosmosRequest): Answer =>
  isQuery(request)
    ? listDatabases(request)
    : metadata(
        201,
        databaseResource(
          request.catalog.createDatabase(parseResourceId(bodyObject(request)['id'], 'database'), request.now),
        ),
      )

export const listDatabases = (request: CosmosRequest): Answer =>
  feedAnswer(request, 'Databases', '', request.catalog.databases().map(databaseResource))

export const readDatabase = (request: CosmosRequest): Answer =>
  metadata(200, databaseResource(request.catalog.database(step(request, 1))))

export const deleteDatabase = (request: CosmosRequest): Answer => {
  request.catalog.deleteDatabase(request.catalog.database(step(request, 1)).id)
  return { status: 204, charge: metadataCharge }
}

/** One offer a container; what it says is what the server was started with. */
export const listOffers = (request: CosmosRequest): Answer => feedAnswer(request, 'Offers', '', offers(request))

export const readOffer = (request: CosmosRequest): Answer => {
  const offer = offers(request).find(({ id }) => id === step(request, 1))
  if (offer === undefined) throw notFound(`The offer ${step(request, 1)}`)
  return metadata(200, offer)
}

export const metadata = (status: number, resource: JsonObject): Answer => ({
  status,
  body: JSON.stringify(resource),
  headers: typeof resource['_etag'] === 'string' ? { etag: resource['_etag'] } : {},
  charge: metadataCharge,
})

const databaseResource = ({ id, rid, etag, ts }: DatabaseRecord): JsonObject => ({
  ...{ id, _rid: rid, _self: `dbs/${rid}/`, _etag: etag, _ts: ts },
  ...{ _colls: 'colls/', _users: 'users/' },
})

const offers = (request: CosmosRequest): readonly JsonObject[] =>
  request.catalog
    .databases()
    .flatMap(({ id }) => request.catalog.containers(id))
    .map((container) => offerResource(container, request.throughput))

const offerResource = ({ rid, database, etag, ts }: ContainerRecord, throughput: number): JsonObject => {
  // Offers are signed by their id in lower case and must be found by it.
  const id = Buffer.from(rid).toString('hex').slice(-12)
  return {
    ...{ id, _rid: id, _self: `offers/${id}/`, _etag: etag, _ts: ts },
    ...{
      offerVersion: 'V2',
      offerType: 'Invalid',
      resource: `dbs/${database.rid}/colls/${rid}/`,
      offerResourceId: rid,
    },
    content: { offerThroughput: throughput },
  }
}
