/** Asks for replays and decides about them as an operator does: over HTTP. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ReplayAnswer } from '../../shared/contracts/api.ts'

export interface AskedReplay {
  readonly stream: string
  /** RFC 3339. */
  readonly from: string
  readonly to: string
  readonly mode: 'compare' | 'promote'
  readonly late: 'as-live' | 'count'
  readonly reason: string
}

export const askForReplay = (url: string, asked: AskedReplay): Promise<ReplayAnswer> =>
  ask(`${url}/api/manage/replays`, { method: 'POST', body: JSON.stringify(asked) })

export const promoteReplay = (url: string, id: string): Promise<ReplayAnswer> =>
  ask(`${url}/api/manage/replays/${id}/promote`, { method: 'POST' })

const pauseMs = 200
const tellEveryMs = 1_000
/** A replay that makes no progress for this long is given up. */
const patienceMs = 120_000

/** Resolves with the replay once it is in that state. Goes on where the host is away for a while. */
export const followReplay = async (
  url: string,
  id: string,
  wanted: ReplayAnswer['state'],
  tell: (replay: ReplayAnswer) => void,
): Promise<ReplayAnswer> => {
  let before = ''
  let changedAt = Date.now()
  let toldAt = 0
  for (;;) {
    const replay = await ask(`${url}/api/manage/replays/${id}`).catch(() => undefined)
    if (replay?.state === wanted) return replay
    if (replay !== undefined && ['discarded', 'cancelled', 'failed'].includes(replay.state)) {
      throw new Error(`Replay ${id} is ${replay.state}: ${replay.failure ?? 'by decision'}`)
    }
    const { eventsDone, slicesDone } = replay?.progress ?? {}
    const now = replay === undefined ? before : JSON.stringify([replay.state, eventsDone, slicesDone])
    if (now !== before) changedAt = Date.now()
    else if (Date.now() - changedAt > patienceMs) {
      throw new Error(
        `Replay ${id} has not moved for ${patienceMs / 1_000} s. The lines above tell what the host says.`,
      )
    }
    if (replay !== undefined && now !== before && Date.now() - toldAt >= tellEveryMs) {
      tell(replay)
      toldAt = Date.now()
    }
    before = now
    await sleep(pauseMs)
  }
}

const ask = async (address: string, request: RequestInit = {}): Promise<ReplayAnswer> => {
  const response = await fetch(address, { ...request, headers: { 'content-type': 'application/json' } })
  if (response.ok) return (await response.json()) as ReplayAnswer
  throw new Error(`${request.method ?? 'GET'} ${address} answered ${response.status}: ${await response.text()}`)
}
