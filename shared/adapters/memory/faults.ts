import { RetryableError } from '../../errors.ts'

/**
 * What happens to one call: `before` fails without an effect, `after` has its effect and fails all the same (a torn
 * connection), `fine` goes through.
 */
export type Fault = 'fine' | 'before' | 'after'

/** Answers what happens to the next call of this operation. */
export type Faults = (operation: string) => Fault

export const noFaults: Faults = () => 'fine'

/** Runs an operation under the fault that is due. */
export const underFault = async <T>(faults: Faults, operation: string, effect: () => T | Promise<T>): Promise<T> => {
  // A turn of the event loop, so that callers interleave as they do over a network.
  await new Promise((resolve) => setImmediate(resolve))
  const fault = faults(operation)
  if (fault === 'before') throw new RetryableError(`${operation} failed before it had an effect.`)
  const result = await effect()
  if (fault === 'after') throw new RetryableError(`${operation} lost its answer after it had its effect.`)
  return result
}
