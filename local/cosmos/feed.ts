/** Lists of resources: read whole, or queried. */
import type { JsonObject } from './json.ts'
import { bodyObject, isTrue, type Answer, type CosmosRequest } from './request.ts'
import { metadataCharge } from './ru.ts'
import { compileQuery } from './sql/compile-query.ts'
import { runQuery } from './sql/run-query.ts'

const unlimited = { items: Number.POSITIVE_INFINITY, characters: Number.POSITIVE_INFINITY }

/** Databases, containers and offers are few: always one page. `name`: the list's property in the answer. */
export const feedAnswer = (
  request: CosmosRequest,
  name: string,
  rid: string,
  resources: readonly JsonObject[],
): Answer => {
  const texts = isQuery(request)
    ? queryResources(bodyObject(request), resources, request.clock)
    : resources.map((one) => JSON.stringify(one))
  return listAnswer(name, rid, texts, metadataCharge)
}

export const listAnswer = (name: string, rid: string, texts: readonly string[], charge: number): Answer => ({
  status: 200,
  body: `{"_rid":${JSON.stringify(rid)},${JSON.stringify(name)}:[${texts.join(',')}],"_count":${texts.length}}`,
  headers: { 'x-ms-item-count': String(texts.length) },
  charge,
})

export const isQuery = (request: CosmosRequest): boolean =>
  request.method === 'POST' && isTrue(request, 'x-ms-documentdb-isquery')

const queryResources = (body: JsonObject, resources: readonly JsonObject[], clock: number): readonly string[] => {
  const source = {
    sortedById: false,
    scan: () => resources.keys(),
    compare: (a: number, b: number) => a - b,
    load: (index: number) => {
      const document = resources[index]
      return document && { document, text: JSON.stringify(document) }
    },
  }
  return runQuery(compileQuery(body, clock), source, unlimited, undefined).results
}
