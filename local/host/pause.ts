/** What setTimeout can wait at most: more would end at once. */
export const longestTimeoutMs = 2 ** 31 - 1

/** Waits that long, or until the signal aborts. Never rejects; 0 too lets everything else have its turn. */
export const pause = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  let left = milliseconds
  do {
    await wait(Math.min(left, longestTimeoutMs), signal)
    left -= longestTimeoutMs
  } while (left > 0 && !signal.aborted)
}

const wait = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, signal.aborted ? 0 : milliseconds)
    signal.addEventListener('abort', done)
  })
