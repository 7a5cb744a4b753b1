import type { PartitionLog } from './partition-log.ts'

const pattern = /^amqp\.annotation\.x-opt-(offset|sequence-number|enqueued-time)\s*(>=?)\s*'([^']*)'$/

/** The sequence at which a consumer begins, from the selector filter of its link; undefined for one that is not understood. */
export const startSequence = (filter: string | undefined, log: PartitionLog): number | undefined => {
  if (filter === undefined) return 0
  const match = pattern.exec(filter.trim())
  if (match === null) return undefined
  const [, what, operator, value = ''] = match
  const inclusive = operator === '>='
  if (value === '@latest') return log.last.sequence + 1
  if (value === '-1') return 0
  const number = Number(value)
  if (!Number.isSafeInteger(number) || value === '') return undefined
  if (what === 'sequence-number') return Math.min(Math.max(0, inclusive ? number : number + 1), log.last.sequence + 1)
  return what === 'offset' ? log.sequenceAtOffset(number, inclusive) : log.sequenceAtTime(number, inclusive)
}
