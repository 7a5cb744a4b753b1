/** Visitors of a shop: who they are, and how they walk from page to page. */
import { gaussian, type Random } from './random.ts'

export interface Visitor {
  readonly id: string
  readonly source: string
  readonly ip: string
  readonly userAgent: string
  readonly campaign: string | undefined
  readonly referrer: string | undefined
}

export type Place = 'home' | 'category' | 'product' | 'search' | 'cart' | 'purchase' | 'gone'

const agents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:148.0) Gecko/20100101 Firefox/148.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Mobile Safari/537.36',
]
const bots = [
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
]
/** First octets of networks in several parts of the world; the rest of the address is chance. */
const networks = ['8.8', '17.57', '81.2', '93.184', '133.11', '139.130', '177.54', '196.25', '203.0', '217.160']
const campaigns = ['spring', 'newsletter', 'retarget', undefined, undefined, undefined]
const referrers = [
  'https://www.google.com/',
  'https://duckduckgo.com/',
  'https://www.reddit.com/r/deals',
  'https://blog.example.org/best',
  undefined,
  undefined,
]

const botShare = 0.02

export const visitorOf = (random: Random, number: number): Visitor => ({
  id: `v${number}`,
  source: `web/v${number}`,
  ip: `${random.pick(networks)}.${random.below(256)}.${random.below(254) + 1}`,
  userAgent: random.chance(botShare) ? random.pick(bots) : random.pick(agents),
  campaign: random.pick(campaigns),
  referrer: random.pick(referrers),
})

type Step = readonly [place: Place, probability: number]

/** Where a visitor goes next: a Markov chain. */
const steps: Readonly<Record<Exclude<Place, 'gone'>, readonly Step[]>> = {
  home: [
    ['category', 0.45],
    ['search', 0.2],
    ['product', 0.15],
    ['gone', 0.2],
  ],
  category: [
    ['product', 0.55],
    ['category', 0.15],
    ['home', 0.1],
    ['gone', 0.2],
  ],
  search: [
    ['product', 0.6],
    ['search', 0.2],
    ['gone', 0.2],
  ],
  product: [
    ['product', 0.3],
    ['cart', 0.2],
    ['category', 0.2],
    ['gone', 0.3],
  ],
  cart: [
    ['purchase', 0.4],
    ['product', 0.3],
    ['gone', 0.3],
  ],
  purchase: [
    ['home', 0.2],
    ['gone', 0.8],
  ],
}

export const nextPlace = (random: Random, place: Exclude<Place, 'gone'>): Place => {
  let left = random.next()
  for (const [next, probability] of steps[place]) {
    left -= probability
    if (left < 0) return next
  }
  return 'gone'
}

const host = 'https://shop.example'
const categories = ['shoes', 'books', 'garden', 'kitchen', 'toys']
const currencies = ['EUR', 'EUR', 'EUR', 'USD', 'GBP', 'JPY']
const words = ['red shoes', 'teapot', 'rake', 'novel', 'kite', 'lamp']
const products = 120

/** What a visitor does at a place, without identity and time. */
export const actionAt = (
  random: Random,
  place: Exclude<Place, 'gone'>,
  visitor: Visitor,
  isFirst: boolean,
): Record<string, unknown> => {
  const query = isFirst && visitor.campaign !== undefined ? `?utm_source=mail&utm_campaign=${visitor.campaign}` : ''
  const referrer = isFirst ? visitor.referrer : `${host}/`
  const page = (path: string) => ({
    type: 'page_view',
    url: `${host}${path}${query}`,
    loadMs: Math.round(Math.exp(6 + 0.8 * gaussian(random)) * 10) / 10,
    ...(referrer === undefined ? {} : { referrer }),
  })
  // The squared chance makes some products far more popular than others.
  const product = `p${Math.floor(random.next() ** 2 * products)}`
  switch (place) {
    case 'home':
      return page('/')
    case 'category':
      return page(`/c/${random.pick(categories)}`)
    case 'product':
      return { ...page(`/p/${product}`), product }
    case 'search':
      return { type: 'search', url: `${host}/search`, query: random.pick(words) }
    case 'cart':
      return { type: 'cart', url: `${host}/cart`, product, quantity: random.below(3) + 1 }
    case 'purchase':
      return {
        type: 'purchase',
        url: `${host}/checkout/done`,
        product,
        quantity: random.below(3) + 1,
        amount: Math.round(Math.exp(3.5 + 0.9 * gaussian(random)) * 100) / 100,
        currency: random.pick(currencies),
      }
  }
}
