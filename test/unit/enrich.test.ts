import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { memoryFacts } from '../../shared/adapters/memory/ip-country.ts'
import { bot } from '../../shared/core/enrich/bot.ts'
import { campaign } from '../../shared/core/enrich/campaign.ts'
import { country } from '../../shared/core/enrich/country.ts'
import { parseUrl } from '../../shared/core/enrich/parse-url.ts'
import { referrerClass } from '../../shared/core/enrich/referrer-class.ts'
import { remember } from '../../shared/core/enrich/remember.ts'
import { truncateIp } from '../../shared/core/enrich/truncate-ip.ts'
import { userAgent } from '../../shared/core/enrich/user-agent.ts'
import type { EnrichmentStep } from '../../shared/core/stream/enrichment.ts'

const facts = memoryFacts({ '8.8.8.8': 'US' })

const enriched = (step: EnrichmentStep, event: Record<string, unknown>): Record<string, unknown> => {
  step.apply(event, facts)
  return event
}

/** Field values that are no text: left out, null, or of another type than the schema says. */
const noText: readonly unknown[] = [undefined, null, 7, true, {}, []]

suite('parseUrl', () => {
  const golden: readonly (readonly [url: string, host: string, page: string])[] = [
    ['https://shop.example/shoes', 'shop.example', '/shoes'],
    ['https://shop.example/shoes?size=9#top', 'shop.example', '/shoes'],
    ['https://shop.example', 'shop.example', '/'],
    ['https://shop.example?size=9', 'shop.example', '/'],
    ['https://shop.example#top', 'shop.example', '/'],
    ['HTTPS://User:pass@Shop.Example:8443/A%20b/', 'shop.example', '/A%20b/'],
    ['https://a@b@shop.example/', 'shop.example', '/'],
    ['http://[2001:DB8::1]:80/x', '[2001:db8::1]', '/x'],
    ['/shoes?size=9', '', '/shoes'],
    ['/a%2Fb/ü', '', '/a%2Fb/ü'],
    ['shoes', '', 'shoes'],
    ['?size=9', '', '/'],
    ['#top', '', '/'],
    ['', '', '/'],
    ['/redirect?to=https://evil.example/', '', '/redirect'],
    ['/https://evil.example/', '', '/https://evil.example/'],
    ['javascript:alert(1)', '', 'javascript:alert(1)'],
    ['http://', '', '/'],
    ['http:///path', '', '/path'],
  ]
  for (const [url, host, page] of golden) {
    test(`${JSON.stringify(url)} is host "${host}", page "${page}"`, () => {
      assert.deepEqual(enriched(parseUrl('url'), { url }), { url, host, page })
    })
  }

  test('without a URL the page is the root of no host', () => {
    for (const url of noText) assert.deepEqual(enriched(parseUrl('url'), { url }), { url, host: '', page: '/' })
  })

  test('what the producer claimed as host and page is replaced', () => {
    const event = enriched(parseUrl('url'), { url: 'https://a.example/b', host: 'x', page: 'y' })
    assert.deepEqual([event['host'], event['page']], ['a.example', '/b'])
  })
})

suite('userAgent', () => {
  const golden: readonly (readonly [text: string, browser: string, os: string, device: string])[] = [
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
      'Chrome',
      'Windows',
      'desktop',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
      'Safari',
      'iOS',
      'mobile',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0', 'Firefox', 'Linux', 'desktop'],
    [
      'Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1',
      'Safari',
      'iOS',
      'tablet',
    ],
    ['', 'unknown', 'unknown', 'unknown'],
    [' ', 'unknown', 'unknown', 'unknown'],
    ['-', 'unknown', 'unknown', 'unknown'],
  ]
  const step = userAgent('userAgent')
  for (const [text, browser, os, device] of golden) {
    test(`${JSON.stringify(text)} is ${browser} on ${os}, ${device}`, () => {
      assert.deepEqual(enriched(step, { userAgent: text }), { userAgent: text, browser, os, device })
      assert.deepEqual(enriched(step, { userAgent: text }), { userAgent: text, browser, os, device }, 'when remembered')
    })
  }

  test('without a user agent nothing is known', () => {
    for (const value of noText) {
      const event = enriched(step, { userAgent: value })
      assert.deepEqual([event['browser'], event['os'], event['device']], ['unknown', 'unknown', 'unknown'])
    }
  })
})

suite('bot', () => {
  const isBot = (text: unknown): unknown => enriched(bot('userAgent'), { userAgent: text })['isBot']

  test('known crawlers are bots', () => {
    assert.equal(isBot('Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'), true)
    assert.equal(isBot('Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)'), true)
  })

  test('browsers, and events without a user agent, are not', () => {
    assert.equal(isBot('Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0'), false)
    assert.equal(isBot(''), false)
    for (const value of noText) assert.equal(isBot(value), false)
  })
})

suite('country', () => {
  test('the country of the address, or ?? where none is known', () => {
    const countryOf = (ip: unknown): unknown => enriched(country('ip'), { ip })['country']
    assert.equal(countryOf('8.8.8.8'), 'US')
    for (const ip of ['10.0.0.1', 'nonsense', '__proto__', ...noText]) assert.equal(countryOf(ip), '??')
  })
})

suite('truncateIp', () => {
  const golden: readonly (readonly [ip: string, network: string])[] = [
    ['193.99.144.80', '193.99.144.0'],
    ['255.255.255.255', '255.255.255.0'],
    ['2001:db8:1234:5678:9abc:def0:1234:5678', '2001:db8:1234::'],
    ['2001:0DB8:0001::1', '2001:db8:1::'],
    ['2001:db8::1', '2001:db8:0::'],
    ['2001::1', '2001:0:0::'],
    ['1:2:3:4:5:6:7::', '1:2:3::'],
    ['::1', '0:0:0::'],
    ['::1:2:3:4:5:1.2.3.4', '0:1:2::'],
    ['::', '0:0:0::'],
    ['::ffff:193.99.144.80', '0:0:0::'],
    ['fe80::1%eth0', 'fe80:0:0::'],
    ['193.99.144.80:443', ''],
    [' 193.99.144.80', ''],
    ['Jane Doe', ''],
    ['', ''],
  ]
  for (const [ip, network] of golden) {
    test(`${JSON.stringify(ip)} becomes ${JSON.stringify(network)}`, () => {
      assert.deepEqual(enriched(truncateIp('ip'), { ip }), { ip: network })
    })
  }

  test('an event without an address gets none', () => {
    assert.deepEqual(enriched(truncateIp('ip'), {}), {})
  })
})

suite('campaign', () => {
  const golden: readonly (readonly [url: string, campaign: string])[] = [
    ['https://a.example/?utm_campaign=Spring', 'spring'],
    ['/?x=1&utm_campaign=spring%20sale&y=2#utm_campaign=no', 'spring sale'],
    ['/?utm_campaign=a+b', 'a b'],
    ['/?utm_campaign=first&utm_campaign=second', 'first'],
    ['/?utm_campaign=', '(none)'],
    ['/?utm_campaign=%20', '(none)'],
    ['/?utm_campaign', '(none)'],
    ['/?my_utm_campaign=x', '(none)'],
    ['/utm_campaign=x', '(none)'],
    ['/#?utm_campaign=x', '(none)'],
    ['/?utm_campaign=%E0%A4%A', '\ufffd%a'],
    [`/?utm_campaign=${'x'.repeat(200)}`, 'x'.repeat(100)],
    ['', '(none)'],
  ]
  for (const [url, expected] of golden) {
    test(`${JSON.stringify(url.slice(0, 60))} belongs to ${expected.slice(0, 20)}`, () => {
      assert.equal(enriched(campaign('url'), { url })['campaign'], expected)
    })
  }

  test('no half of a character is left where a long one is cut', () => {
    const cut = enriched(campaign('url'), { url: `/?utm_campaign=${'x'.repeat(99)}%F0%9F%98%80` })['campaign']
    assert.ok(typeof cut === 'string' && cut.isWellFormed() && cut.length === 100)
  })

  test('without a URL there is none', () => {
    for (const url of noText) assert.equal(enriched(campaign('url'), { url })['campaign'], '(none)')
  })
})

suite('referrerClass', () => {
  const golden: readonly (readonly [referrer: string, expected: string])[] = [
    ['', 'direct'],
    ['https://shop.example/other', 'internal'],
    ['https://SHOP.example:443/', 'internal'],
    ['https://www.google.com/search?q=shoes', 'search'],
    ['https://google.co.uk/', 'search'],
    ['https://duckduckgo.com/', 'search'],
    ['https://l.facebook.com/', 'social'],
    ['https://t.co/abc', 'social'],
    ['https://x.com/', 'social'],
    ['https://netflix.com/', 'external'],
    ['https://notgoogle.com/', 'external'],
    ['https://blog.shop.example/', 'external'],
    ['https://evil.example/?from=https://shop.example/', 'external'],
    ['nonsense', 'external'],
  ]
  for (const [referrer, expected] of golden) {
    test(`${JSON.stringify(referrer)} is ${expected}`, () => {
      const event = enriched(parseUrl('url'), { url: 'https://shop.example/', referrer })
      assert.equal(enriched(referrerClass('referrer'), event)['referrerClass'], expected)
    })
  }

  test('a page without a host has no internal referrers', () => {
    const event = enriched(parseUrl('url'), { url: '/', referrer: '/before' })
    assert.equal(enriched(referrerClass('referrer'), event)['referrerClass'], 'external')
  })

  test('without a referrer the visit is direct', () => {
    for (const referrer of noText) {
      assert.equal(enriched(referrerClass('referrer'), { referrer })['referrerClass'], 'direct')
    }
  })
})

test('answers are remembered up to the capacity, the least recently asked going first', () => {
  const asked: string[] = []
  const answer = remember(2, (text) => {
    asked.push(text)
    return text === 'b'
  })
  for (const text of ['a', 'b', 'a', 'c', 'a', 'b']) assert.equal(answer(text), text === 'b')
  assert.deepEqual(asked, ['a', 'b', 'c', 'b'])
})
