/** Shared access signatures, as Event Hubs checks them. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { pathOf } from './addresses.ts'

export const keyName = 'RootManageSharedAccessKey'

export type TokenCheck =
  | {
      readonly kind: 'valid'
      /** Path of the resource, lower case. */ readonly path: string
      readonly expiresAt: number
    }
  | { readonly kind: 'invalid'; readonly reason: string }

/** Checks `SharedAccessSignature sr=…&sig=…&se=…&skn=…` against the key. `now` is epoch ms. */
export const checkToken = (token: string, key: string, now: number): TokenCheck => {
  const [scheme, fields = ''] = token.split(' ', 2)
  const values = new Map(fields.split('&').map(nameAndValue))
  const [resource, signature, expiry, name] = ['sr', 'sig', 'se', 'skn'].map((field) => values.get(field))
  if (scheme !== 'SharedAccessSignature' || !resource || !signature || !expiry || !name) {
    return { kind: 'invalid', reason: 'The token is no shared access signature.' }
  }
  const [path, sent, sentName] = [resource, signature, name].map(decoded)
  if (path === undefined || sent === undefined || sentName === undefined) {
    return { kind: 'invalid', reason: 'The token is not percent-encoded as it should be.' }
  }
  if (sentName !== keyName) return { kind: 'invalid', reason: `Unknown key name; expected ${keyName}.` }
  if (!sameBytes(sent, sign(`${resource}\n${expiry}`, key))) {
    return { kind: 'invalid', reason: 'InvalidSignature: the token has an invalid signature.' }
  }
  const expiresAt = Number(expiry) * 1_000
  if (!(expiresAt > now)) return { kind: 'invalid', reason: 'ExpiredToken: the token is expired.' }
  return { kind: 'valid', path: resourcePath(path), expiresAt }
}

/** Whether this is the key's name and the key. */
export const isKey = (name: string, sent: string, key: string): boolean => name === keyName && sameBytes(sent, key)

/** A value may hold `=` itself: the padding of a signature. */
const nameAndValue = (field: string): [string, string] => {
  const at = field.indexOf('=')
  return at < 0 ? [field, ''] : [field.slice(0, at), field.slice(at + 1)]
}

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const sign = (text: string, key: string): string => createHmac('sha256', key).update(text, 'utf8').digest('base64')

const sameBytes = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Clients name the namespace's host with a scheme (sb, amqp, amqps, https) or bare, and what is in it by its path. */
const resourcePath = (resource: string): string =>
  pathOf(resource.includes('://') ? resource : `sb://${resource}`).toLowerCase()
