/** Shared access signatures by the account key ("Create an account SAS" and "Create a service SAS", Azure Storage REST reference). */
import { BlockList, isIPv4 } from 'node:net'
import { LakeError, notSupported } from './errors.ts'
import type { Target } from './request.ts'
import { authenticationFailed, isSignature, type AccountKey } from './shared-key.ts'

export type Place = 'account' | 'container' | 'path'

export interface Wanted {
  readonly place: Place
  /** Letters of which one is enough, such as `wc`. */
  readonly permissions: string
}

/** Where every request comes from. */
const clientAddress = '127.0.0.1'
const oldestVersion = '2018-11-09'

/** Throws 403 where the signature in the address does not fit, is out of its time or does not cover what is wanted. */
export const requireSas = (target: Target, wanted: Wanted, accountKey: AccountKey, now: number): void => {
  const { query } = target
  const of = (name: string): string => query.get(name) ?? ''
  if (query.has('skoid')) throw notSupported('user delegation, for it knows no identities')
  if (query.has('si')) throw notSupported('stored access policy')
  if (!(of('sv') >= oldestVersion)) throw authenticationFailed(`sv must be ${oldestVersion} or later.`)
  const isOfAccount = query.has('ss')
  const text = isOfAccount ? accountText(query, accountKey.account) : serviceText(target, accountKey.account)
  if (!isSignature(of('sig'), text, accountKey.key)) {
    throw authenticationFailed(
      `Signature did not match. String to sign used was '${text}'. The address, or what it is used for, is not what was signed.`,
    )
  }
  requireTime(of('st'), of('se'), now)
  if (query.has('spr') && !of('spr').split(',').includes('http')) {
    throw mismatch('AuthorizationProtocolMismatch', 'protocol')
  }
  if (query.has('sip') && !covers(of('sip'))) throw mismatch('AuthorizationSourceIPMismatch', 'source IP')
  if (isOfAccount) {
    if (!of('ss').includes('b')) throw mismatch('AuthorizationServiceMismatch', 'service')
    if (!of('srt').includes(resourceTypes[wanted.place])) {
      throw mismatch('AuthorizationResourceTypeMismatch', 'resource type')
    }
  }
  if (![...wanted.permissions].some((letter) => of('sp').includes(letter))) {
    throw mismatch('AuthorizationPermissionMismatch', 'permission')
  }
}

const resourceTypes: Readonly<Record<Place, string>> = { account: 's', container: 'c', path: 'o' }

const scoped = (query: Target['query']): readonly string[] =>
  // A field of its own since this version.
  (query.get('sv') ?? '') >= '2020-12-06' ? [query.get('ses') ?? ''] : []

const accountText = (query: Target['query'], account: string): string => {
  const values = ['sp', 'ss', 'srt', 'st', 'se', 'sip', 'spr', 'sv'].map((name) => query.get(name) ?? '')
  return [account, ...values, ...scoped(query), ''].join('\n')
}

const serviceText = ({ fileSystem, path, query }: Target, account: string): string => {
  const of = (name: string): string => query.get(name) ?? ''
  const values = (names: readonly string[]): readonly string[] => names.map(of)
  const steps = path.split('/').slice(0, Number(of('sdd')))
  const signedPaths: Readonly<Record<string, string>> = { c: '', b: `/${path}`, d: `/${steps.join('/')}` }
  const signed = signedPaths[of('sr')]
  if (signed === undefined) throw authenticationFailed('sr must be c, b or d.')
  return [
    ...values(['sp', 'st', 'se']),
    `/blob/${account}/${fileSystem}${signed}`,
    ...values(['si', 'sip', 'spr', 'sv', 'sr']),
    '',
    ...scoped(query),
    ...values(['rscc', 'rscd', 'rsce', 'rscl', 'rsct']),
  ].join('\n')
}

const requireTime = (start: string, end: string, now: number): void => {
  const isIn = (start === '' || Date.parse(start) <= now) && now < Date.parse(end)
  if (isIn) return
  throw authenticationFailed(
    `Signature not valid in the specified time frame: start [${start}], expiry [${end}], current [${new Date(now).toISOString()}].`,
  )
}

/** One address, or a first and a last one. */
const covers = (range: string): boolean => {
  const [first = '', last = first] = range.split('-')
  if (!isIPv4(first) || !isIPv4(last)) return false
  const list = new BlockList()
  list.addRange(first, last)
  return list.check(clientAddress)
}

const mismatch = (code: string, what: string): LakeError =>
  new LakeError(403, code, `This request is not authorized to perform this operation using this ${what}.`)
