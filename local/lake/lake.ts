/** Answers requests: signed, routed, done; whatever fails becomes an error of the interface that was asked. */
import { authorize } from './authorize.ts'
import { invalidHeader, LakeError } from './errors.ts'
import { header, readTarget, type Answer, type Incoming, type Target } from './request.ts'
import { findRoute, isDataLake } from './routes.ts'
import type { AccountKey } from './shared-key.ts'
import type { Store } from './store/store.ts'
import { textElement, element, xmlDocument } from './xml.ts'

export interface LakeParts {
  readonly store: Store
  readonly accountKey: AccountKey
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly newId: () => string
  /** Told what the lake itself could not do, such as write to a full disk. */
  readonly onFailure: (message: string) => void
}

/** Whatever the request, and whatever goes wrong, there is an answer. */
export const answerRequest = async (parts: LakeParts, incoming: Incoming, requestId: string): Promise<Answer> => {
  let target: Target | undefined
  const now = parts.now()
  let answer: Answer
  try {
    const { account } = parts.accountKey
    target = readTarget(incoming, account)
    const route = findRoute(incoming, target)
    authorize(incoming, target, route, parts.accountKey, now)
    requireSupported(incoming)
    const { store, newId, now: clock } = parts
    answer = await route.operation({ ...incoming, ...target, account, store, now, clock, newId })
  } catch (error) {
    const known = error instanceof LakeError ? error : failed(error, parts.onFailure)
    answer = errorAnswer(known, isDataLake(incoming, target), requestId, now)
  }
  return { ...answer, headers: { ...answer.headers, ...commonHeaders(incoming, requestId) } }
}

const latestVersion = '2026-10-06'

/** What would be stored other than it was meant, or unchecked, is not taken. */
const unsupported = [
  ...['x-ms-encryption-key', 'x-ms-encryption-scope', 'x-ms-if-tags', 'x-ms-source-if-tags', 'x-ms-tags'],
  // Checks by CRC-64; MD5 is checked.
  ...['x-ms-structured-body', 'x-ms-content-crc64'],
]

const requireSupported = (incoming: Incoming): void => {
  const version = header(incoming, 'x-ms-version')
  if (version !== undefined && !/^\d{4}-\d\d-\d\d$/.test(version)) {
    throw invalidHeader('x-ms-version', `a date such as ${latestVersion}`)
  }
  for (const name of unsupported) {
    if (header(incoming, name) !== undefined) {
      throw new LakeError(400, 'UnsupportedHeader', `One of the HTTP headers is not supported: ${name}.`)
    }
  }
}

const commonHeaders = (incoming: Incoming, requestId: string) => ({
  'x-ms-request-id': requestId,
  'x-ms-version': /^\d{4}-\d\d-\d\d$/.exec(header(incoming, 'x-ms-version') ?? '')?.[0] ?? latestVersion,
  'x-ms-client-request-id': header(incoming, 'x-ms-client-request-id'),
})

/** What a client may well send again later. */
const passing = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOMEM'])
const sqliteFull = 13

const failed = (error: unknown, onFailure: (message: string) => void): LakeError => {
  const { code = '', errcode, message } = error as NodeJS.ErrnoException & { readonly errcode?: number }
  const isPassing = passing.has(code) || errcode === sqliteFull
  // A client that went away in the middle of its request is no failure of the lake.
  if (code !== 'ECONNRESET') onFailure(message)
  return isPassing
    ? new LakeError(503, 'ServerBusy', `The local lake cannot write, nothing was changed: ${message}`)
    : new LakeError(500, 'InternalError', `The local lake failed, nothing was changed: ${message}`)
}

const errorAnswer = (error: LakeError, asJson: boolean, requestId: string, now: number): Answer => {
  const headers = { 'x-ms-error-code': error.code }
  if (error.status === 304) return { status: 304, headers }
  const message = `${error.message}\nRequestId:${requestId}\nTime:${new Date(now).toISOString()}`
  if (asJson) {
    const detail = error.detail === undefined ? {} : { detail: { AuthenticationErrorDetail: error.detail } }
    return {
      status: error.status,
      headers: { ...headers, 'content-type': 'application/json;charset=utf-8' },
      body: JSON.stringify({ error: { code: error.code, message, ...detail } }),
    }
  }
  return {
    status: error.status,
    headers: { ...headers, 'content-type': 'application/xml' },
    body: xmlDocument(
      element(
        'Error',
        textElement('Code', error.code),
        textElement('Message', message),
        textElement('AuthenticationErrorDetail', error.detail),
      ),
    ),
  }
}
