/** A call of the management API, its answer, and what both are made of. */
import { BadRequest } from '../client.ts'

export interface ManagementRequest {
  readonly method: string
  /** Below the API's own. */
  readonly path: string
  readonly query: URLSearchParams
  readonly contentType: string | undefined
  readonly continuationToken: string | undefined
  readonly body: string
  /** As it was asked. */
  readonly url: string
}

export interface ManagementAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** To be written as JSON; undefined: none. */
  readonly body?: unknown
}

export const notFound: ManagementAnswer = { status: 404 }

const defaultPageSize = 100

/** To the second, as the extension writes it. */
export const timeText = (epochMs: number): string => new Date(epochMs).toISOString().replace(/\.\d+Z$/, 'Z')

export const valueOf = (json: string | null): unknown => JSON.parse(json ?? 'null')

/** Checked, and without the spaces between its parts. */
export const jsonText = (body: string): string | null => {
  if (body === '') return null
  try {
    return JSON.stringify(JSON.parse(body))
  } catch {
    throw new BadRequest('Invalid JSON content')
  }
}

/** One that cannot be read counts as none, as in the extension. */
export const timeOf = <Name extends string>(query: URLSearchParams, parameter: string, name: Name) => {
  const time = Date.parse(query.get(parameter) ?? '')
  return (Number.isNaN(time) ? {} : { [name]: time }) as { readonly [Key in Name]?: number }
}

export const isTrue = (query: URLSearchParams, name: string): boolean => query.get(name)?.toLowerCase() === 'true'

export const secondsOf = (query: URLSearchParams, name: string): number | undefined => {
  const seconds = Number(query.get(name) ?? NaN)
  return seconds >= 0 ? seconds : undefined
}

export const pageSizeOf = (query: URLSearchParams): number => {
  const size = Number(query.get('top') ?? defaultPageSize)
  return Number.isInteger(size) && size > 0 ? size : defaultPageSize
}

export const mediaTypeOf = (contentType: string | undefined): string | undefined =>
  contentType?.split(';')[0]!.trim().toLowerCase()

export const tokenHeader = (position: unknown): Readonly<Record<string, string>> =>
  position === false || position === undefined
    ? {}
    : { 'x-ms-continuation-token': Buffer.from(JSON.stringify(position)).toString('base64url') }

/** Where the page before has ended; undefined: there was none. */
export const readToken = <T>(token: string | undefined, isPosition: (value: unknown) => value is T): T | undefined => {
  if (token === undefined || token === '') return undefined
  const value = parsed(Buffer.from(token, 'base64url').toString())
  if (isPosition(value)) return value
  throw new BadRequest('x-ms-continuation-token: expected one that this API has given.')
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
