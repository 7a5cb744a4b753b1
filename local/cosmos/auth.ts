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
  const { type, link } = signedResource(path)
  const text = `${method.toLowerCase()}\n${type}\n${link}\n${date.toLowerCase()}\n\n`
  const expected = createHmac('sha256', key).update(text).digest()
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
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
  const signature = /^type=master&ver=1\.0&sig=(.+)$/.exec(decode(authorization))?.[1]
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

/** A path that ends in an id is signed as it is, one that ends in a type without it. Offers are signed by id alone. */
const signedResource = (path: readonly string[]): { type: string; link: string } => {
  const ofResource = path.length % 2 === 0
  const type = (ofResource ? path.at(-2) : path.at(-1)) ?? ''
  if (type === 'offers') return { type, link: (ofResource ? (path.at(-1) ?? '') : '').toLowerCase() }
  return { type, link: (ofResource ? path : path.slice(0, -1)).join('/') }
}
