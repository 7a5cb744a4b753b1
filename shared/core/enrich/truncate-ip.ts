import { isIPv6 } from 'node:net'
import { textOf, type EnrichmentStep } from '../stream/enrichment.ts'
import { ipv4Number } from './ipv4-number.ts'
import { ipv6Groups } from './ipv6-groups.ts'

/** Replaces the address by its network, so that it no longer names a person: IPv4 /24, IPv6 /48; anything else is removed. */
export const truncateIp = <F extends string>(field: F): EnrichmentStep<F, F> => ({
  description: { step: 'truncateIp', parameters: { ip: field }, adds: [field] },
  apply: (event) => {
    const ip = textOf(event, field)
    if (ip !== undefined) event[field] = truncated(ip)
  },
})

const truncated = (ip: string): string => {
  if (ipv4Number(ip) !== undefined) return `${ip.slice(0, ip.lastIndexOf('.'))}.0`
  if (!isIPv6(ip)) return ''
  const network = ipv6Groups(ip).slice(0, 3)
  return `${network.map((group) => group.toString(16)).join(':')}::`
}
