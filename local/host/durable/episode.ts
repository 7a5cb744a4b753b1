/** An episode: an orchestrator sees what has happened since the last one, and what it makes of it is committed as one. */
import {
  eventTypes,
  type EntityMessage,
  type Happening,
  type HistoryEvent,
  type OrchestratorState,
  type ParentInstance,
} from './protocol.ts'
import { heldLocks } from './locks.ts'
import { NonDeterministicError } from './numbering.ts'
import { replay, type ReplayInput } from './replay.ts'
import { actionText, reusedTask } from './reused-task.ts'
import { creationOf, type Scheduled } from './scheduled.ts'

export type RuntimeStatus = 'Pending' | 'Running' | 'Suspended' | 'Completed' | 'Failed' | 'Terminated'

export const isFinished = (status: RuntimeStatus): boolean =>
  status === 'Completed' || status === 'Failed' || status === 'Terminated'

/** An orchestration, as its episodes need it. */
export interface Instance {
  readonly id: string
  /** Another one after each continueAsNew. */
  readonly executionId: string
  readonly name: string
  readonly version: string
  readonly status: RuntimeStatus
  readonly parent: ParentInstance | null
  readonly history: readonly HistoryEvent[]
}

/** What the store writes after an episode, all or nothing. */
export interface EpisodeCommit {
  readonly status: RuntimeStatus
  readonly appended: readonly HistoryEvent[]
  readonly scheduled: readonly Scheduled[]
  /** Numbers of timers that need not fire any more. */
  readonly cancelled: readonly number[]
  readonly released: readonly { readonly entityId: string; readonly message: EntityMessage }[]
  /** JSON text. */
  readonly output?: string | null
  /** JSON text. */
  readonly customStatus?: string
  readonly toParent?: { readonly parent: ParentInstance; readonly happening: Happening }
  /** It starts anew: its history goes. */
  readonly continued?: { readonly executionId: string; readonly start: Happening }
}

export interface EpisodeSurroundings {
  /** ISO 8601: of all that the episode sees and does. */
  readonly now: string
  readonly newId: () => string
  readonly httpPollMs: number
  /** What is wrong with calling it; undefined: there is such a function. */
  readonly missing: (scheduled: Scheduled) => string | undefined
}

/** What became of an orchestrator's run. */
export type OrchestratorResult =
  | { readonly kind: 'state'; readonly state: OrchestratorState; readonly threw: boolean; readonly live?: unknown }
  | { readonly kind: 'broken'; readonly message: string }

/** The history as the orchestrator gets it: with what it has not seen. */
export const seenBy = (instance: Instance, happenings: readonly Happening[], now: string): readonly HistoryEvent[] => [
  ...instance.history.map((event) => ({ ...event, IsPlayed: true })),
  ...at(now, [{ EventType: eventTypes.orchestratorStarted, EventId: -1 }, ...happenings]),
]

/** What follows from a run. `seen` is what it got. */
export const afterRun = (
  instance: Instance,
  seen: readonly HistoryEvent[],
  result: OrchestratorResult,
  surroundings: EpisodeSurroundings,
): EpisodeCommit => {
  const fresh = seen.slice(instance.history.length)
  const failed = (output: string, more: Partial<EpisodeCommit> = {}, state?: OrchestratorState): EpisodeCommit => {
    const details = state?.failureDetails
    return finished(instance, fresh, { status: 'Failed', output, ...(details && { details }) }, surroundings, more)
  }
  const ofFunction = (message: string): string => `Orchestrator function '${instance.name}' failed: ${message}`
  if (result.kind === 'broken') return failed(ofFunction(result.message))
  const { state, threw } = result
  const custom = state.customStatus === undefined ? {} : { customStatus: JSON.stringify(state.customStatus) }
  const replayed = replayRun(instance, seen, result, surroundings)
  if (replayed instanceof NonDeterministicError) return failed(replayed.message, custom)
  const { scheduled, cancelled, continuedWith } = replayed
  const missing = scheduled.map(surroundings.missing).find((what) => what !== undefined)
  if (missing !== undefined) return failed(ofFunction(missing), custom)
  const planned = { ...custom, scheduled, cancelled }
  if (threw) return failed(ofFunction(state.error ?? ''), planned, state)
  if (continuedWith !== undefined) return continued(instance, fresh, continuedWith.input, planned, surroundings)
  if (!state.isDone) return going(fresh, planned, surroundings)
  const output = (JSON.stringify(state.output) as string | undefined) ?? null
  return finished(instance, fresh, { status: 'Completed', output }, surroundings, planned)
}

/** It ends as it stands, whatever it waits for. */
export const terminated = (
  instance: Instance,
  reason: string,
  surroundings: Pick<EpisodeSurroundings, 'now' | 'newId'>,
): EpisodeCommit => {
  const seen = at(surroundings.now, [
    { EventType: eventTypes.orchestratorStarted, EventId: -1 },
    { EventType: eventTypes.executionTerminated, EventId: -1, Input: reason },
  ])
  return finished(instance, seen, { status: 'Terminated', output: reason }, surroundings)
}

/** It stands still, or goes on, and otherwise stays as it was. */
export const paused = (instance: Instance, controls: readonly Happening[], now: string): EpisodeCommit => {
  const isSuspended = controls.at(-1)?.EventType === eventTypes.executionSuspended
  const hasStarted = instance.history.some(({ EventType }) => EventType === eventTypes.executionStarted)
  return {
    status: isSuspended ? 'Suspended' : hasStarted ? 'Running' : 'Pending',
    appended: at(now, [
      { EventType: eventTypes.orchestratorStarted, EventId: -1 },
      ...controls,
      { EventType: eventTypes.orchestratorCompleted, EventId: -1 },
    ]),
    ...nothingElse,
  }
}

const nothingElse = { scheduled: [], cancelled: [], released: [] } as const

const at = (now: string, happenings: readonly Happening[]): readonly HistoryEvent[] =>
  happenings.map((happening) => ({ ...happening, IsPlayed: false, Timestamp: now }))

const replayRun = (
  instance: Instance,
  history: readonly HistoryEvent[],
  { state, live }: Extract<OrchestratorResult, { kind: 'state' }>,
  { httpPollMs, newId }: EpisodeSurroundings,
): ReturnType<typeof replay> | NonDeterministicError => {
  const reused = reusedTask(live)
  if (reused !== undefined) {
    return new NonDeterministicError(
      `a ${actionText(reused)} in flight was put into another Task.any or Task.all. Azure would schedule it again and mix up ` +
        'the results: make a new task for each Task.any and Task.all, or wait for all that are left.',
    )
  }
  const input: ReplayInput = {
    ...{ instanceId: instance.id, executionId: instance.executionId, history, httpPollMs, newId },
    actions: state.actions.flat(),
  }
  try {
    return replay(input)
  } catch (error) {
    if (error instanceof NonDeterministicError) return error
    throw error
  }
}

type Planned = Pick<EpisodeCommit, 'scheduled' | 'cancelled' | 'customStatus'>

const going = (fresh: readonly HistoryEvent[], planned: Planned, { now }: EpisodeSurroundings): EpisodeCommit => ({
  ...{ status: 'Running', released: [], ...planned },
  appended: [
    ...fresh,
    ...at(now, [...planned.scheduled.map(creationOf), { EventType: eventTypes.orchestratorCompleted, EventId: -1 }]),
  ],
})

const finished = (
  instance: Instance,
  fresh: readonly HistoryEvent[],
  end: {
    readonly status: 'Completed' | 'Failed' | 'Terminated'
    readonly output: string | null
    readonly details?: OrchestratorState['failureDetails']
  },
  surroundings: Pick<EpisodeSurroundings, 'now' | 'newId'>,
  planned: Partial<EpisodeCommit> = {},
): EpisodeCommit => {
  const { status, output } = end
  const scheduled = planned.scheduled ?? []
  const appended = [
    ...fresh,
    ...at(surroundings.now, [
      ...scheduled.map(creationOf),
      { EventType: eventTypes.executionCompleted, EventId: -1, OrchestrationStatus: status, Result: output },
      { EventType: eventTypes.orchestratorCompleted, EventId: -1 },
    ]),
  ]
  const text = status === 'Completed' ? output : JSON.stringify(output)
  return {
    ...nothingElse,
    ...planned,
    ...{ status, appended, output: text },
    released: releaseAll(instance, [...instance.history, ...appended], surroundings),
    ...(instance.parent === null
      ? {}
      : { toParent: { parent: instance.parent, happening: resultFor(instance.parent, end) } }),
  }
}

const resultFor = (parent: ParentInstance, { status, output, details }: Parameters<typeof finished>[2]): Happening => {
  const of = { EventId: -1, TaskScheduledId: parent.TaskScheduleId }
  if (status === 'Completed') return { EventType: eventTypes.subOrchestrationCompleted, ...of, Result: output }
  return {
    ...{ EventType: eventTypes.subOrchestrationFailed, ...of, Reason: output ?? '', Details: '' },
    ...(details === undefined ? {} : { FailureDetails: details }),
  }
}

const continued = (
  instance: Instance,
  fresh: readonly HistoryEvent[],
  input: unknown,
  planned: Planned,
  surroundings: EpisodeSurroundings,
): EpisodeCommit => {
  const executionId = surroundings.newId()
  const start = startOf({ ...instance, executionId, input: JSON.stringify(input) ?? null })
  const sent = at(surroundings.now, planned.scheduled.map(creationOf))
  const released = releaseAll(instance, [...instance.history, ...fresh, ...sent], surroundings)
  return { ...planned, status: 'Running', appended: [], released, continued: { executionId, start } }
}

/** The first thing that happens to an execution. */
export const startOf = (
  instance: Pick<Instance, 'id' | 'executionId' | 'name' | 'version' | 'parent'> & { readonly input: string | null },
): Happening => ({
  ...{ EventType: eventTypes.executionStarted, EventId: -1, Name: instance.name, Version: instance.version },
  ...{ Input: instance.input, ParentInstance: instance.parent },
  OrchestrationInstance: { InstanceId: instance.id, ExecutionId: instance.executionId },
})

/** Whoever ends, or starts anew, leaves nothing locked. */
const releaseAll = (
  instance: Instance,
  history: readonly HistoryEvent[],
  { newId }: Pick<EpisodeSurroundings, 'newId'>,
): EpisodeCommit['released'] =>
  heldLocks(history).map((entityId) => ({ entityId, message: { kind: 'release', id: newId(), parent: instance.id } }))
