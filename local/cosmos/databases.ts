/** The account and its databases. */
import { feedAnswer, isQuery } from './feed.ts'
import type { JsonObject } from './json.ts'
import { metadata } from './metadata.ts'
import { keepStatedOffer, statedContent } from './offers.ts'
import { bodyObject, requireMatch, step, type Answer, type CosmosRequest } from './request.ts'
import { metadataCharge } from './ru.ts'
import type { DatabaseRecord } from './store/catalog.ts'
import { parseResourceId } from './store/container-definition.ts'

/** One region under the address that the client used, Session consistency. */
export const readAccount = (request: CosmosRequest): Answer => {
  const location = { name: 'Local', databaseAccountEndpoint: request.endpoint }
  const oneReplica = { asyncReplication: false, minReplicaSetSize: 1, maxReplicasetSize: 1 }
  return metadata(200, {
    ...{
      _self: '',
      id: 'local-cosmos',
      _rid: 'local-cosmos',
      media: '//media/',
      addresses: '//addresses/',
      _dbs: '//dbs/',
    },
    writableLocations: [location],
    readableLocations: [location],
    enableMultipleWriteLocations: false,
    userReplicationPolicy: oneReplica,
    userConsistencyPolicy: { defaultConsistencyLevel: 'Session' },
    systemReplicationPolicy: oneReplica,
    readPolicy: { primaryReadCoefficient: 1, secondaryReadCoefficient: 1 },
    queryEngineConfiguration: '{}',
  })
}

/** POST to /dbs: a query or a new database. */
export const postDatabases = (request: CosmosRequest): Answer => {
  if (isQuery(request)) return listDatabases(request)
  const id = parseResourceId(bodyObject(request)['id'], 'database')
  statedContent(request)
  const created = request.catalog.createDatabase(id, request.now)
  keepStatedOffer(request, created)
  return metadata(201, databaseResource(created))
}

export const listDatabases = (request: CosmosRequest): Answer =>
  feedAnswer(request, 'Databases', '', request.catalog.databases().map(databaseResource))

export const readDatabase = (request: CosmosRequest): Answer =>
  metadata(200, databaseResource(request.catalog.database(step(request, 1))))

export const deleteDatabase = (request: CosmosRequest): Answer => {
  const database = request.catalog.database(step(request, 1))
  requireMatch(request, database.etag, `The database ${database.id}`)
  request.catalog.deleteDatabase(database)
  return { status: 204, charge: metadataCharge }
}

const databaseResource = ({ id, rid, etag, ts }: DatabaseRecord): JsonObject => ({
  ...{ id, _rid: rid, _self: `dbs/${rid}/`, _etag: etag, _ts: ts },
  ...{ _colls: 'colls/', _users: 'users/' },
})
