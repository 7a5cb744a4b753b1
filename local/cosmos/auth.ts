/**
 * The master-key signature of Cosmos DB's REST interface: HMAC-SHA256 over verb, resource type, resource link and date
 * ("Access control on Azure Cosmos DB resources", Azure Cosmos DB REST reference).
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { forbidden, unauthorized } from './errors.ts'

const allowedSkewMs = 15 * 60_000

/** Throws 401 where the signature does not fit the key, 403 where its date is more than 15 minutes from `now`. */
export const authenticate = (
  method: string,
  path: readonly string[],
  headers: IncomingHttpHeaders,
  key: Buffer,
  now: number,
): void => {
  const date = headers['x-ms-date'] ?? headers.date
  if (typeof date !== 'string') throw unauthorized('The x-ms-date header is missing.')
  const given = signatureIn(headers.authorization)
  // The text has a line for each of the two headers; x-ms-date goes before date.
  const dates = (headers['x-ms-date'] === undefined ? `\n${date}` : `${date}\n`).toLowerCase()
  const { type, links } = signedResource(path)
  const fits = (link: string): boolean => {
    const text = `${method.toLowerCase()}\n${type.toLowerCase()}\n${link}\n${dates}\n`
    const expected = createHmac('sha256', key).update(text).digest()
    return given.length === expected.length && timingSafeEqual(given, expected)
  }
  if (!links.some(fits)) {
    throw unauthorized(
      'The input authorization token cannot serve the request: the signature does not fit the account key. ' +
        'Use the connection string that the local Cosmos DB was started with.',
    )
  }
  if (!(Math.abs(now - Date.parse(date)) <= allowedSkewMs)) {
    throw forbidden('The authorization token is not valid at the current time: x-ms-date is more than 15 minutes off.')
  }
}

const signatureIn = (authorization: string | undefined): Buffer => {
  if (authorization === undefined) throw unauthorized('The authorization header is missing.')
  const signature = /^type=master&ver=1\.0&sig=(.+)$/i.exec(decode(authorization))?.[1]
  if (signature === undefined) {
    throw unauthorized('The authorization header must be type=master&ver=1.0&sig=<signature>, URL-encoded.')
  }
  return Buffer.from(signature, 'base64')
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * A path that ends in an id is signed as it is, one that ends in a type without it. Where the id is a `_rid`, it alone
 * is signed, in lower case. An operation on a container is signed as the container.
 */
const signedResource = (path: readonly string[]): { type: string; links: readonly string[] } => {
  if (path.at(-2) === 'operations') return signedResource(path.slice(0, -2))
  const ofResource = path.length % 2 === 0
  const type = (ofResource ? path.at(-2) : path.at(-1)) ?? ''
  const resource = ofResource ? path : path.slice(0, -1)
  const id = resource.at(-1) ?? ''
  if (type === 'offers') return { type, links: [id.toLowerCase()] }
  return { type, links: [resource.join('/'), ...(isRid(id) ? [id.toLowerCase()] : [])] }
}

const isRid = (id: string): boolean => id.length % 4 === 0 && /^[A-Za-z0-9+-]+={1,2}$/.test(id)
