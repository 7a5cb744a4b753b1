import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InvocationResult, RetryContext } from '../../../local/host/invoke.ts'
import { retryDelayMs, withRetries } from '../../../local/host/retry.ts'

const failure: InvocationResult = { kind: 'failure', error: new Error('no') }
const control = (signal = new AbortController().signal) => ({ signal, random: Math.random })
const policy = (maxRetryCount: number, seconds = 0) => ({
  strategy: 'fixedDelay',
  maxRetryCount,
  delayInterval: { seconds },
})

/** Fails this often, then succeeds; notes each attempt. */
const failing = (times: number) => {
  const attempts: (RetryContext | undefined)[] = []
  const attempt = (retry: RetryContext | undefined): Promise<InvocationResult> =>
    Promise.resolve(attempts.push(retry) > times ? { kind: 'success', returnValue: undefined, result: null } : failure)
  return { attempts, attempt }
}

test('without a policy there is one attempt', async () => {
  const { attempts, attempt } = failing(9)
  assert.equal((await withRetries(undefined, control(), attempt)).kind, 'failure')
  assert.deepEqual(attempts, [undefined])
})

test('a policy allows that many retries beside the first attempt, each told its number and the last error', async () => {
  const { attempts, attempt } = failing(9)
  assert.equal((await withRetries(policy(2), control(), attempt)).kind, 'failure')
  assert.deepEqual(
    attempts.map((retry) => retry && [retry.retryCount, retry.maxRetryCount, retry.exception?.message]),
    [undefined, [1, 2, 'no'], [2, 2, 'no']],
  )
})

test('-1 retries until it succeeds', async () => {
  const { attempts, attempt } = failing(25)
  assert.equal((await withRetries(policy(-1), control(), attempt)).kind, 'success')
  assert.equal(attempts.length, 26)
})

test('retries without a wait leave the rest of the host its turns', async () => {
  const abort = new AbortController()
  setTimeout(() => abort.abort(), 1)
  assert.equal((await withRetries(policy(-1), control(abort.signal), failing(Infinity).attempt)).kind, 'aborted')
})

test('a wait of months is one, not none', async () => {
  const abort = new AbortController()
  const { attempts, attempt } = failing(9)
  const result = withRetries(policy(-1, 10_000_000), control(abort.signal), attempt)
  setTimeout(() => abort.abort(), 50)
  assert.equal((await result).kind, 'aborted')
  assert.equal(attempts.length, 1)
})

test('a signal ends the wait for the next attempt, and nothing more is tried', async () => {
  const abort = new AbortController()
  const { attempts, attempt } = failing(9)
  const result = withRetries(policy(-1, 3_600), control(abort.signal), attempt)
  setImmediate(() => abort.abort())
  assert.equal((await result).kind, 'aborted')
  assert.equal(attempts.length, 1)
})

test('exponential waits start at the minimum, stay within a fifth of doubling, and never exceed the maximum', () => {
  const numbers = fc.record({
    least: fc.integer({ min: 1, max: 60 }),
    most: fc.integer({ min: 60, max: 600 }),
    failures: fc.integer({ min: 0, max: 60 }),
    chance: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  fc.assert(
    fc.property(numbers, ({ least, most, failures, chance }) => {
      const backoff = {
        ...{ strategy: 'exponentialBackoff', maxRetryCount: -1 },
        ...{ minimumInterval: { seconds: least }, maximumInterval: { seconds: most } },
      }
      const wait = retryDelayMs(backoff, failures, () => chance) / 1_000
      if (failures === 0) return wait === least
      const doubled = least * 2 ** (failures - 1)
      return (
        wait <= most && wait >= Math.min(most, least + 0.8 * doubled) - 1e-9 && wait <= least + 1.2 * doubled + 1e-9
      )
    }),
  )
})
