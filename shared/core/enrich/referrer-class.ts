import { textOf, type EnrichmentStep } from '../stream/enrichment.ts'
import { splitUrl } from './parse-url.ts'

const search = /(^|\.)(google|bing|duckduckgo|yahoo|yandex|baidu|ecosia|startpage|qwant)\./
const social =
  /(^|\.)(facebook|instagram|linkedin|pinterest|reddit|tiktok|twitter|youtube|mastodon)\.|^(t\.co|x\.com|fb\.com|news\.ycombinator\.com)$/

/**
 * Adds `referrerClass`: `direct` without a referrer, `internal` from the page's own host (see parseUrl), else `search`,
 * `social` or `external`.
 */
export const referrerClass = <F extends string>(field: F): EnrichmentStep<F, 'referrerClass'> => ({
  description: { step: 'referrerClass', parameters: { referrer: field }, adds: ['referrerClass'] },
  apply: (event) => {
    event['referrerClass'] = classOf(textOf(event, field) ?? '', event['host'])
  },
})

const classOf = (referrer: string, host: unknown): string => {
  if (referrer === '') return 'direct'
  const from = splitUrl(referrer).host
  if (from !== '' && from === host) return 'internal'
  if (search.test(from)) return 'search'
  return social.test(from) ? 'social' : 'external'
}
