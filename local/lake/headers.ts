/** Headers of answers and requests that describe a file. */
import { invalidHeader, invalidQuery } from './errors.ts'
import type { Versioned } from './conditions.ts'
import { isHeld, leaseState, type Lease } from './leases.ts'
import { header, type LakeRequest } from './request.ts'
import type { ContentHeaders, Metadata } from './store/records.ts'

type Headers = Readonly<Record<string, string | undefined>>

export const versionHeaders = ({ etag, modifiedAt }: Versioned): Headers => ({
  etag: `"${etag}"`,
  'last-modified': new Date(modifiedAt).toUTCString(),
})

export const metadataHeadersOf = (metadata: Metadata): Headers =>
  Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-ms-meta-${name}`, value]))

/** As the Data Lake interface has metadata. */
export const propertiesHeader = (metadata: Metadata): string =>
  Object.entries(metadata)
    .map(([name, value]) => `${name}=${Buffer.from(value, 'utf8').toString('base64')}`)
    .join(',')

export const leaseHeaders = (lease: Lease | undefined, now: number): Headers => ({
  'x-ms-lease-state': leaseState(lease, now),
  'x-ms-lease-status': leaseStatus(lease, now),
  'x-ms-lease-duration': leaseDuration(lease, now),
})

export const leaseStatus = (lease: Lease | undefined, now: number): 'locked' | 'unlocked' =>
  isHeld(lease, now) ? 'locked' : 'unlocked'

export const leaseDuration = (lease: Lease | undefined, now: number): 'infinite' | 'fixed' | undefined => {
  if (!isHeld(lease, now)) return undefined
  return lease.duration === -1 ? 'infinite' : 'fixed'
}

/** Without Content-MD5: of a range it would be another one. */
export const contentHeadersOf = (headers: ContentHeaders): Headers => ({
  'content-type': headers.contentType ?? 'application/octet-stream',
  'content-encoding': headers.contentEncoding,
  'content-language': headers.contentLanguage,
  'content-disposition': headers.contentDisposition,
  'cache-control': headers.cacheControl,
})

/** A shared access signature may have a reader be told other headers; they are signed with it. */
export const overridesOf = ({ query }: LakeRequest): Headers =>
  query.has('sig')
    ? Object.fromEntries(
        Object.entries(overrides).flatMap(([name, parameter]) =>
          query.has(parameter) ? [[name, headerText(query.get(parameter)!, parameter)]] : [],
        ),
      )
    : {}

/** Headers are bytes, which Node.js takes as Latin-1. */
const headerText = (text: string, parameter: string): string => {
  if (/\p{Cc}/u.test(text)) throw invalidQuery(parameter, 'without control characters')
  return Buffer.from(text, 'utf8').toString('latin1')
}

const overrides = {
  'cache-control': 'rscc',
  'content-disposition': 'rscd',
  'content-encoding': 'rsce',
  'content-language': 'rscl',
  'content-type': 'rsct',
} as const

const names = {
  contentType: 'content-type',
  contentEncoding: 'content-encoding',
  contentLanguage: 'content-language',
  contentDisposition: 'content-disposition',
  cacheControl: 'cache-control',
  contentMd5: 'content-md5',
} as const

/** What a request says about the file's content; `prefix`: of the blob interface or the Data Lake interface. */
export const readContentHeaders = (request: LakeRequest, prefix: 'x-ms-blob-' | 'x-ms-'): ContentHeaders => {
  const given = Object.entries(names)
    // In the Data Lake interface x-ms-content-md5 is that of the whole file.
    .map(([field, name]) => [field, header(request, `${prefix}${name}`)] as const)
    .filter(([, value]) => value !== undefined)
  const headers = Object.fromEntries(given) as ContentHeaders
  if (headers.contentMd5 !== undefined && Buffer.from(headers.contentMd5, 'base64').length !== 16) {
    throw invalidHeader(`${prefix}content-md5`, 'sixteen bytes in base64')
  }
  return headers
}
