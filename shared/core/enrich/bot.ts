import crawlers from 'crawler-user-agents'
import { textOf, type EnrichmentStep } from '../stream/enrichment.ts'
import { remember } from './remember.ts'

const pattern = new RegExp(crawlers.map((crawler) => crawler.pattern).join('|'))
const longest = 1_024

/** Adds `isBot`: whether the user agent is that of a known crawler. A missing one is not. */
export const bot = <F extends string>(field: F): EnrichmentStep<F, 'isBot'> => {
  const matches = remember(10_000, (text) => pattern.test(text))
  return {
    description: { step: 'bot', parameters: { userAgent: field }, adds: ['isBot'] },
    apply: (event) => {
      const text = textOf(event, field)
      event['isBot'] = text !== undefined && matches(text.slice(0, longest))
    },
  }
}
