/** Who may: whoever signs with the account key. */
import { LakeError } from './errors.ts'
import type { Incoming, Target } from './request.ts'
import { authenticationFailed, requireSharedKey, type AccountKey } from './shared-key.ts'

export const authorize = (
  incoming: Pick<Incoming, 'method' | 'url' | 'headers'>,
  { query }: Target,
  accountKey: AccountKey,
  now: number,
): void => {
  if (incoming.headers.authorization !== undefined) return requireSharedKey(incoming, accountKey, now)
  if (query.has('sig')) throw authenticationFailed('The local lake takes no shared access signatures.')
  throw new LakeError(
    401,
    'NoAuthenticationInformation',
    'Server failed to authenticate the request: it has no Authorization header and no shared access signature, and nothing here is public.',
  )
}
