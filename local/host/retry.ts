/** Retry policies of functions: in memory, within one delivery, with a new invocation each time. */
import type { InvocationResult, RetryContext } from './invoke.ts'
import { pause } from './pause.ts'
import type { RetryOptions } from './registry.ts'

export interface RetryControl {
  /** Ends the loop between two attempts: shutdown, or lost ownership. */
  readonly signal: AbortSignal
  readonly random: () => number
}

/** `aborted`: ended by the signal before a last answer; nothing may be checkpointed. */
export type RetriedResult = InvocationResult | { readonly kind: 'aborted' }

export const withRetries = async (
  policy: RetryOptions | undefined,
  control: RetryControl,
  attempt: (retry: RetryContext | undefined) => Promise<InvocationResult>,
): Promise<RetriedResult> => {
  let retry: RetryContext | undefined
  for (let failures = 0; ; failures += 1) {
    const result = await attempt(retry)
    if (result.kind === 'success' || policy === undefined) return result
    if (policy.maxRetryCount !== -1 && failures >= policy.maxRetryCount) return result
    await pause(retryDelayMs(policy, failures, control.random), control.signal)
    if (control.signal.aborted) return { kind: 'aborted' }
    const { message, stack } = result.error
    retry = {
      retryCount: failures + 1,
      maxRetryCount: policy.maxRetryCount,
      exception: { message, ...(stack === undefined ? {} : { stackTrace: stack }) },
    }
  }
}

/**
 * Wait before retry number `failures + 1`. Exponential: the minimum first, then the minimum plus what doubles each time,
 * shaken by a fifth, up to the maximum (azure-webjobs-sdk, RandomizedExponentialBackoffStrategy).
 */
export const retryDelayMs = (policy: RetryOptions, failures: number, random: () => number): number => {
  const kind = policy.retryStrategy ?? policy.strategy
  if (kind !== 'exponentialBackoff') return (policy.delayInterval?.seconds ?? 0) * 1_000
  const least = (policy.minimumInterval?.seconds ?? 0) * 1_000
  const most = (policy.maximumInterval?.seconds ?? Infinity) * 1_000
  if (failures === 0) return Math.min(least, most)
  return Math.min(most, least + least * 2 ** (failures - 1) * (0.8 + 0.4 * random()))
}
