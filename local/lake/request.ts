/** One request: what it addresses and what it says, checked; and what is answered. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { invalidHeader, invalidQuery, invalidUri, LakeError } from './errors.ts'
import type { Metadata } from './store/records.ts'
import type { Store } from './store/store.ts'

/** As it comes in. */
export interface Incoming {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** Names in their own case, each followed by its value: metadata keeps its case. */
  readonly rawHeaders: readonly string[]
  readonly body: AsyncIterable<Buffer>
}

export interface LakeRequest extends Incoming, Target {
  readonly account: string
  readonly store: Store
  /** Epoch milliseconds: when the request came. */
  readonly now: number
  readonly clock: () => number
  /** Of leases. */
  readonly newId: () => string
}

/** The request as if it came now: while its body came, leases may have ended and others may have written. */
export const asOfNow = (request: LakeRequest): LakeRequest => ({ ...request, now: request.clock() })

export interface Target {
  /** '': the account itself. */
  readonly fileSystem: string
  /** '': the file system itself. */
  readonly path: string
  /** Names in lower case, values decoded. */
  readonly query: ReadonlyMap<string, string>
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | number | undefined>>
  /** For HEAD it is not sent, only its length. */
  readonly body?: string | { readonly stream: Readable; readonly length: number }
}

/**
 * The address of a request. The Data Lake SDK replaces the whole path when it renames, and so loses the account that is
 * its first step here: a rename may come without.
 */
export const readTarget = ({ url, headers }: Pick<Incoming, 'url' | 'headers'>, account: string): Target => {
  const [rawPath = '', rawQuery = ''] = url.split(/\?(.*)/s)
  // The SDKs encode the slashes of names, too.
  const steps = decode(rawPath).split('/')
  const isRename = headers['x-ms-rename-source'] !== undefined
  if (steps[1] !== account && !isRename) {
    throw new LakeError(
      400,
      'InvalidUri',
      `The requested URI does not represent any resource on the server: its path must begin with /${account}.`,
    )
  }
  const [fileSystem = '', ...path] = steps.slice(steps[1] === account ? 2 : 1).filter((step) => step !== '')
  if (fileSystem !== '') requireFileSystemName(fileSystem)
  return { fileSystem, path: joinedPath(path), query: readQuery(rawQuery) }
}

/** Where a rename or copy comes from: a path of this account, with or without the account, or a URL of it. */
export const readSource = (
  request: Pick<Incoming, 'headers'>,
  name: 'x-ms-rename-source' | 'x-ms-copy-source',
  account: string,
): Target => {
  const text = header(request, name) ?? ''
  const [, host, url = text] = /^https?:\/\/([^/?]*)(.*)$/is.exec(text) ?? []
  const isForeign = host !== undefined && host !== request.headers.host
  const isWithAccount = url.split(/[/?]/, 2)[1] === account
  if (isForeign || !url.startsWith('/')) throw invalidSource(name, 'must name a path of this account')
  const source = readTarget({ url, headers: isWithAccount ? {} : { 'x-ms-rename-source': text } }, account)
  if (source.path === '') throw invalidSource(name, 'must name a path in a container')
  return source
}

const invalidSource = (name: string, expected: string): LakeError =>
  new LakeError(400, 'InvalidSourceUri', `The source URI is invalid: ${name} ${expected}.`)

/** Steps that are empty do not count, as on a hierarchical namespace. */
export const joinedPath = (steps: readonly string[]): string => {
  const path = steps.filter((step) => step !== '').join('/')
  const isWrong = steps.some((step) => /^\.\.?$/.test(step) || step.length > 255 || /[\p{Cc}\\]/u.test(step))
  if (isWrong || path.length > 1024) {
    throw new LakeError(
      400,
      'InvalidResourceName',
      'The specified resource name contains invalid characters or is too long: a step has at most 255 characters, a path 1024.',
    )
  }
  return path
}

const requireFileSystemName = (name: string): void => {
  if (name.length < 3 || name.length > 63 || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) {
    throw new LakeError(
      400,
      'InvalidResourceName',
      'The specified resource name contains invalid characters: a container has 3 to 63 lower-case letters, digits and single hyphens.',
    )
  }
}

const readQuery = (text: string): ReadonlyMap<string, string> => {
  const query = new Map<string, string>()
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const [name = '', value = ''] = pair.split(/=(.*)/s)
    query.set(decode(name).toLowerCase(), decode(value))
  }
  return query
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalidUri('The requested URI does not represent any resource on the server: its percent encoding is broken.')
  }
}

export const header = ({ headers }: Pick<Incoming, 'headers'>, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The lease that the request says it holds. */
export const leaseId = (request: LakeRequest): string | undefined => header(request, 'x-ms-lease-id')?.toLowerCase()

/** A whole number that is not negative. */
export const numberQuery = ({ query }: LakeRequest, name: string): number | undefined => {
  const text = query.get(name)
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text)) throw invalidQuery(name, 'a whole number that is not negative')
  return Number(text)
}

export const flagQuery = ({ query }: LakeRequest, name: string): boolean => {
  const text = query.get(name)?.toLowerCase()
  if (text !== undefined && text !== 'true' && text !== 'false') throw invalidQuery(name, 'true or false')
  return text === 'true'
}

/** How many results a page may have: 1 to 5,000, which is the default. */
export const pageSize = (request: LakeRequest): number => {
  const most = 5000
  const wanted = numberQuery(request, 'maxresults') ?? most
  if (wanted < 1) throw invalidQuery('maxresults', 'at least 1')
  return Math.min(wanted, most)
}

export const numberHeader = (request: LakeRequest, name: string): number | undefined => {
  const text = header(request, name)
  if (text === undefined) return undefined
  if (!/^-?\d{1,15}$/.test(text)) throw invalidHeader(name, 'a whole number')
  return Number(text)
}

const maxMetadataBytes = 8192

/** Of x-ms-meta-* headers. */
export const metadataHeaders = ({ rawHeaders }: LakeRequest): Metadata => {
  const metadata: Record<string, string> = {}
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = /^x-ms-meta-(.*)$/is.exec(rawHeaders[index]!)?.[1]
    if (name !== undefined) metadata[name] = rawHeaders[index + 1]!
  }
  return checkedMetadata(metadata)
}

/** Of x-ms-properties, as the Data Lake interface has it: name=base64, separated by commas. */
export const metadataProperties = (request: LakeRequest): Metadata => {
  const metadata: Record<string, string> = {}
  for (const pair of header(request, 'x-ms-properties')?.split(',') ?? []) {
    if (pair.trim() === '') continue
    const [name = '', value] = pair.trim().split(/=(.*)/s)
    if (value === undefined || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) {
      throw invalidHeader('x-ms-properties', 'a comma-separated list of name=value with values in base64')
    }
    metadata[name] = Buffer.from(value, 'base64').toString('utf8')
  }
  return checkedMetadata(metadata)
}

const checkedMetadata = (metadata: Metadata): Metadata => {
  const names = Object.keys(metadata)
  if (names.some((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))) {
    throw new LakeError(
      400,
      'InvalidMetadata',
      'The metadata specified is invalid: a name begins with a letter or _ and goes on with letters, digits and _.',
    )
  }
  if (Object.values(metadata).some((value) => !/^[\x20-\x7e\xa0-\xff]*$/.test(value))) {
    throw new LakeError(
      400,
      'InvalidMetadata',
      'The metadata specified is invalid: values have characters of ISO 8859-1 alone.',
    )
  }
  if (names.reduce((bytes, name) => bytes + name.length + Buffer.byteLength(metadata[name]!), 0) > maxMetadataBytes) {
    throw new LakeError(
      400,
      'MetadataTooLarge',
      `The size of the specified metadata exceeds the maximum size permitted: ${maxMetadataBytes} bytes.`,
    )
  }
  return metadata
}
