/** Who may: whoever signs with the account key, or has an address that was signed with it. */
import { LakeError } from './errors.ts'
import { readSource, type Incoming, type Target } from './request.ts'
import { requireSas, type Wanted } from './sas.ts'
import { requireSharedKey, type AccountKey } from './shared-key.ts'

export const authorize = (
  incoming: Pick<Incoming, 'method' | 'url' | 'headers'>,
  target: Target,
  wanted: Wanted,
  accountKey: AccountKey,
  now: number,
): void => {
  if (incoming.headers.authorization !== undefined) return requireSharedKey(incoming, accountKey, now)
  if (!target.query.has('sig')) {
    throw new LakeError(
      401,
      'NoAuthenticationInformation',
      'Server failed to authenticate the request: it has no Authorization header and no shared access signature, and nothing here is public.',
    )
  }
  requireSas(target, wanted, accountKey, now)
  // A signature for one place says nothing about another: what is copied or renamed brings its own.
  for (const [name, permissions] of sources) {
    if (incoming.headers[name] === undefined) continue
    const source = readSource(incoming, name, accountKey.account)
    requireSas(source, { place: 'path', permissions }, accountKey, now)
  }
}

const sources = [
  ['x-ms-copy-source', 'r'],
  ['x-ms-rename-source', 'mwd'],
] as const
