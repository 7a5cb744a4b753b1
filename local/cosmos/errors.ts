/** Answers other than success, as exceptions: the request loop turns them into responses. */

/** RU charged for a request that failed before it did any work. */
export const failureCharge = 1

interface Details {
  readonly subStatus?: number
  readonly retryAfterMs?: number
  /** JSON text for the body, from which clients go on by themselves. */
  readonly additionalErrorInfo?: string
}

export class CosmosError extends Error {
  override readonly name = 'CosmosError'
  readonly status: number
  /** Cosmos DB's code in the body, such as `NotFound`. */
  readonly code: string
  readonly subStatus: number | undefined
  readonly retryAfterMs: number | undefined
  readonly additionalErrorInfo: string | undefined

  constructor(status: number, code: string, message: string, details: Details = {}) {
    super(message)
    this.status = status
    this.code = code
    this.subStatus = details.subStatus
    this.retryAfterMs = details.retryAfterMs
    this.additionalErrorInfo = details.additionalErrorInfo
  }
}

export const badRequest = (message: string, subStatus?: number): CosmosError =>
  new CosmosError(400, 'BadRequest', message, subStatus === undefined ? {} : { subStatus })

export const unauthorized = (message: string): CosmosError => new CosmosError(401, 'Unauthorized', message)

export const forbidden = (message: string): CosmosError => new CosmosError(403, 'Forbidden', message)

/** Sub-status 1003: the database or container that the address names does not exist; 0: the resource itself. */
export const notFound = (what: string, subStatus = 0): CosmosError =>
  new CosmosError(404, 'NotFound', `${what} does not exist.`, { subStatus })

export const conflict = (what: string): CosmosError => new CosmosError(409, 'Conflict', `${what} already exists.`)

export const uniqueKeyConflict = (paths: readonly string[]): CosmosError =>
  new CosmosError(
    409,
    'Conflict',
    `Unique index constraint violation: another document of the partition key has the same ${paths.join(', ')}.`,
  )

/** Sub-status 1002: this server has not seen yet what the session token says the client has. */
export const sessionNotAvailable = (): CosmosError =>
  new CosmosError(404, 'NotFound', 'The read session is not available for the input session token.', {
    subStatus: 1002,
  })

/** Sub-status 1002: clients read the ranges again. */
export const rangeGone = (id: string): CosmosError =>
  new CosmosError(410, 'Gone', `The partition key range ${id} does not exist.`, { subStatus: 1002 })

/** 400 with the plan by which clients run the query themselves; they know this answer and do not show it. */
export const needsQueryPlan = (plan: string): CosmosError =>
  new CosmosError(
    400,
    'BadRequest',
    'The provided cross partition query can not be directly served by the gateway: run it by its query plan.',
    { subStatus: 1004, additionalErrorInfo: plan },
  )

export const preconditionFailed = (message: string): CosmosError => new CosmosError(412, 'PreconditionFailed', message)

export const tooLarge = (message: string): CosmosError => new CosmosError(413, 'RequestEntityTooLarge', message)

/** Sub-status 3200: the container's request units are used up. */
export const tooManyRequests = (retryAfterMs: number): CosmosError =>
  new CosmosError(429, '429', `The request rate is too large: try again after ${retryAfterMs} ms.`, {
    subStatus: 3200,
    retryAfterMs,
  })
