/**
 * Rewinds a failed orchestration: it goes back to before the failure that ended it, keeps what had come by then, and begins
 * anew what failed.
 *
 *   episodes   |  1  |  2  |  3: A fails  |  4  |  5: the end  |
 *   kept       [-----------]               what came in 3, 4 and 5 comes again, but for the failure of A
 *
 * A failure that was tried again, up to the last attempt, lies before the last episode: there only the last timer fires.
 */
import { heldLocks } from './locks.ts'
import { eventTypes, type EntityMessage, type Happening, type HistoryEvent } from './protocol.ts'
import { isCreation } from './scheduled.ts'

export interface Rewound {
  readonly kept: readonly HistoryEvent[]
  /** What the orchestration sees again, the note that it was rewound first. */
  readonly happenings: readonly Happening[]
}

export interface RewindSurroundings {
  /** Whether an activity or sub-orchestration still runs: its result comes by itself. */
  readonly isUnderWay: (creation: HistoryEvent) => boolean
  /** Rewinds a sub-orchestration, which then answers; false: it cannot be, and is begun anew. */
  readonly rewindChild: (instanceId: string) => boolean
}

/** undefined: it held locks, which have been released since. */
export const rewind = (
  history: readonly HistoryEvent[],
  reason: string,
  { isUnderWay, rewindChild }: RewindSurroundings,
): Rewound | undefined => {
  const failures = causesIn(history)
  const cut = Math.min(...failures.map((event) => episodeOf(history, event)), lastEpisode(history))
  const [before, after] = [history.slice(0, cut), history.slice(cut)]
  if (heldLocks(before).length > 0) return undefined
  const comesAgain = after.filter((event) => !failures.includes(event) && isResultFor(event, before, after))
  const settled = new Set([...before, ...comesAgain].map(settledBy))
  const open = before.filter((event) => isCreation(event) && !settled.has(keyOf(event)))
  const again = open.filter((event) => {
    if (isUnderWay(event) || !isAnswered(event)) return false
    return !isSubOrchestration(event) || !rewindChild(event.InstanceId!)
  })
  return {
    kept: before.filter((event) => !again.includes(event)),
    happenings: [
      {
        ...{ EventType: eventTypes.genericEvent, EventId: -1, Reason: reason },
        Rewound: again.map(({ EventId }) => EventId),
      },
      ...comesAgain.map(({ IsPlayed: _, Timestamp: __, ...happening }) => happening),
    ],
  }
}

/** The failures that the last episode saw, also by the timer after a last attempt. */
const causesIn = (history: readonly HistoryEvent[]): readonly HistoryEvent[] => {
  const last = history.slice(lastEpisode(history))
  const fired = new Set(last.map(({ TimerId }) => TimerId))
  const attempts = history.filter(({ EventId, RetryOf }) => RetryOf !== undefined && fired.has(EventId))
  const ids = new Set(attempts.map(({ RetryOf }) => RetryOf))
  return history.filter((event) => isFailure(event) && (last.includes(event) || ids.has(event.TaskScheduledId)))
}

const isFailure = ({ EventType }: HistoryEvent): boolean =>
  EventType === eventTypes.taskFailed || EventType === eventTypes.subOrchestrationFailed

const lastEpisode = (history: readonly HistoryEvent[]): number => history.findLastIndex(beginsEpisode)

const episodeOf = (history: readonly HistoryEvent[], event: HistoryEvent): number =>
  lastEpisode(history.slice(0, history.indexOf(event)))

const beginsEpisode = ({ EventType }: HistoryEvent): boolean => EventType === eventTypes.orchestratorStarted

const isSubOrchestration = ({ EventType }: HistoryEvent): boolean => EventType === eventTypes.subOrchestrationCreated

/** By its number, or an entity message by its id. */
const keyOf = (creation: HistoryEvent): number | string =>
  creation.EventType === eventTypes.eventSent ? messageIn(creation).id : creation.EventId

const messageIn = ({ Input }: HistoryEvent): EntityMessage => JSON.parse(Input!) as EntityMessage

/** The key of what an event settles. */
const settledBy = ({ EventType, TaskScheduledId, TimerId, Name }: HistoryEvent): number | string | undefined =>
  EventType === eventTypes.eventRaised ? Name : (TaskScheduledId ?? TimerId)

/** Signals and releases are never answered: sent once, they need not be sent again. */
const isAnswered = (creation: HistoryEvent): boolean => {
  if (creation.EventType !== eventTypes.eventSent) return true
  const message = messageIn(creation)
  return message.kind === 'lock' || (message.kind === 'operation' && !message.isSignal)
}

/** Events from outside, the start, and results of what was scheduled before: the rest is scheduled anew, under other numbers. */
const isResultFor = (event: HistoryEvent, before: readonly HistoryEvent[], after: readonly HistoryEvent[]): boolean => {
  if (event.EventType === eventTypes.executionStarted) return true
  const key = settledBy(event)
  if (key === undefined) return false
  if (event.EventType !== eventTypes.eventRaised) return before.some((each) => isCreation(each) && keyOf(each) === key)
  return !after.some((each) => isCreation(each) && keyOf(each) === key)
}
