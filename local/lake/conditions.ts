/** Conditional headers (RFC 9110, and Azure's x-ms-source-if-* for the source of a rename or copy). */
import type { IncomingHttpHeaders } from 'node:http'
import { conditionNotMet, invalidHeader, notModified, sourceConditionNotMet, type LakeError } from './errors.ts'

/** What conditions are about. */
export interface Versioned {
  /** Without quotes. */
  readonly etag: string
  /** Epoch milliseconds. */
  readonly modifiedAt: number
}

interface Conditions {
  readonly ifMatch: string | undefined
  readonly ifNoneMatch: string | undefined
  /** Epoch seconds: finer than that HTTP dates cannot tell. */
  readonly ifModifiedSince: number | undefined
  readonly ifUnmodifiedSince: number | undefined
}

/** Throws 304 where nothing has changed, 412 where another condition fails. */
export const requireForRead = (headers: IncomingHttpHeaders, subject: Versioned): void => {
  const failed = failedCondition(conditionsOf(headers, ''), subject)
  if (failed === 'ifNoneMatch' || failed === 'ifModifiedSince') throw notModified()
  if (failed !== undefined) throw conditionNotMet()
}

/** Throws 412, or `exists` where the write must create (`If-None-Match: *`) and cannot. */
export const requireForWrite = (
  headers: IncomingHttpHeaders,
  subject: Versioned | undefined,
  exists: () => LakeError = conditionNotMet,
): void => {
  const conditions = conditionsOf(headers, '')
  const failed = failedCondition(conditions, subject)
  if (failed === undefined) return
  throw failed === 'ifNoneMatch' && conditions.ifNoneMatch === '*' ? exists() : conditionNotMet()
}

export const requireSource = (headers: IncomingHttpHeaders, source: Versioned): void => {
  if (failedCondition(conditionsOf(headers, 'x-ms-source-'), source) !== undefined) throw sourceConditionNotMet()
}

const failedCondition = (conditions: Conditions, subject: Versioned | undefined): keyof Conditions | undefined => {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions
  if (ifMatch !== undefined && !matches(ifMatch, subject)) return 'ifMatch'
  if (subject === undefined) return undefined
  const modifiedAt = Math.floor(subject.modifiedAt / 1000)
  if (ifUnmodifiedSince !== undefined && modifiedAt > ifUnmodifiedSince) return 'ifUnmodifiedSince'
  if (ifNoneMatch !== undefined && matches(ifNoneMatch, subject)) return 'ifNoneMatch'
  if (ifModifiedSince !== undefined && modifiedAt <= ifModifiedSince) return 'ifModifiedSince'
  return undefined
}

const matches = (wanted: string, subject: Versioned | undefined): boolean =>
  subject !== undefined &&
  (wanted === '*' || wanted.split(',').some((etag) => etag.trim().replace(/^"|"$/g, '') === subject.etag))

const conditionsOf = (headers: IncomingHttpHeaders, prefix: '' | 'x-ms-source-'): Conditions => {
  const text = (name: string): string | undefined => {
    const value = headers[`${prefix}${name}`]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const seconds = (name: string): number | undefined => {
    const value = text(name)
    if (value === undefined) return undefined
    const milliseconds = Date.parse(value)
    if (Number.isNaN(milliseconds)) throw invalidHeader(`${prefix}${name}`, 'an HTTP date')
    return Math.floor(milliseconds / 1000)
  }
  return {
    ifMatch: text('if-match'),
    ifNoneMatch: text('if-none-match'),
    ifModifiedSince: seconds('if-modified-since'),
    ifUnmodifiedSince: seconds('if-unmodified-since'),
  }
}
