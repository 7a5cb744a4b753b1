import type { JsonObject } from './json.ts'
import type { Answer } from './request.ts'
import { metadataCharge } from './ru.ts'

/** The answer with a database, container or offer. */
export const metadata = (status: number, resource: JsonObject): Answer => ({
  status,
  body: JSON.stringify(resource),
  headers: typeof resource['_etag'] === 'string' ? { etag: resource['_etag'] } : {},
  charge: metadataCharge,
})
