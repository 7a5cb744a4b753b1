import type { Event } from '../contracts/raw-event.ts'
import { hash64 } from './hash.ts'

/** Where groups beyond a window's `maxGroups` are counted, in every dimension. */
export const otherGroup = '__other__'

/** A key takes at most this many UTF-8 bytes, so that a window's size is bounded. */
export const maxKeyBytes = 1_024

/** What sizes are planned with: most keys are shorter. */
export const usualKeyBytes = 64

const separator = '\u001f'
const hashSuffixLength = 17

/** The group an event belongs to: its dimension values as text, absent ones empty. */
export const groupKey = (event: Event, by: readonly string[]): string =>
  by.length === 1
    ? keyPart(dimensionText(event[by[0]!]), maxKeyBytes - 1)
    : joinKey(by.map((field) => dimensionText(event[field])))

/** Builds a key from dimension values in the order of `by`. Values too long keep their beginning and a hash of the whole. */
export const joinKey = (values: readonly string[]): string => {
  const limit = Math.floor(maxKeyBytes / Math.max(1, values.length)) - 1
  return values.map((value) => keyPart(value, limit)).join(separator)
}

const keyPart = (value: string, limit: number): string =>
  bounded(value.includes(separator) ? value.replaceAll(separator, ' ') : value, limit)

/** Dimension values of a key, by name. */
export const splitKey = (key: string, by: readonly string[]): Record<string, string> => {
  const values = key.split(separator)
  return Object.fromEntries(by.map((field, index) => [field, values[index] ?? '']))
}

export const otherKey = (by: readonly string[]): string => by.map(() => otherGroup).join(separator)

/** Well formed: half a surrogate would be another text after it was stored, and one group would become two. */
const dimensionText = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value).toWellFormed()
    : ''

const bounded = (value: string, limit: number): string => {
  if (value.length * 3 <= limit || Buffer.byteLength(value) <= limit) return value
  const whole = hash64(value).toString(16).padStart(16, '0')
  const head = Buffer.from(value)
    .subarray(0, limit - hashSuffixLength)
    .toString('utf8')
  return `${head.replace(/\uFFFD+$/, '')}~${whole}`
}
