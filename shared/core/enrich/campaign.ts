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
  // Most URLs have none: do not parse their queries.
  if (!url.includes('utm_campaign')) return noCampaign
  const address = url.split('#', 1)[0]!
  const start = address.indexOf('?')
  const query = new URLSearchParams(start < 0 ? '' : address.slice(start + 1))
  return query.get('utm_campaign')?.trim().toLowerCase().slice(0, longest).toWellFormed() || noCampaign
}
