import type { OperationResponse } from '@azure/cosmos'

/** An answer to one operation of a transactional batch; the SDK's type leaves out how long to wait. */
export type OperationAnswer = OperationResponse & { readonly retryAfterMilliseconds?: number }

/** What failed a transactional batch: 424 only says that another operation failed. undefined: nothing did. */
export const failedOperation = (results: readonly OperationAnswer[]): OperationAnswer | undefined =>
  results.find(({ statusCode }) => statusCode >= 400 && statusCode !== 424)
