/** What one AMQP connection may do: it signs in or shows tokens, then opens links to what they cover. */
import { checkToken, isKey } from './tokens.ts'

export class Access {
  readonly #key: string
  readonly #now: () => number
  /** When the latest token of each path expires. */
  readonly #granted = new Map<string, number>()

  constructor(key: string, now: () => number) {
    this.#key = key
    this.#now = now
  }

  /** With the key's name and the key itself the connection may do everything as long as it lasts. */
  signIn(name: string, key: string): boolean {
    const isRight = isKey(name, key, this.#key)
    if (isRight) this.#granted.set('', Infinity)
    return isRight
  }

  /** Takes a token; why it was refused, or undefined. */
  show(token: string): string | undefined {
    const now = this.#now()
    const check = checkToken(token, this.#key, now)
    if (check.kind === 'invalid') return check.reason
    for (const [path, expiresAt] of this.#granted) if (expiresAt <= now) this.#granted.delete(path)
    this.#granted.set(check.path, Math.max(check.expiresAt, this.#granted.get(check.path) ?? 0))
    return undefined
  }

  /** Whether a token that is still valid covers this path. */
  covers(path: string): boolean {
    const wanted = path.toLowerCase()
    const now = this.#now()
    return [...this.#granted].some(
      ([granted, expiresAt]) =>
        expiresAt > now && (granted === '' || wanted === granted || wanted.startsWith(`${granted}/`)),
    )
  }
}
