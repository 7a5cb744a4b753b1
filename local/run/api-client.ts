/** Reads Millrace as its users do: over HTTP. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RollupAnswer, StatusAnswer } from '../../shared/contracts/api.ts'

/** What the API spans at most in one request (its 400 names it). */
const windowsARequest = 1_500

export const readStatus = (url: string): Promise<StatusAnswer> => getJson<StatusAnswer>(`${url}/api/status`)

/** Lets the timer run now rather than at its next turn; what it does is the same. */
export const runFrontier = async (url: string): Promise<void> => {
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
  // Where it fails, the timer's next turn does the same.
  await fetch(`${url}/admin/functions/frontier`, request).then(
    (response) => response.arrayBuffer(),
    () => undefined,
  )
}

/** All served windows of a rollup that start in `[from, to)`, epoch ms, request by request. */
export const readRollup = async (
  url: string,
  stream: string,
  rollup: string,
  range: { readonly from: number; readonly to: number; readonly everyMs: number },
): Promise<RollupAnswer[]> => {
  const answers: RollupAnswer[] = []
  const step = windowsARequest * range.everyMs
  for (let from = range.from; from < range.to; from += step) {
    const to = Math.min(from + step, range.to)
    const query = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`
    answers.push(await getJson<RollupAnswer>(`${url}/api/streams/${stream}/rollups/${rollup}?${query}`))
  }
  return answers
}

const getJson = async <T>(url: string): Promise<T> => {
  const response = await getPatiently(url)
  if (!response.ok) throw new Error(`GET ${url} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}

const attempts = 5
const pauseMs = 300

/** A kept connection may have been closed while the oracle was busy: reading again is harmless. */
const getPatiently = async (url: string): Promise<Response> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fetch(url)
    } catch (error) {
      if (attempt === attempts)
        throw new Error(`GET ${url} got no answer: is the host still running?`, { cause: error })
      await sleep(pauseMs)
    }
  }
}
