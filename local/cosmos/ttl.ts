/**
 * Time to live. The container's default switches it on (-1: only for items that name a `ttl` of their own); an item's
 * own `ttl` goes before the default, and -1 keeps it for ever. Counted in seconds from the item's last write.
 */
import { badRequest } from './errors.ts'
import type { Json } from './json.ts'

/** Epoch seconds from which the item is gone; null: never. */
export const expiryOf = (ts: number, ttl: number | null, defaultTtl: number | null): number | null => {
  if (defaultTtl === null) return null
  const seconds = ttl ?? defaultTtl
  return seconds === -1 ? null : ts + seconds
}

/** Validates an item's `ttl` or a container's `defaultTtl`; null where there is none. */
export const parseTtl = (value: Json | undefined, what: string): number | null => {
  if (value === undefined || value === null) return null
  if (typeof value === 'number' && Number.isInteger(value) && value <= 2_147_483_647 && (value === -1 || value > 0)) {
    return value
  }
  throw badRequest(`${what} must be -1 or a whole number of seconds from 1 to 2147483647.`)
}
