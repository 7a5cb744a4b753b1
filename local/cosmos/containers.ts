import { badRequest } from './errors.ts'
import { feedAnswer, isQuery, listAnswer } from './feed.ts'
import { metadata } from './databases.ts'
import type { JsonObject } from './json.ts'
import { bodyObject, step, type Answer, type ContainerRequest, type CosmosRequest } from './request.ts'
import { metadataCharge } from './ru.ts'
import type { ContainerRecord } from './store/catalog.ts'
import { parseContainerDefinition } from './store/container-definition.ts'

/** POST to /colls: a query or a new container. */
export const postContainers = (request: CosmosRequest): Answer => {
  if (isQuery(request)) return listContainers(request)
  const definition = parseContainerDefinition(bodyObject(request))
  return metadata(201, containerResource(request.catalog.createContainer(step(request, 1), definition, request.now)))
}

export const listContainers = (request: CosmosRequest): Answer => {
  const containers = request.catalog.containers(step(request, 1))
  return feedAnswer(request, 'DocumentCollections', '', containers.map(containerResource))
}

export const readContainer = ({ container }: ContainerRequest): Answer => metadata(200, containerResource(container))

/** Changes indexing and time to live; id and partition key stay. */
export const replaceContainer = (request: ContainerRequest): Answer => {
  const { container, catalog, now } = request
  const definition = parseContainerDefinition(bodyObject(request))
  const { id, partitionKey } = container.definition
  if (definition.id !== id || definition.partitionKey.paths.join() !== partitionKey.paths.join()) {
    throw badRequest('The id and the partition key of a container cannot be changed.')
  }
  return metadata(200, containerResource(catalog.replaceContainer(container, definition, now)))
}

export const deleteContainer = ({ catalog, container }: ContainerRequest): Answer => {
  catalog.deleteContainer(container)
  return { status: 204, charge: metadataCharge }
}

/** One physical partition holds everything. */
export const listPartitionKeyRanges = ({ container }: ContainerRequest): Answer => {
  const range = { id: '0', _rid: container.rid, minInclusive: '', maxExclusive: 'FF', status: 'online', parents: [] }
  return listAnswer('PartitionKeyRanges', container.rid, [JSON.stringify(range)], metadataCharge)
}

const containerResource = (container: ContainerRecord): JsonObject => {
  const { id, rid, etag, ts, definition } = container
  const { partitionKey, indexingPolicy, defaultTtl } = definition
  return {
    id,
    partitionKey: { ...partitionKey },
    indexingPolicy,
    ...(defaultTtl === null ? {} : { defaultTtl }),
    conflictResolutionPolicy: { mode: 'LastWriterWins', conflictResolutionPath: '/_ts' },
    ...{ _rid: rid, _self: `dbs/${container.database.rid}/colls/${rid}/`, _etag: etag, _ts: ts },
    ...{ _docs: 'docs/', _sprocs: 'sprocs/', _triggers: 'triggers/', _udfs: 'udfs/', _conflicts: 'conflicts/' },
  }
}
