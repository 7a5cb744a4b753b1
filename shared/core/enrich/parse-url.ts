import { textOf, type EnrichmentStep } from '../stream/enrichment.ts'

const absolute = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)([^?#]*)/i

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
  const match = absolute.exec(url)
  if (match === null) return { host: '', page: url.split(/[?#]/, 1)[0] || '/' }
  const authority = match[1]!.slice(match[1]!.lastIndexOf('@') + 1).toLowerCase()
  return { host: authority.replace(/:\d*$/, ''), page: match[2] || '/' }
}
