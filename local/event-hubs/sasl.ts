/** The SASL mechanisms that Event Hubs offers; after all but PLAIN the client shows tokens at `$cbs`. */
import type { Access } from './connection.ts'

/** A mechanism as rhea runs it. */
interface Mechanism {
  outcome: boolean | undefined
  readonly username: string
  start(response: Buffer | null | undefined): void
}

/** For one connection, in the order in which Event Hubs names them. */
export const mechanismsFor = (access: Access): Readonly<Record<string, () => Mechanism>> => ({
  MSSBCBS: anyone,
  PLAIN: () => keyHolder(access),
  ANONYMOUS: anyone,
  EXTERNAL: anyone,
})

const anyone = (): Mechanism => ({
  outcome: undefined,
  username: '',
  start(): void {
    this.outcome = true
  },
})

/** RFC 4616: authorization id, user and password with a zero byte between them. */
const keyHolder = (access: Access): Mechanism => ({
  outcome: undefined,
  username: '',
  start(response): void {
    const [, user = '', password = ''] = (response ?? Buffer.alloc(0)).toString('utf8').split('\0')
    this.outcome = access.signIn(user, password)
  },
})
