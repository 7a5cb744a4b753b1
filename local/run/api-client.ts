/** Reads Millrace as its users do: over HTTP. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ReferenceAnswer, RollupAnswer, StatusAnswer } from '../../shared/contracts/api.ts'
import type { ReferenceRecord } from '../../shared/contracts/reference-documents.ts'

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

/** Publishes reference data where there are none yet: what is there may be the user's own. */
export const publishOnce = async (url: string, kind: string, records: readonly ReferenceRecord[]): Promise<void> => {
  const address = `${url}/api/manage/reference/${kind}`
  if ((await getJson<ReferenceAnswer>(address)).version > 0) return
  const body = JSON.stringify({ records })
  const response = await fetch(address, { method: 'PUT', headers: { 'content-type': 'application/json' }, body })
  if (!response.ok) throw new Error(`PUT ${address} answered ${response.status}: ${await response.text()}`)
}

/** All windows of a rollup in `[from, to)`, epoch ms, page by page; of its own size, or of `step`. */
export const readRollup = async (
  url: string,
  stream: string,
  rollup: string,
  range: { readonly from: number; readonly to: number },
  step?: string,
): Promise<RollupAnswer[]> => {
  const answers: RollupAnswer[] = []
  const rest = `to=${new Date(range.to).toISOString()}${step === undefined ? '' : `&step=${step}`}`
  for (let from: string | null = new Date(range.from).toISOString(); from !== null;) {
    const page: RollupAnswer = await getJson(`${url}/api/streams/${stream}/rollups/${rollup}?from=${from}&${rest}`)
    answers.push(page)
    from = page.next
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
