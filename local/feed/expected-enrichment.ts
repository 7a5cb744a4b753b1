/** What enrichment has to say of a clickstream event, found out in other ways than the product finds it. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import crawlers from 'crawler-user-agents'

const longestCampaign = 100
const crawlerPatterns = crawlers.map(({ pattern }) => new RegExp(pattern))
const botsKnown = new Map<string, boolean>()
const countriesKnown = new Map<string, string>()
/** By the first octet of the addresses: of all of them each would have to be looked at. */
let ranges: ReadonlyMap<number, readonly CountryRange[]> | undefined

interface CountryRange {
  readonly from: number
  readonly to: number
  readonly country: string
}

/** The event with the fields that rollups and `keep` may read. */
export const expectedEnrichment = (event: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const url = text(event['url'])
  return {
    ...event,
    page: pageOf(url),
    isBot: isBot(text(event['userAgent'])),
    country: countryOf(text(event['ip'])),
    campaign: campaignOf(url),
    referrerClass: referrerClass(text(event['referrer']), hostOf(url)),
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** By cutting, not by matching: what stands between the host and the first ? or #. */
const pageOf = (url: string): string => {
  let rest = url
  for (const end of ['?', '#']) if (rest.includes(end)) rest = rest.slice(0, rest.indexOf(end))
  if (hasScheme(rest)) {
    rest = rest.slice(rest.indexOf('://') + 3)
    rest = rest.includes('/') ? rest.slice(rest.indexOf('/')) : ''
  }
  return rest === '' ? '/' : rest
}

const campaignOf = (url: string): string => {
  const [beforeFragment = ''] = url.split('#')
  const [, ...query] = beforeFragment.split('?')
  const campaign = new URLSearchParams(query.join('?')).get('utm_campaign') ?? ''
  return campaign.trim().toLowerCase().slice(0, longestCampaign) || '(none)'
}

/** A path may hold :// further on. */
const hasScheme = (url: string): boolean => {
  const end = url.indexOf('://')
  return (
    end > 0 &&
    [...url.slice(0, end).toLowerCase()].every((letter) => 'abcdefghijklmnopqrstuvwxyz0123456789+.-'.includes(letter))
  )
}

const isBot = (userAgent: string): boolean => {
  const known =
    botsKnown.get(userAgent) ?? (userAgent !== '' && crawlerPatterns.some((pattern) => pattern.test(userAgent)))
  botsKnown.set(userAgent, known)
  return known
}

const countryOf = (ip: string): string => {
  const known = countriesKnown.get(ip)
  if (known !== undefined) return known
  const octets = ip.split('.').map(Number)
  const address = octets.length === 4 ? octets.reduce((sum, octet) => sum * 256 + octet, 0) : Number.NaN
  ranges ??= readRanges()
  const near = ranges.get(octets[0]!) ?? []
  const country = near.find(({ from, to }) => from <= address && address <= to)?.country ?? '??'
  countriesKnown.set(ip, country)
  return country
}

const octet = 2 ** 24

const readRanges = (): ReadonlyMap<number, readonly CountryRange[]> => {
  const path = createRequire(import.meta.url).resolve('@ip-location-db/asn-country/asn-country-ipv4-num.csv')
  const byOctet = new Map<number, CountryRange[]>()
  for (const line of readFileSync(path, 'utf8').trim().split('\n')) {
    const [from, to, country = ''] = line.trim().split(',')
    const range = { from: Number(from), to: Number(to), country }
    for (let first = Math.floor(range.from / octet); first <= Math.floor(range.to / octet); first += 1) {
      const near = byOctet.get(first) ?? []
      byOctet.set(first, near)
      near.push(range)
    }
  }
  return byOctet
}

const searchNames = ['google', 'bing', 'duckduckgo', 'yahoo', 'yandex', 'baidu', 'ecosia', 'startpage', 'qwant']
const socialNames = [
  'facebook',
  'instagram',
  'linkedin',
  'pinterest',
  'reddit',
  'tiktok',
  'twitter',
  'youtube',
  'mastodon',
]
const socialHosts = ['t.co', 'x.com', 'fb.com', 'news.ycombinator.com']

/** Names count as labels of the host that another label follows: www.google.co.uk is Google, google alone is not. */
const referrerClass = (referrer: string, host: string): string => {
  if (referrer === '') return 'direct'
  const from = hostOf(referrer)
  if (from !== '' && from === host) return 'internal'
  const labels = from.split('.').slice(0, -1)
  if (labels.some((label) => searchNames.includes(label))) return 'search'
  if (labels.some((label) => socialNames.includes(label)) || socialHosts.includes(from)) return 'social'
  return 'external'
}

const hostOf = (url: string): string => {
  if (!hasScheme(url)) return ''
  const start = url.indexOf('://')
  const authority = url
    .slice(start + 3)
    .split(/[/?#]/)[0]!
    .toLowerCase()
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  const colon = host.lastIndexOf(':')
  const isPort = colon >= 0 && [...host.slice(colon + 1)].every((digit) => digit >= '0' && digit <= '9')
  return isPort ? host.slice(0, colon) : host
}
