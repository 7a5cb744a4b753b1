/** Enrichment meets whatever producers send: it never throws, and adds text and truth values alone. */
import assert from 'node:assert/strict'
import { BlockList, isIP } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { memoryFacts } from '../../shared/adapters/memory/ip-country.ts'
import { truncateIp } from '../../shared/core/enrich/truncate-ip.ts'
import { compileStream } from '../../shared/core/stream/compile.ts'
import { clickstream } from '../../shared/streams/clickstream.ts'

const facts = memoryFacts({})
const stream = compileStream(clickstream)
const added = clickstream.description.enrich.flatMap((step) => step.adds)

const strange = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString/1.0 (x)',
  '\u0000',
  '\ud800',
  '%',
  '//',
  '://',
  'http://',
  'http://[::1',
  'http://@:@:/',
  '?utm_campaign=%',
  '?utm_campaign=\ud800',
  '('.repeat(500),
  ':1'.repeat(500),
  'a/'.repeat(500),
  '@'.repeat(8_000),
  'Mozilla/5.0 '.repeat(300),
)
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  fc.ipV4Extended(),
  fc.ipV6(),
  strange,
  fc.array(strange, { maxLength: 3 }).map((parts) => parts.join('')),
)
const value = fc.oneof({ weight: 4, arbitrary: text }, { weight: 1, arbitrary: fc.anything() })
const key = fc.oneof(
  fc.constantFrom('url', 'userAgent', 'ip', 'referrer', 'host', 'page', 'isBot', '__proto__', 'constructor'),
  fc.string(),
)
/** As JSON makes it: `__proto__` is a field like any other. */
const event = fc.array(fc.tuple(key, value), { maxLength: 12 }).map((entries) => Object.fromEntries(entries))

test('enrichment never throws and adds nothing but text and truth values', () => {
  fc.assert(
    fc.property(event, (sent) => {
      const enriched = { ...sent }
      stream.enrich(enriched, facts)
      for (const field of added.filter((name) => name !== 'ip')) {
        assert.ok(Object.hasOwn(enriched, field), field)
        assert.ok(typeof enriched[field] === 'string' || typeof enriched[field] === 'boolean', field)
      }
    }),
  )
})

test('enrichment touches no field but those its steps name, nor any prototype', () => {
  fc.assert(
    fc.property(event, (sent) => {
      const enriched = { ...sent }
      stream.enrich(enriched, facts)
      const names = new Set([...Object.keys(sent), ...added])
      for (const field of Object.keys(enriched)) assert.ok(names.has(field), field)
      for (const field of Object.keys(sent).filter((name) => !added.includes(name))) {
        assert.equal(enriched[field], sent[field], field)
      }
      assert.equal(Object.getPrototypeOf(enriched), Object.prototype)
      assert.deepEqual(Object.keys(Object.prototype), [])
    }),
  )
})

test('enrichment says the same when it is asked again', () => {
  fc.assert(
    fc.property(event, (sent) => {
      const first = { ...sent }
      const second = { ...sent }
      stream.enrich(first, facts)
      compileStream(clickstream).enrich(second, facts)
      assert.deepEqual(first, second)
    }),
    { numRuns: 20 },
  )
})

test('a truncated address is the network of the address, and stays as it is', () => {
  const step = truncateIp('ip')
  const truncated = (ip: string): string => {
    const holder: Record<string, unknown> = { ip }
    step.apply(holder, facts)
    return String(holder['ip'])
  }
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (ip) => {
      const network = truncated(ip)
      assert.equal(isIP(network), isIP(ip))
      assert.equal(truncated(network), network)
      const subnet = new BlockList()
      if (isIP(ip) === 4) subnet.addSubnet(network, 24, 'ipv4')
      else subnet.addSubnet(network, 48, 'ipv6')
      assert.ok(subnet.check(ip, isIP(ip) === 4 ? 'ipv4' : 'ipv6'), `${ip} is not in ${network}`)
      if (isIP(ip) === 4) assert.equal(network, `${ip.split('.').slice(0, 3).join('.')}.0`)
      else assert.match(network, /^([0-9a-f]+:){3}:$/)
    }),
  )
})
