/** Waiting for what was sent, as long as something moves. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { StatusAnswer } from '../../shared/contracts/api.ts'
import { readStatus, runFrontier } from './api-client.ts'

const pauseMs = 250
/** What makes no progress for this long is given up. */
const patienceMs = 120_000

/** When nothing in the hubs is left uncommitted, epoch ms. */
export const untilCommitted = async (url: string, signal: AbortSignal): Promise<number> => {
  await until(
    url,
    signal,
    (status) => Object.values(status.streams).every(({ lag }) => lag === 0),
    'events to be committed',
  )
  return Date.now()
}

export const untilFinal = (url: string, signal: AbortSignal): Promise<void> =>
  until(
    url,
    signal,
    async (status) => {
      if (Object.values(status.streams).every(({ final }) => final)) return true
      await runFrontier(url)
      return false
    },
    'windows to become final',
  )

const until = async (
  url: string,
  signal: AbortSignal,
  isDone: (status: StatusAnswer) => boolean | Promise<boolean>,
  what: string,
): Promise<void> => {
  let before = ''
  let changedAt = Date.now()
  while (!signal.aborted) {
    const status = await readStatus(url)
    if (await isDone(status)) return
    // Whole, so that publishing, which takes long where every event has windows of its own, counts as moving, too.
    const now = JSON.stringify(status)
    if (now !== before) changedAt = Date.now()
    before = now
    if (Date.now() - changedAt > patienceMs) {
      throw new Error(
        `Waited ${patienceMs / 1_000} s for ${what}, and nothing moved. The lines above tell what the host says.`,
      )
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
  }
}
