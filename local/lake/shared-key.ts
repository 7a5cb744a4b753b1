/** Signatures by the account key ("Authorize with Shared Key", Azure Storage REST reference). */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { LakeError } from './errors.ts'
import { header, type Incoming } from './request.ts'

export interface AccountKey {
  readonly account: string
  readonly key: Buffer
}

type Signed = Pick<Incoming, 'method' | 'url' | 'headers'>

const allowedSkewMs = 15 * 60_000

/** Throws 403 where the signature does not fit the key, or its date is more than 15 minutes from `now`. */
export const requireSharedKey = (request: Signed, { account, key }: AccountKey, now: number): void => {
  const [, scheme, rest = ''] = /^(\S+)\s+(.*)$/.exec(header(request, 'authorization') ?? '') ?? []
  if (scheme !== 'SharedKey') {
    throw authenticationFailed(
      `The authorization scheme must be SharedKey, with the key of the account ${account}: the local lake knows no identities.`,
    )
  }
  const [, name, signature = ''] = /^([^:]+):(.+)$/.exec(rest) ?? []
  if (name !== account)
    throw authenticationFailed(`The account ${name ?? ''} is not ${account}, which is all there is.`)
  requireRecent(request, now)
  const text = stringToSign(request, account)
  if (!isSignature(signature, text, key)) {
    throw authenticationFailed(
      'The MAC signature found in the HTTP request is not the same as any computed signature. ' +
        `Server used following string to sign: '${text}'.`,
    )
  }
}

/** `signature` is `text` signed with `key`, in base64. */
export const isSignature = (signature: string, text: string, key: Buffer): boolean => {
  const given = Buffer.from(signature, 'base64')
  const expected = createHmac('sha256', key).update(text, 'utf8').digest()
  return given.length === expected.length && timingSafeEqual(given, expected)
}

export const authenticationFailed = (detail: string): LakeError =>
  new LakeError(
    403,
    'AuthenticationFailed',
    'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.',
    detail,
  )

const requireRecent = (request: Signed, now: number): void => {
  const date = header(request, 'x-ms-date') ?? header(request, 'date')
  if (date === undefined) throw authenticationFailed('The request has neither x-ms-date nor Date.')
  if (Math.abs(now - Date.parse(date)) <= allowedSkewMs) return
  throw authenticationFailed(
    `Request date header too old or not a date: '${date}'. It is at most 15 minutes from the server's time.`,
  )
}

const standardHeaders = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-type',
  'date',
  'if-modified-since',
  'if-match',
  'if-none-match',
  'if-unmodified-since',
  'range',
] as const

const stringToSign = (request: Signed, account: string): string => {
  const { method, headers } = request
  const lines = standardHeaders.map((name) => {
    const value = header(request, name) ?? ''
    if (name === 'content-length' && value === '0') return ''
    return name === 'date' && headers['x-ms-date'] !== undefined ? '' : value
  })
  return [method, ...lines, ...canonicalHeaders(headers), canonicalResource(request, account)].join('\n')
}

const canonicalHeaders = (headers: Signed['headers']): readonly string[] =>
  Object.keys(headers)
    .filter((name) => name.startsWith('x-ms-'))
    .sort(byCulture)
    .map((name) => `${name}:${String(headers[name]).trim()}`)

/** The service sorts as .NET does by default: hyphens do not count, unless nothing else differs, and _ comes before all. */
const byCulture = (a: string, b: string): number => {
  const weigh = (name: string): string => name.replaceAll('-', '').replaceAll('_', ' ')
  const [x, y] = [weigh(a), weigh(b)]
  if (x !== y) return x < y ? -1 : 1
  return a < b ? -1 : 1
}

/** Path as it was sent; parameters decoded, by name. */
const canonicalResource = ({ url }: Signed, account: string): string => {
  const [path = '', query = ''] = url.split(/\?(.*)/s)
  const values = new Map<string, string>()
  for (const pair of query.split('&').filter((one) => one.includes('='))) {
    const [name = '', value = ''] = pair.split(/=(.*)/s)
    values.set(decodeURIComponent(name).toLowerCase(), decodeURIComponent(value))
  }
  const names = [...values.keys()].sort()
  return [`/${account}${path}`, ...names.map((name) => `${name}:${values.get(name)!}`)].join('\n')
}
