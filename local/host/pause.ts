/** What setTimeout can wait at most: more would end at once. */
export const longestTimeoutMs = 2 ** 31 - 1

/** Waits that long, or until the signal aborts. Never rejects. */
export const pause = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  for (let left = milliseconds; left > 0 && !signal.aborted; left -= longestTimeoutMs) {
    await wait(Math.min(left, longestTimeoutMs), signal)
  }
}

const wait = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done)
  })
