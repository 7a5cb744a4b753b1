import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { memoryFacts } from '../../../shared/adapters/memory/ip-country.ts'
import { expectedEnrichment } from '../../../local/feed/expected-enrichment.ts'
import { parseUrl } from '../../../shared/core/enrich/parse-url.ts'
import { campaign } from '../../../shared/core/enrich/campaign.ts'
import { referrerClass } from '../../../shared/core/enrich/referrer-class.ts'

const of = (fields: object, name: string): unknown =>
  expectedEnrichment({ url: 'https://shop.example/', ...fields })[name]

test('page is the path as it was written', () => {
  const pages: readonly (readonly [string, string])[] = [
    ['https://shop.example', '/'],
    ['https://shop.example/', '/'],
    ['https://shop.example?x=1', '/'],
    ['https://shop.example/a/b?x=/c#/d', '/a/b'],
    ['https://shop.example/a#b?c', '/a'],
    ['/a/../b?x=1', '/a/../b'],
    ['/to?next=http://other/x', '/to'],
    ['/http://other/x', '/http://other/x'],
    ['//', '//'],
    ['*', '*'],
    ['', '/'],
  ]
  for (const [url, page] of pages) assert.equal(of({ url }, 'page'), page, url)
})

test('campaign is utm_campaign in lower case', () => {
  const campaigns: readonly (readonly [string, string])[] = [
    ['/a?utm_campaign=Spring', 'spring'],
    ['https://shop.example/?x=1&utm_campaign=Spring+Sale%21', 'spring sale!'],
    ['/a?utm_campaign=', '(none)'],
    ['/a#?utm_campaign=x', '(none)'],
    ['/utm_campaign=x', '(none)'],
    ['//?utm_campaign=x', 'x'],
    ['http://[half/?utm_campaign=x', 'x'],
  ]
  for (const [url, name] of campaigns) assert.equal(of({ url }, 'campaign'), name, url)
})

test('bots are told by the published patterns, and a missing user agent is none', () => {
  assert.equal(
    of({ userAgent: 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' }, 'isBot'),
    true,
  )
  assert.equal(
    of({ userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:148.0) Gecko/20100101 Firefox/148.0' }, 'isBot'),
    false,
  )
  assert.equal(of({}, 'isBot'), false)
})

test('country is where the address is registered, or unknown', () => {
  assert.equal(of({ ip: '8.8.8.8' }, 'country'), 'US')
  for (const ip of ['10.0.0.1', 'no address', '8.8.8', '2001:db8::1', '']) assert.equal(of({ ip }, 'country'), '??', ip)
  assert.equal(of({}, 'country'), '??')
})

test('referrers fall into their classes', () => {
  const classes: readonly (readonly [string | undefined, string])[] = [
    [undefined, 'direct'],
    ['', 'direct'],
    ['https://shop.example/cart', 'internal'],
    ['http://SHOP.example:8080/', 'internal'],
    ['https://www.google.co.uk/search?q=x', 'search'],
    ['https://t.co/abc', 'social'],
    ['https://m.facebook.com/', 'social'],
    ['https://not-google.example/', 'external'],
    ['about:blank', 'external'],
  ]
  for (const [referrer, name] of classes) {
    assert.equal(of(referrer === undefined ? {} : { referrer }, 'referrerClass'), name, referrer)
  }
})

test('the product’s own steps say the same of any address', () => {
  const host = fc.constantFrom(
    'shop.example',
    'www.google.com',
    'user@Bing.com:80',
    'x.com',
    't.co',
    'x.com.example',
    'reddit.example',
    '',
  )
  const path = fc.stringMatching(/^[/a.?#&=:%+ ]{0,8}$/)
  const query = fc.constantFrom(
    '',
    '?utm_campaign=Spring',
    '&utm_campaign=%20',
    '#utm_campaign=x',
    `?utm_campaign=${'Ab'.repeat(80)}`,
  )
  const url = fc.oneof(
    fc
      .tuple(fc.constantFrom('http://', 'HTTPS://', '', '//', 'android-app://'), host, path, query)
      .map((parts) => parts.join('')),
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
  )
  const facts = memoryFacts({})
  fc.assert(
    fc.property(url, url, (address, referrer) => {
      const event: Record<string, unknown> = { url: address, referrer }
      for (const step of [parseUrl('url'), campaign('url'), referrerClass('referrer')]) step.apply(event, facts)
      const expected = expectedEnrichment({ url: address, referrer })
      for (const name of ['page', 'campaign', 'referrerClass']) assert.equal(expected[name], event[name], name)
    }),
    { numRuns: 500 },
  )
})
