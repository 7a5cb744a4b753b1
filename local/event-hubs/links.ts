/** What the other side asks for when it opens a link, what it is told in return, and the words in which it is refused. */
import type { Receiver, Sender } from 'rhea'
import type { Hub } from './hub.ts'
import { linkOf } from './rhea-internals.ts'

const epochProperty = 'com.microsoft:epoch'
const metricsCapability = 'com.microsoft:enable-receiver-runtime-metric'
const selectorFilter = 'apache.org:selector-filter:string'
const selectorCode = 0x468c00000004
/** Settlement modes of a sender: 0 unsettled, 1 settled, 2 mixed. */
const unsettled = 0
const settled = 1

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

/** Opens our side with what the peer asked for: the same two ends, with the filters, and its way to settle. */
export const accept = (link: Sender | Receiver): void => {
  const { local, remote } = linkOf(link)
  local.attach.source = remote.attach?.source?.described()
  local.attach.target = remote.attach?.target?.described()
  if (link.is_receiver()) return
  // Sent settled unless the peer wants to settle itself: acknowledging each event would cost half as much again.
  local.attach.snd_settle_mode = remote.attach?.snd_settle_mode === unsettled ? unsettled : settled
  if (wantsMetrics(link as Sender)) local.attach.offered_capabilities = metricsCapability
}

/** undefined for what is no partition of the hub: partitions have one name each, without leading zeros. */
export const partitionNumber = (hub: Hub, text: string): number | undefined => {
  const number = Number(text)
  return /^(?:0|[1-9]\d*)$/.test(text) && number < hub.partitions.length ? number : undefined
}

/** The selector that says where the reader begins: by its name, or under any other with the selector's descriptor. */
export const filterOf = (sender: Sender): string | undefined => {
  const filters = (sender.source?.filter ?? {}) as Readonly<Record<string, Selector | string | null>>
  const selector = filters[selectorFilter] ?? Object.values(filters).find(isSelector)
  const value: unknown = typeof selector === 'object' ? selector?.value : selector
  return typeof value === 'string' ? value : undefined
}

interface Selector {
  readonly descriptor?: { readonly value?: unknown }
  readonly value?: unknown
}

const isSelector = (filter: Selector | string | null): boolean =>
  typeof filter === 'object' && [selectorFilter, selectorCode].includes(filter?.descriptor?.value as string | number)

/** The reader's owner level; undefined: it claims none. */
export const epochOf = (sender: Sender): number | undefined => {
  const value = (sender.properties as Readonly<Record<string, unknown>> | undefined)?.[epochProperty]
  return typeof value === 'number' ? value : undefined
}

/** Whether the reader wants to be told of the partition's last event with each event. */
export const wantsMetrics = (sender: Sender): boolean =>
  [linkOf(sender).remote.attach?.desired_capabilities].flat().map(String).includes(metricsCapability)
