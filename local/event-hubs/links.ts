/** What the other side asks for when it opens a link, and the words in which it is refused. */
import type { Sender } from 'rhea'
import type { Hub } from './hub.ts'

const epochProperty = 'com.microsoft:epoch'
const metricsCapability = 'com.microsoft:enable-receiver-runtime-metric'
const selectorFilter = 'apache.org:selector-filter:string'

/** Why the hub ends or refuses a link. */
export interface Refusal {
  readonly condition: string
  readonly description: string
}

export const notFound = (address: string): Refusal => ({
  condition: 'amqp:not-found',
  description: `The messaging entity '${address}' could not be found.`,
})

export const unauthorized = (address: string): Refusal => ({
  condition: 'amqp:unauthorized-access',
  description: `Unauthorized access to '${address}': no valid token covers it.`,
})

/** The SDKs open the node without a hub and name the hub in each request. */
export const isManagement = (address: string): boolean => /^(?:[^/]+\/)?\$management$/.test(address)

/** undefined for what is no partition of the hub: partitions have one name each, without leading zeros. */
export const partitionNumber = (hub: Hub, text: string): number | undefined => {
  const number = Number(text)
  return /^(?:0|[1-9]\d*)$/.test(text) && number < hub.partitions.length ? number : undefined
}

/** The selector that says where the reader begins. */
export const filterOf = (sender: Sender): string | undefined => {
  const filter = sender.source?.filter as Readonly<Record<string, unknown>> | undefined
  const selector = filter?.[selectorFilter]
  if (typeof selector === 'string') return selector
  const value = (selector as { readonly value?: unknown } | undefined)?.value
  return typeof value === 'string' ? value : undefined
}

/** The reader's owner level; undefined: it claims none. */
export const epochOf = (sender: Sender): number | undefined => {
  const value = (sender.properties as Readonly<Record<string, unknown>> | undefined)?.[epochProperty]
  const number = typeof value === 'bigint' ? Number(value) : value
  return typeof number === 'number' ? number : undefined
}

/** Whether the reader wants to be told of the partition's last event with each event. */
export const wantsMetrics = (sender: Sender): boolean => {
  const desired: unknown = (sender as unknown as { remote?: { attach?: { desired_capabilities?: unknown } } }).remote
    ?.attach?.desired_capabilities
  return Array.isArray(desired)
    ? desired.map(String).includes(metricsCapability)
    : String(desired) === metricsCapability
}
