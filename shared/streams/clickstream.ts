/** Web events of a shop or site: who looks at what, from where, and what they buy. */
import { Type } from '@sinclair/typebox'
import { bot } from '../core/enrich/bot.ts'
import { campaign } from '../core/enrich/campaign.ts'
import { country } from '../core/enrich/country.ts'
import { parseUrl } from '../core/enrich/parse-url.ts'
import { referrerClass } from '../core/enrich/referrer-class.ts'
import { truncateIp } from '../core/enrich/truncate-ip.ts'
import { userAgent } from '../core/enrich/user-agent.ts'
import { defineStream } from '../core/stream/define-stream.ts'
import { count, distinct, last, max, mean, min, quantiles, sum } from '../core/stream/metrics.ts'

const text = (maxLength: number) => Type.String({ minLength: 1, maxLength })
const instant = Type.String({ minLength: 20, maxLength: 40, description: 'RFC 3339 instant with a zone' })

export const clickstream = defineStream({
  name: 'clickstream',
  hub: { partitions: 4, retention: '1d' },
  event: Type.Object({
    schemaVersion: Type.Optional(Type.Integer({ minimum: 1 })),
    source: text(256),
    id: text(128),
    type: Type.Union([
      Type.Literal('page_view'),
      Type.Literal('search'),
      Type.Literal('cart'),
      Type.Literal('purchase'),
    ]),
    time: instant,
    sentAt: Type.Optional(instant),
    userId: text(128),
    sessionId: Type.Optional(text(128)),
    url: text(8_192),
    referrer: Type.Optional(Type.String({ maxLength: 8_192 })),
    userAgent: Type.Optional(Type.String({ maxLength: 4_096 })),
    ip: Type.Optional(Type.String({ maxLength: 64 })),
    loadMs: Type.Optional(Type.Number({ minimum: 0, maximum: 3_600_000 })),
    query: Type.Optional(Type.String({ maxLength: 1_024 })),
    product: Type.Optional(Type.String({ maxLength: 256 })),
    quantity: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
    amount: Type.Optional(Type.Number({ minimum: 0, maximum: 1_000_000_000 })),
    currency: Type.Optional(Type.String({ minLength: 3, maxLength: 3 })),
    status: Type.Optional(Type.Integer({ minimum: 100, maximum: 599 })),
    bytes: Type.Optional(Type.Integer({ minimum: 0 })),
  }),
  eventVersions: [1],
  identity: { source: 'source', id: 'id' },
  time: { occurredAt: 'time', sentAt: 'sentAt', lateness: '2m' },
  deduplicate: { horizon: '10m' },
  enrich: [
    parseUrl('url'),
    userAgent('userAgent'),
    bot('userAgent'),
    country('ip'),
    // After the look-up: nothing that is kept names a person's address.
    truncateIp('ip'),
    campaign('url'),
    referrerClass('referrer'),
  ],
  keep: { not: { isBot: true } },
  rollups: {
    traffic: {
      every: '10s',
      by: [],
      keep: '30d',
      metrics: {
        events: count(),
        views: count({ type: 'page_view' }),
        searches: count({ type: 'search' }),
        carts: count({ type: 'cart' }),
        purchases: count({ type: 'purchase' }),
        visitors: distinct('userId', { precision: 12 }),
      },
    },
    pages: {
      every: '1m',
      by: ['page'],
      where: { type: 'page_view' },
      maxGroups: 1_000,
      keep: '30d',
      metrics: { views: count(), visitors: distinct('userId'), loadMs: quantiles('loadMs') },
    },
    places: {
      every: '1m',
      by: ['country'],
      maxGroups: 300,
      keep: '30d',
      metrics: { events: count(), views: count({ type: 'page_view' }), visitors: distinct('userId') },
    },
    campaigns: {
      every: '1m',
      by: ['campaign', 'referrerClass'],
      maxGroups: 500,
      keep: '30d',
      metrics: { events: count(), purchases: count({ type: 'purchase' }), visitors: distinct('userId') },
    },
    revenue: {
      every: '1m',
      by: ['currency'],
      where: { type: 'purchase' },
      maxGroups: 200,
      keep: '30d',
      metrics: {
        orders: count(),
        amount: sum('amount'),
        smallest: min('amount'),
        largest: max('amount'),
        average: mean('amount'),
        latest: last('amount'),
        amounts: quantiles('amount'),
        buyers: distinct('userId'),
      },
    },
  },
})
