import { textOf, type EnrichmentStep } from '../stream/enrichment.ts'
import { remember } from './remember.ts'

const schemePattern = /^[a-z][a-z0-9+.-]*$/i

/** Adds `host` (lower case, without port and user) and `page`: the path as it was written, without query and fragment. */
export const parseUrl = <F extends string>(field: F): EnrichmentStep<F, 'host' | 'page'> => ({
  description: { step: 'parseUrl', parameters: { url: field }, adds: ['host', 'page'] },
  apply: (event) => {
    const { host, page } = splitUrl(textOf(event, field) ?? '')
    event['host'] = host
    event['page'] = page
  },
})

/** Host and path of an absolute URL or a bare path. Does not throw and does not normalise: pages are told apart as written. */
export const splitUrl = (url: string): { readonly host: string; readonly page: string } => {
  const scheme = url.indexOf('://')
  if (scheme < 0 || !schemePattern.test(url.slice(0, scheme)))
    return { host: '', page: url.slice(0, endOfPath(url, 0)) || '/' }
  const start = scheme + 3
  const pathEnd = endOfPath(url, start)
  const slash = url.indexOf('/', start)
  const hostEnd = slash < 0 || slash > pathEnd ? pathEnd : slash
  return { host: hostOf(url.slice(start, hostEnd)), page: url.slice(hostEnd, pathEnd) || '/' }
}

/** Where query or fragment begin, or the end. */
const endOfPath = (url: string, from: number): number => {
  const query = url.indexOf('?', from)
  const fragment = url.indexOf('#', from)
  if (query < 0) return fragment < 0 ? url.length : fragment
  return fragment < 0 ? query : Math.min(query, fragment)
}

/** Without user and port, in lower case. There are few, and each comes again and again. */
const hostOf = remember(10_000, (authority) =>
  authority
    .slice(authority.lastIndexOf('@') + 1)
    .toLowerCase()
    .replace(/:\d*$/, ''),
)
