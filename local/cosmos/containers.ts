import { badRequest } from './errors.ts'
import { feedAnswer, isQuery, listAnswer } from './feed.ts'
import type { JsonObject } from './json.ts'
import { metadata } from './metadata.ts'
import { keepStatedOffer, statedContent } from './offers.ts'
import {
  bodyObject,
  header,
  requireMatch,
  step,
  type Answer,
  type ContainerRequest,
  type CosmosRequest,
} from './request.ts'
import { metadataCharge } from './ru.ts'
import type { ContainerRecord } from './store/catalog.ts'
import { parseContainerDefinition } from './store/container-definition.ts'

/** POST to /colls: a query or a new container. */
export const postContainers = (request: CosmosRequest): Answer => {
  if (isQuery(request)) return listContainers(request)
  const definition = parseContainerDefinition(bodyObject(request))
  statedContent(request)
  const created = request.catalog.createContainer(step(request, 1), definition, request.now)
  keepStatedOffer(request, created)
  return metadata(201, containerResource(created))
}

export const listContainers = (request: CosmosRequest): Answer => {
  const containers = request.catalog.containers(step(request, 1))
  return feedAnswer(request, 'DocumentCollections', '', containers.map(containerResource))
}

export const readContainer = ({ container }: ContainerRequest): Answer => metadata(200, containerResource(container))

/** Changes indexing and time to live; id, partition key and unique keys stay. */
export const replaceContainer = (request: ContainerRequest): Answer => {
  const { container, catalog, now } = request
  requireMatch(request, container.etag, `The container ${container.id}`)
  const definition = parseContainerDefinition(bodyObject(request))
  const { id, partitionKey, uniqueKeys } = container.definition
  if (definition.id !== id || definition.partitionKey.paths.join() !== partitionKey.paths.join()) {
    throw badRequest('The id and the partition key of a container cannot be changed.')
  }
  if (JSON.stringify(definition.uniqueKeys) !== JSON.stringify(uniqueKeys)) {
    throw badRequest('The unique keys of a container cannot be changed.')
  }
  return metadata(200, containerResource(catalog.replaceContainer(container, definition, now)))
}

export const deleteContainer = (request: ContainerRequest): Answer => {
  const { catalog, container } = request
  requireMatch(request, container.etag, `The container ${container.id}`)
  catalog.deleteContainer(container)
  return { status: 204, charge: metadataCharge }
}

/** One physical partition holds everything. Clients that read the ranges as a feed go on until they get 304. */
export const listPartitionKeyRanges = (request: ContainerRequest): Answer => {
  const { rid } = request.container
  const etag = '"0"'
  if (header(request, 'if-none-match') === etag) return { status: 304, headers: { etag }, charge: metadataCharge }
  const range = { id: '0', _rid: rid, minInclusive: '', maxExclusive: 'FF', status: 'online', parents: [] }
  const answer = listAnswer('PartitionKeyRanges', rid, [JSON.stringify(range)], metadataCharge)
  return { ...answer, headers: { ...answer.headers, etag } }
}

const containerResource = (container: ContainerRecord): JsonObject => {
  const { id, rid, etag, ts, definition } = container
  const { partitionKey, indexingPolicy, defaultTtl, uniqueKeys } = definition
  return {
    id,
    partitionKey: { ...partitionKey },
    indexingPolicy,
    ...(defaultTtl === null ? {} : { defaultTtl }),
    ...(uniqueKeys.length === 0 ? {} : { uniqueKeyPolicy: { uniqueKeys: uniqueKeys.map((paths) => ({ paths })) } }),
    conflictResolutionPolicy: { mode: 'LastWriterWins', conflictResolutionPath: '/_ts' },
    ...{ _rid: rid, _self: `dbs/${container.database.rid}/colls/${rid}/`, _etag: etag, _ts: ts },
    ...{ _docs: 'docs/', _sprocs: 'sprocs/', _triggers: 'triggers/', _udfs: 'udfs/', _conflicts: 'conflicts/' },
  }
}
