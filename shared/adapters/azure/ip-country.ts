/** Countries by address, from the tables of the npm package @ip-location-db/asn-country; NOTICE names whose data they are. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { isIPv6 } from 'node:net'
import { ipv4Number } from '../../core/enrich/ipv4-number.ts'
import { ipv6Groups } from '../../core/enrich/ipv6-groups.ts'
import type { Facts } from '../../ports/facts.ts'

/** Sorted, non-overlapping ranges, both ends inclusive. */
interface Ranges<T> {
  readonly starts: ArrayLike<T>
  readonly ends: ArrayLike<T>
  readonly countries: readonly string[]
}

/** Reads both tables once; about 10 MB stay in memory. Rejects where the package's files are missing. */
export const loadIpCountry = async (): Promise<Pick<Facts, 'countryOf'>> => {
  const v4 = await readTable('asn-country-ipv4-num.csv')
  const v6 = await readTable('asn-country-ipv6-num.csv')
  const ranges4: Ranges<number> = {
    starts: Uint32Array.from(v4, ([start]) => Number(start)),
    ends: Uint32Array.from(v4, ([, end]) => Number(end)),
    countries: v4.map(([, , country]) => country),
  }
  const ranges6: Ranges<bigint> = {
    starts: v6.map(([start]) => BigInt(start)),
    ends: v6.map(([, end]) => BigInt(end)),
    countries: v6.map(([, , country]) => country),
  }
  return {
    countryOf: (ip) => {
      const address4 = ipv4Number(ip)
      if (address4 !== undefined) return find(ranges4, address4)
      if (!isIPv6(ip)) return undefined
      const address = ipv6Number(ip)
      // ::ffff:0:0/96: an IPv4 address that a dual-stack server saw.
      return address >> 32n === 0xffffn ? find(ranges4, Number(address & 0xffff_ffffn)) : find(ranges6, address)
    },
  }
}

type Row = readonly [start: string, end: string, country: string]

const readTable = async (file: string): Promise<Row[]> => {
  const path = createRequire(import.meta.url).resolve(`@ip-location-db/asn-country/${file}`)
  const text = await readFile(path, 'latin1')
  return text.split('\n').flatMap((line) => {
    const [start, end, country] = line.trimEnd().split(',')
    return start && end && country ? [[start, end, country] as const] : []
  })
}

const find = <T extends number | bigint>({ starts, ends, countries }: Ranges<T>, address: T): string | undefined => {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (starts[middle]! <= address) low = middle
    else high = middle - 1
  }
  return starts.length > 0 && starts[low]! <= address && address <= ends[low]! ? countries[low] : undefined
}

const ipv6Number = (ip: string): bigint => ipv6Groups(ip).reduce((sum, group) => (sum << 16n) | BigInt(group), 0n)
