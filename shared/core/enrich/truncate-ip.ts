import { isIPv4, isIPv6 } from 'node:net'
import { textOf, type EnrichmentStep } from '../stream/enrichment.ts'
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
  if (isIPv4(ip)) return ip.replace(/\d+$/, '0')
  if (!isIPv6(ip)) return ''
  const network = ipv6Groups(ip).slice(0, 3)
  return `${network.map((group) => group.toString(16)).join(':')}::`
}
