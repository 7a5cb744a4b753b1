import { InvariantError, RetryableError, TerminalError } from '../../errors.ts'

/** Status codes after which the same request may succeed (Azure Cosmos DB status codes). */
const retryableStatuses = new Set([408, 410, 429, 449, 500, 502, 503, 504])
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'TimeoutError',
  'REQUEST_SEND_ERROR',
])

/** Sub-status of a 404: the replica is behind the session. */
const readSessionNotAvailable = 1002

/** The HTTP status that an error of the Cosmos DB SDK carries; that of a failed batch request stands in its cause. */
export const statusOf = (error: unknown): number | undefined => {
  if (typeof error !== 'object' || error === null) return undefined
  const { code, statusCode, cause } = error as { code?: unknown; statusCode?: unknown; cause?: unknown }
  if (typeof code === 'number') return code
  if (typeof statusCode === 'number') return statusCode
  return cause === undefined || cause === error ? undefined : statusOf(cause)
}

/** Runs work with the Cosmos DB SDK, `doing` naming it: what the SDK throws is rejected as one of our two kinds. */
export const translated = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    throw translateCosmosError(error, doing)
  }
}

/** An error of the Cosmos DB SDK as one of our two kinds. `doing` names the operation. */
export const translateCosmosError = (error: unknown, doing: string): Error => {
  if (error instanceof RetryableError || error instanceof TerminalError || error instanceof InvariantError) return error
  const status = statusOf(error)
  if (status === 404 && detailOf(error, 'substatus') === readSessionNotAvailable) {
    return new RetryableError(`${doing}: Cosmos DB does not yet show what was read or written before.`, {
      cause: error,
    })
  }
  if (status !== undefined) return cosmosStatus(status, doing, detailOf(error, 'retryAfterInMs'), error)
  if (isNetworkError(error)) return new RetryableError(`${doing}: Cosmos DB cannot be reached.`, { cause: error })
  return new TerminalError(`${doing}: ${messageOf(error)}`, { cause: error })
}

/** A status, of an answer or within a batch, as one of our two kinds. */
export const cosmosStatus = (status: number, doing: string, retryAfterMs?: number, cause?: unknown): Error => {
  if (retryableStatuses.has(status)) {
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
    return new RetryableError(`${doing}: Cosmos DB answered ${status}.`, { cause, ...wait })
  }
  return new TerminalError(`${doing}: Cosmos DB answered ${status}. Nothing was stored. ${wayOut(status)}`, { cause })
}

const wayOut = (status: number): string => {
  if (status === 401) return 'Check CosmosConnection.'
  if (status === 403) return 'Give the app identity the data contributor role, and let its network in.'
  if (status === 404) return 'Create the database and containers (deploy infra, or start locally).'
  return 'The log holds the service’s own message.'
}

/** RU that a refused request was charged. */
export const chargeOf = (error: unknown): number => {
  const { headers, cause } = error as { headers?: Readonly<Record<string, unknown>>; cause?: unknown }
  if (headers === undefined && typeof cause === 'object' && cause !== null) return chargeOf(cause)
  return Number(headers?.['x-ms-request-charge'] ?? 0)
}

/** A number that the SDK's error carries; that of a failed batch request stands in its cause. */
const detailOf = (error: unknown, name: 'retryAfterInMs' | 'substatus'): number | undefined => {
  if (typeof error !== 'object' || error === null) return undefined
  const detail = (error as Readonly<Record<string, unknown>>)[name]
  return typeof detail === 'number' ? detail : detailOf((error as { cause?: unknown }).cause, name)
}

/** An error of the Storage SDK as one of our two kinds. */
export const translateStorageError = (error: unknown, doing: string): Error => {
  if (error instanceof RetryableError || error instanceof TerminalError || error instanceof InvariantError) return error
  const status = statusOf(error)
  const reason = codeOf(error) ?? String(status)
  if (status !== undefined && retryableStatuses.has(status)) {
    return new RetryableError(`${doing}: storage answered ${reason}.`, { cause: error })
  }
  if (status !== undefined) {
    return new TerminalError(`${doing}: storage answered ${reason}. ${storageWayOut(status)}`, { cause: error })
  }
  if (isNetworkError(error)) return new RetryableError(`${doing}: storage cannot be reached.`, { cause: error })
  return new TerminalError(`${doing}: ${messageOf(error)}`, { cause: error })
}

const storageWayOut = (status: number): string => {
  if (status === 401 || status === 403) return 'Give the app identity its role on the lake, and let its network in.'
  if (status === 404) return 'Create the container (deploy infra, or start locally).'
  return 'The log holds the service’s own message.'
}

/** The service's own name for what went wrong; the SDK leaves it out where an answer had no body. */
const codeOf = (error: unknown): string | undefined => {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? code : undefined
}

const isNetworkError = (error: unknown): boolean => {
  if (typeof error !== 'object' || error === null) return false
  const { code, name, cause } = error as { code?: unknown; name?: unknown; cause?: unknown }
  if (networkCodes.has(String(code)) || networkCodes.has(String(name))) return true
  return cause !== undefined && cause !== error && isNetworkError(cause)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** An error of the Event Hubs SDK as one of our two kinds: the SDK says itself whether trying again may help. */
export const translateHubError = (thrown: unknown, doing: string): Error => {
  const error = lastAttempt(thrown)
  const { code, retryable } = error as { code?: unknown; retryable?: unknown }
  if (code === 'MessagingEntityNotFoundError') {
    return new TerminalError(
      `${doing}: the hub or consumer group does not exist. Create it (deploy infra, or start locally).`,
      { cause: error },
    )
  }
  if (code === 'UnauthorizedError') {
    return new TerminalError(
      `${doing}: Event Hubs refuses the credentials. Check EventHubConnection, or the roles of the app identity.`,
      { cause: error },
    )
  }
  if (retryable === false && !isNetworkError(error))
    return new TerminalError(`${doing}: ${messageOf(error)}`, { cause: error })
  return new RetryableError(`${doing}: Event Hubs cannot be reached.`, { cause: error })
}

/** After several attempts the SDK throws what each of them met. */
const lastAttempt = (error: unknown): unknown =>
  error instanceof AggregateError && error.errors.length > 0 ? lastAttempt(error.errors.at(-1)) : error
