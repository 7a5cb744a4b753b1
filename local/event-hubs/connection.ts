/** What one AMQP connection may do: it shows tokens, then opens links to what they cover. */
import { checkToken } from './tokens.ts'

export class Access {
  readonly #key: string
  readonly #now: () => number
  readonly #granted: { readonly path: string; readonly expiresAt: number }[] = []

  constructor(key: string, now: () => number) {
    this.#key = key
    this.#now = now
  }

  /** Takes a token; why it was refused, or undefined. */
  show(token: string): string | undefined {
    const check = checkToken(token, this.#key, this.#now())
    if (check.kind === 'invalid') return check.reason
    this.#granted.push(check)
    return undefined
  }

  /** Whether a token that is still valid covers this path. */
  covers(path: string): boolean {
    const wanted = path.toLowerCase()
    const now = this.#now()
    return this.#granted.some(
      (token) =>
        token.expiresAt > now && (token.path === '' || wanted === token.path || wanted.startsWith(`${token.path}/`)),
    )
  }
}
