/** Offers: the throughput of a container, or of a database whose containers share it. */
import { badRequest, notFound } from './errors.ts'
import { feedAnswer, isQuery } from './feed.ts'
import { isObject, parseObject, type Json, type JsonObject } from './json.ts'
import { metadata } from './metadata.ts'
import { bodyObject, header, step, type Answer, type CosmosRequest } from './request.ts'
import type { Catalog, ContainerRecord, DatabaseRecord } from './store/catalog.ts'

const leastThroughput = 400
const mostThroughput = 1_000_000

/** POST to /offers can only be a query: offers come with what they are for. */
export const postOffers = (request: CosmosRequest): Answer => {
  if (!isQuery(request)) throw badRequest('Offers are made with their database or container and can only be queried.')
  return listOffers(request)
}

export const listOffers = (request: CosmosRequest): Answer =>
  feedAnswer(
    request,
    'Offers',
    '',
    offers(request).map(({ resource }) => resource),
  )

export const readOffer = (request: CosmosRequest): Answer => metadata(200, offerAt(request).resource)

/** Changes the throughput, or turns it from manual into autoscale and back. */
export const replaceOffer = (request: CosmosRequest): Answer => {
  const { owner } = offerAt(request)
  request.catalog.putOffer(owner.rid, contentOf(bodyObject(request)['content']))
  return metadata(200, offerAt(request).resource)
}

/** Keeps what the headers of a create say about throughput. */
export const keepStatedOffer = (request: CosmosRequest, owner: DatabaseRecord): void => {
  const content = statedContent(request)
  if (content !== undefined) request.catalog.putOffer(owner.rid, content)
}

/** Validates the headers of a create before anything is made. */
export const statedContent = (request: CosmosRequest): JsonObject | undefined => {
  const manual = header(request, 'x-ms-offer-throughput')
  const autoscale = header(request, 'x-ms-cosmos-offer-autopilot-settings')
  if (manual !== undefined && autoscale !== undefined) {
    throw badRequest('x-ms-offer-throughput and x-ms-cosmos-offer-autopilot-settings exclude each other.')
  }
  if (manual !== undefined) return contentOf({ offerThroughput: Number(manual) })
  if (autoscale === undefined) return undefined
  return contentOf({ offerAutopilotSettings: parseObject(autoscale, 'x-ms-cosmos-offer-autopilot-settings') })
}

/** RU/s that a container may use: its own, or those of its database. */
export const throughputOf = (catalog: Catalog, container: ContainerRecord): number | undefined => {
  const content = catalog.offer(container.rid) ?? catalog.offer(container.database.rid)
  return content && mostOf(content)
}

const mostOf = (content: JsonObject): number => {
  const { offerAutopilotSettings: autoscale, offerThroughput } = content
  return Number((isObject(autoscale) ? autoscale['maxThroughput'] : undefined) ?? offerThroughput)
}

const contentOf = (value: Json | undefined): JsonObject => {
  const { offerAutopilotSettings: autoscale, offerThroughput } = isObject(value) ? value : {}
  if (isObject(autoscale)) {
    const most = autoscale['maxThroughput']
    if (!isThroughput(most) || most < 1000 || most % 1000 !== 0) {
      throw badRequest(`maxThroughput must be a multiple of 1000 from 1000 to ${mostThroughput}.`)
    }
    return { offerThroughput: most / 10, offerAutopilotSettings: { maxThroughput: most } }
  }
  if (!isThroughput(offerThroughput) || offerThroughput % 100 !== 0) {
    throw badRequest(`The throughput must be a multiple of 100 from ${leastThroughput} to ${mostThroughput} RU/s.`)
  }
  return { offerThroughput }
}

const isThroughput = (value: Json | undefined): value is number =>
  typeof value === 'number' && value >= leastThroughput && value <= mostThroughput

interface Offer {
  readonly owner: DatabaseRecord
  readonly resource: JsonObject
}

const offerAt = (request: CosmosRequest): Offer => {
  const id = step(request, 1).toLowerCase()
  const offer = offers(request).find(({ resource }) => resource['id'] === id)
  if (offer === undefined) throw notFound(`The offer ${step(request, 1)}`)
  return offer
}

/** A container has an offer of its own, unless its database has one and it was made without. */
const offers = ({ catalog, throughput }: CosmosRequest): readonly Offer[] =>
  catalog.databases().flatMap((database) => {
    const shared = catalog.offer(database.rid)
    const own = catalog.containers(database.id).flatMap((container) => {
      const content = catalog.offer(container.rid) ?? (shared ? undefined : { offerThroughput: throughput })
      return content ? [offerOf(container, `dbs/${database.rid}/colls/${container.rid}/`, content)] : []
    })
    return shared ? [offerOf(database, `dbs/${database.rid}/`, shared), ...own] : own
  })

const offerOf = (owner: DatabaseRecord, link: string, content: JsonObject): Offer => {
  // Offers are signed by their id in lower case and must be found by it.
  const id = Buffer.from(owner.rid).toString('hex').slice(-12)
  return {
    owner,
    resource: {
      ...{ id, _rid: id, _self: `offers/${id}/`, _etag: owner.etag, _ts: owner.ts },
      ...{ offerVersion: 'V2', offerType: 'Invalid', resource: link, offerResourceId: owner.rid },
      content: { offerThroughput: content['offerThroughput'] ?? null, ...content },
    },
  }
}
