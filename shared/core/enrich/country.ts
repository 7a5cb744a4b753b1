import { textOf, type EnrichmentStep } from '../stream/enrichment.ts'

/** What stands where no country is known. */
export const unknownCountry = '??'

/** Adds `country`: ISO 3166 alpha-2 code of the country the address is registered in, or `??`. */
export const country = <F extends string>(field: F): EnrichmentStep<F, 'country'> => ({
  description: { step: 'country', parameters: { ip: field }, adds: ['country'] },
  apply: (event, facts) => {
    const ip = textOf(event, field)
    event['country'] = (ip === undefined ? undefined : facts.countryOf(ip)) ?? unknownCountry
  },
})
