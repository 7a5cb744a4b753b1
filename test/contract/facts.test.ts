/** What every implementation of the Facts port promises. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { loadIpCountry } from '../../shared/adapters/azure/ip-country.ts'
import { memoryFacts } from '../../shared/adapters/memory/ip-country.ts'
import type { Facts } from '../../shared/ports/facts.ts'

const implementations: Readonly<Record<string, () => Pick<Facts, 'countryOf'> | Promise<Pick<Facts, 'countryOf'>>>> = {
  memory: () => memoryFacts({ '8.8.8.8': 'US', '2001:4860:4860::8888': 'US' }),
  'registry tables': loadIpCountry,
}

for (const [name, open] of Object.entries(implementations)) {
  suite(`facts from ${name}`, async () => {
    const facts = await open()

    test('a known IPv4 and a known IPv6 address have a country', () => {
      assert.equal(facts.countryOf('8.8.8.8'), 'US')
      assert.equal(facts.countryOf('2001:4860:4860::8888'), 'US')
    })

    test('what is no public address has none', () => {
      const without = ['', 'localhost', '10.0.0.1', '127.0.0.1', '::1', 'fe80::1%eth0', '256.1.1.1', '__proto__']
      for (const ip of without) assert.equal(facts.countryOf(ip), undefined, ip)
    })

    test('any text gets an answer: a code of two letters or nothing', () => {
      const addresses = fc.oneof(fc.string(), fc.ipV4(), fc.ipV4Extended(), fc.ipV6())
      fc.assert(
        fc.property(addresses, (ip) => {
          const country = facts.countryOf(ip)
          assert.ok(country === undefined || /^[A-Z]{2}$/.test(country), `${ip}: ${country}`)
        }),
      )
    })
  })
}

suite('registry tables', async () => {
  const facts = await loadIpCountry()

  test('both ends of a range belong to it', () => {
    assert.equal(facts.countryOf('193.99.144.80'), 'DE')
    assert.equal(facts.countryOf('1.0.0.0'), 'AU')
    assert.equal(facts.countryOf('1.0.0.255'), 'AU')
    assert.equal(facts.countryOf('1.0.1.0'), 'CN')
  })

  test('the ends of the address spaces are answered', () => {
    const ends = ['0.0.0.0', '255.255.255.255', '::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff']
    for (const ip of ends) assert.equal(facts.countryOf(ip), undefined, ip)
  })

  test('an IPv4 address written as IPv6 has the country of the IPv4 address', () => {
    fc.assert(
      fc.property(fc.ipV4(), (ip) => {
        const [a = 0, b = 0, c = 0, d = 0] = ip.split('.').map(Number)
        const inHex = `::ffff:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
        assert.equal(facts.countryOf(`::FFFF:${ip}`), facts.countryOf(ip))
        assert.equal(facts.countryOf(inHex), facts.countryOf(ip))
      }),
    )
  })

  test('an IPv6 address has one country however it is written', () => {
    const spellings = [
      '2001:4860:4860::8888',
      '2001:4860:4860:0:0:0:0:8888',
      '2001:4860:4860::0.0.136.136',
      '2001:4860:4860::8888%eth0',
    ]
    for (const ip of spellings) assert.equal(facts.countryOf(ip), 'US', ip)
  })
})
