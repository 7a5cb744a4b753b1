/** What becomes of a replay: promoted, discarded, cancelled or failed. Each is done once, and asked for again says so. */
import type { ReplayDocument, ReplayState } from '../contracts/control-documents.ts'
import { formatInstant } from '../core/time.ts'
import { promoted, released } from '../core/timeline.ts'
import type { Clock } from '../ports/clock.ts'
import type { Control } from '../ports/control.ts'
import { changeReplay, readReplay } from './change-replay.ts'
import { changeTimeline } from './change-timeline.ts'

export interface DecidePorts {
  readonly control: Control
  readonly clock: Clock
}

/** `refused`: it is not in a state for that; nothing was changed. */
export type Decision =
  { readonly kind: 'done'; readonly replay: ReplayDocument } | { readonly kind: 'refused'; readonly detail: string }

/** Its generation answers for its range from now on, in one write of the timeline; the record follows. */
export const promoteReplay = async (ports: DecidePorts, stream: string, id: string): Promise<Decision> => {
  const replay = await readReplay(ports.control, stream, id)
  if (replay.state === 'promoted') return { kind: 'done', replay }
  if (replay.state !== 'ready') return refused(replay, 'promoted', ['ready'])
  const missing = replay.report?.missing ?? 0
  if (missing > 0) {
    const detail = `replay ${id} lacks ${missing} events that live has counted: neither the capture nor the hub holds them any more`
    return { kind: 'refused', detail }
  }
  const since = formatInstant(ports.clock.now())
  let isOurs = true
  await changeTimeline(ports.control, stream, (timeline) => {
    if (timeline?.ranges.some(({ generation }) => generation === id) === true) return undefined
    // Without its claim it was discarded meanwhile.
    isOurs = timeline?.claims.some((claim) => claim.replay === id) === true
    return isOurs && timeline !== undefined ? promoted(timeline, replay, since) : undefined
  })
  if (!isOurs) return refused(await readReplay(ports.control, stream, id), 'promoted', ['ready'])
  return { kind: 'done', replay: await end(ports, replay, 'promoted') }
}

/** A comparison that has served its purpose; its generation is never seen. */
export const discardReplay = (ports: DecidePorts, stream: string, id: string): Promise<Decision> =>
  drop(ports, stream, id, 'discarded', ['ready'])

/** The slices that are under way end after their next commit, and no step follows. */
export const cancelReplay = (ports: DecidePorts, stream: string, id: string): Promise<Decision> =>
  drop(ports, stream, id, 'cancelled', ['planned', 'running'])

/** Its range is free again; unless its promotion was all but done: then it is promoted. */
export const failReplay = async (ports: DecidePorts, stream: string, id: string, failure: string): Promise<void> => {
  const wasPromoted = await release(ports.control, stream, id)
  const end: Partial<ReplayDocument> = wasPromoted ? { state: 'promoted' } : { state: 'failed', failure }
  await changeReplay(ports.control, stream, id, (stored) =>
    ['planned', 'running', 'ready'].includes(stored.state)
      ? { ...stored, ...end, endedAt: formatInstant(ports.clock.now()) }
      : undefined,
  )
}

const drop = async (
  ports: DecidePorts,
  stream: string,
  id: string,
  state: 'discarded' | 'cancelled',
  from: readonly ReplayState[],
): Promise<Decision> => {
  const replay = await readReplay(ports.control, stream, id)
  if (replay.state !== state && !from.includes(replay.state)) return refused(replay, state, from)
  // The claim first: whoever promotes needs it, in the write that promotes.
  const wasPromoted = await release(ports.control, stream, id)
  if (wasPromoted) return refused({ ...replay, state: 'promoted' }, state, from)
  return { kind: 'done', replay: await end(ports, replay, state) }
}

/** Whether it was promoted before: then nothing was changed. */
const release = async (control: Control, stream: string, id: string): Promise<boolean> => {
  let wasPromoted = false
  await changeTimeline(control, stream, (timeline) => {
    wasPromoted = timeline?.ranges.some(({ generation }) => generation === id) === true
    const isClaimed = timeline?.claims.some(({ replay }) => replay === id) === true
    return timeline !== undefined && isClaimed && !wasPromoted ? released(timeline, id) : undefined
  })
  return wasPromoted
}

const end = (ports: DecidePorts, { stream, id }: ReplayDocument, state: ReplayState): Promise<ReplayDocument> =>
  changeReplay(ports.control, stream, id, (stored) =>
    stored.state === state ? undefined : { ...stored, state, endedAt: formatInstant(ports.clock.now()) },
  )

const refused = (replay: ReplayDocument, wanted: ReplayState, from: readonly ReplayState[]): Decision => ({
  kind: 'refused',
  detail: `replay ${replay.id} is ${replay.state}: only one that is ${from.join(' or ')} can be ${wanted}`,
})
