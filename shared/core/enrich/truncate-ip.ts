import { isIPv4, isIPv6 } from 'node:net'
import { textOf, type EnrichmentStep } from '../stream/enrichment.ts'

/** Replaces the address by its network, so that it no longer names a person: IPv4 /24, IPv6 /48; anything else is removed. */
export const truncateIp = <F extends string>(field: F): EnrichmentStep<F, F> => ({
  description: { step: 'truncateIp', parameters: { ip: field }, adds: [field] },
  apply: (event) => {
    const ip = textOf(event, field)
    if (ip !== undefined) event[field] = truncated(ip)
  },
})

const truncated = (ip: string): string => {
  if (isIPv4(ip)) return ip.replace(/\d+$/, '0')
  if (!isIPv6(ip)) return ''
  return `${firstGroups(ip).join(':')}::`
}

/** The first three of the eight 16-bit groups, written without leading zeros. */
const firstGroups = (ip: string): string[] => {
  const [head = '', tail] = ip.split('%', 1)[0]!.split('::')
  const before = head === '' ? [] : head.split(':')
  const missing = tail === undefined ? 0 : 8 - before.length - (tail === '' ? 0 : tail.split(':').length)
  const groups = [...before, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...(tail ?? '').split(':')]
  return groups.slice(0, 3).map((group) => Number.parseInt(group || '0', 16).toString(16))
}
