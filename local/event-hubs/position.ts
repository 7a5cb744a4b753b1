/** Where a consumer begins: the selector filter of its link, looked up in the partition. */
import type { Refusal } from './links.ts'
import type { PartitionLog } from './partition-log.ts'

/** `enqueuedtimeutc` is how the first clients wrote the time. */
const pattern = /^amqp\.annotation\.x-opt-(offset|sequence-number|enqueued-?time(?:-?utc)?)\s*(>=?)\s*'?([^']*?)'?$/

export type Start =
  { readonly kind: 'at'; readonly sequence: number } | { readonly kind: 'refused'; readonly refusal: Refusal }

/** The sequence at which a consumer begins; without a filter the first one. */
export const startOf = (filter: string | undefined, log: PartitionLog): Start => {
  if (filter === undefined) return at(0)
  const match = pattern.exec(filter.trim())
  if (match === null) return notUnderstood
  const [, what, operator, value = ''] = match
  const inclusive = operator === '>='
  const { last } = log
  if (value === '@latest') return at(last.sequence + 1)
  if (value === '-1') return at(0)
  const number = Number(value)
  if (!Number.isSafeInteger(number) || value === '') return notUnderstood
  if (what === 'sequence-number') {
    const sequence = Math.max(0, inclusive ? number : number + 1)
    return sequence > last.sequence + 1 ? beyond('sequence number', value, last.sequence) : at(sequence)
  }
  if (what === 'offset') {
    return number > Number(last.offset)
      ? beyond('offset', value, last.offset)
      : at(log.sequenceAtOffset(number, inclusive))
  }
  return at(log.sequenceAtTime(number, inclusive))
}

const at = (sequence: number): Start => ({ kind: 'at', sequence })

const notUnderstood: Start = {
  kind: 'refused',
  refusal: { condition: 'amqp:invalid-field', description: 'The selector filter is not understood.' },
}

/** As Event Hubs tells a consumer whose checkpoint is of another hub, or of the hub's earlier life. */
const beyond = (what: string, value: string, last: number | string): Start => ({
  kind: 'refused',
  refusal: {
    condition: 'com.microsoft:argument-error',
    description: `The supplied ${what} '${value}' is invalid. The last ${what} in the system is '${last}'`,
  },
})
