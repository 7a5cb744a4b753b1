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
  /** By extension, such as `durabletask_extension`: opens the webhooks of that extension. */
  readonly system?: Readonly<Record<string, string>>
}

export type AuthLevel = 'anonymous' | 'function' | 'admin'

/** Throws where there is none: an extension's webhooks are not left open beside keys. */
export const systemKeyOf = (keys: AccessKeys, extension: string): string => {
  const key = keys.system?.[extension]
  if (key === undefined || key === '') throw new Error(`keys.system: expected a key named ${extension}.`)
  return key
}

/**
 * Whether the request carries a key for that level: in the header, or else in the query. Without keys all of this machine may.
 * `name`: of the function, or of the extension.
 */
export const isAllowed = (
  keys: AccessKeys | undefined,
  level: AuthLevel | 'system',
  name: string | undefined,
  request: IncomingMessage,
  url: URL,
): boolean => {
  if (level === 'anonymous') return true
  if (keys === undefined) return isOfThisMachine(request, url)
  const header = request.headers['x-functions-key']
  const given = typeof header === 'string' ? header : url.searchParams.get('code')
  if (given === null) return false
  const opening = [keys.master]
  if (level === 'function') {
    const own = Object.entries(keys.functions).find(([fn]) => fn.toLowerCase() === name?.toLowerCase())
    opening.push(...Object.values(keys.host), ...Object.values(own?.[1] ?? {}))
  }
  if (level === 'system' && name !== undefined) opening.push(systemKeyOf(keys, name))
  return opening.some((key) => isSame(key, given))
}

/**
 * A page of some web site can send requests to this machine, too: by its own origin, or by a name of its own that leads here (DNS
 * rebinding). Neither may do what only a key would open elsewhere.
 */
const isOfThisMachine = ({ headers: { origin } }: IncomingMessage, { hostname }: URL): boolean =>
  isLoopback(hostname) && (origin === undefined || (URL.canParse(origin) && isLoopback(new URL(origin).hostname)))

const isLoopback = (hostname: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(hostname)

/** In a time that says nothing about where they differ. */
const isSame = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
