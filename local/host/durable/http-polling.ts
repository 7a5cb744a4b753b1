/** Calls of HTTP that are answered with 202 are asked again, where the answer says, until the answer is another. */
import type { HttpRequest, HttpResponse } from './protocol.ts'

/** What is asked next, given the result of a call (JSON text); undefined where that was the last answer. */
export const nextHttpRequest = (asked: HttpRequest, result: string | null | undefined): HttpRequest | undefined => {
  const response = responseOf(result)
  const location = headerOf(response, 'location')
  if (response?.statusCode !== 202 || !location) return undefined
  // A key for the first request seldom opens where its status is, so the extension leaves it out.
  const headers = Object.entries(asked.headers ?? {}).filter(([name]) => name.toLowerCase() !== 'x-functions-key')
  return {
    method: 'GET',
    uri: new URL(location, asked.uri).href,
    headers: Object.fromEntries(headers),
    asynchronousPatternEnabled: true,
    ...(asked.tokenSource === undefined ? {} : { tokenSource: asked.tokenSource }),
  }
}

/** How long to wait first: what the answer says in seconds, or else the host's own. */
export const pollDelayMs = (result: string | null | undefined, otherwise: number): number => {
  const seconds = headerOf(responseOf(result), 'retry-after')
  return seconds ? Number(seconds) * 1_000 : otherwise
}

const responseOf = (result: string | null | undefined): HttpResponse | undefined =>
  (JSON.parse(result ?? 'null') as HttpResponse | null) ?? undefined

const headerOf = (response: HttpResponse | undefined, name: string): string | undefined =>
  Object.entries(response?.headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1]
