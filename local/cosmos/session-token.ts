/** Session tokens: `<range>:<version>#<lsn>`, of which a client may send several, separated by commas. */
import { badRequest, sessionNotAvailable } from './errors.ts'
import { header, type CosmosRequest } from './request.ts'

/** One range; its version never changes, for it is never split. */
export const sessionToken = (lsn: number): string => `0:-1#${lsn}`

/** 404 with sub-status 1002 where the client has already seen more of the container than there is: it was restored or made anew. */
export const requireSession = (request: CosmosRequest, lsn: () => number): void => {
  const token = header(request, 'x-ms-session-token')
  if (token === undefined || header(request, 'x-ms-consistency-level')?.toLowerCase() === 'eventual') return
  for (const part of token.split(',')) {
    const found = /^\s*([^:]+):-?\d+#(\d+)(?:#\d+=-?\d+)*\s*$/.exec(part)
    if (found === null) throw badRequest('x-ms-session-token must consist of parts like 0:-1#5.')
    if (found[1] === '0' && Number(found[2]) > lsn()) throw sessionNotAvailable()
  }
}
