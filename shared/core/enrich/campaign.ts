import { textOf, type EnrichmentStep } from '../stream/enrichment.ts'

export const noCampaign = '(none)'
const longest = 100

/** Adds `campaign`: the URL's `utm_campaign` in lower case, at most 100 characters, or `(none)`. */
export const campaign = <F extends string>(field: F): EnrichmentStep<F, 'campaign'> => ({
  description: { step: 'campaign', parameters: { url: field }, adds: ['campaign'] },
  apply: (event) => {
    event['campaign'] = campaignOf(textOf(event, field) ?? '')
  },
})

const campaignOf = (url: string): string => {
  const start = url.indexOf('?')
  // Most URLs have none: do not parse their queries.
  if (start < 0 || !url.includes('utm_campaign', start)) return noCampaign
  const query = new URLSearchParams(url.slice(start + 1).split('#', 1)[0])
  return query.get('utm_campaign')?.trim().toLowerCase().slice(0, longest).toWellFormed() || noCampaign
}
