/** Access keys: who may call a function, and the admin endpoints. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export interface AccessKeys {
  /** Opens everything, the admin endpoints too (`_master` in Azure). */
  readonly master: string
  /** By name, such as `default`: each opens every function but those of level `admin`. */
  readonly host: Readonly<Record<string, string>>
  /** By function and name: opens that function. */
  readonly functions: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export type AuthLevel = 'anonymous' | 'function' | 'admin'

/** Whether the request carries a key for that level: in the header, or else in the query. Without keys all may. */
export const isAllowed = (
  keys: AccessKeys | undefined,
  level: AuthLevel,
  functionName: string | undefined,
  request: IncomingMessage,
  url: URL,
): boolean => {
  if (keys === undefined || level === 'anonymous') return true
  const header = request.headers['x-functions-key']
  const given = typeof header === 'string' ? header : url.searchParams.get('code')
  if (given === null) return false
  const opening = [keys.master]
  if (level === 'function') {
    const own = Object.entries(keys.functions).find(([name]) => name.toLowerCase() === functionName?.toLowerCase())
    opening.push(...Object.values(keys.host), ...Object.values(own?.[1] ?? {}))
  }
  return opening.some((key) => isSame(key, given))
}

/** In a time that says nothing about where they differ. */
const isSame = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
