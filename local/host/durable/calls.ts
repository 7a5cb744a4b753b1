/** Calls of durable functions: their inputs in the shapes that the SDK expects, and what comes back. */
import type { Invocation, InvocationResult } from '../invoke.ts'
import type { OrchestratorResult, Instance } from './episode.ts'
import type { BatchResult, Entity, Operation } from './entity.ts'
import type { ActivityClaim } from './store/activities.ts'
import {
  entityOf,
  eventTypes,
  type FailureDetails,
  type Happening,
  type HistoryEvent,
  type OrchestratorState,
} from './protocol.ts'

/** Of the SDK's replay (ReplaySchema V4): an action for each `yield`, and locks. */
const schemaVersion = 3
/** The longest there is: the SDK then makes one timer of each, however long. */
const longestTimer = '10675199.02:48:05'
/** Stands before the state in the message of an orchestrator's error. */
const stateLabel = '\n\n$OutOfProcData$:'

export const orchestratorCall = (
  instance: Instance,
  history: readonly HistoryEvent[],
  httpPollMs: number,
): Invocation => {
  const started = history.find(({ EventType }) => EventType === eventTypes.executionStarted)
  const trigger = {
    history,
    input: JSON.parse(started?.Input ?? 'null') as unknown,
    instanceId: instance.id,
    isReplaying: instance.history.length > 0,
    parentInstanceId: instance.parent?.OrchestrationInstance.InstanceId ?? null,
    ...{ upperSchemaVersion: 1, upperSchemaVersionNew: schemaVersion },
    ...{ longRunningTimerIntervalDuration: longestTimer, maximumShortTimerDuration: longestTimer },
    defaultHttpAsyncRequestSleepTimeMillseconds: httpPollMs,
  }
  return { data: { string: JSON.stringify(trigger) } }
}

export const orchestratorResult = (result: InvocationResult): OrchestratorResult => {
  if (result.kind === 'success') {
    const state = JSON.parse(jsonOf(result.returnValue) ?? 'null') as OrchestratorState | null
    if (state === null) return { kind: 'broken', message: 'It returned nothing.' }
    return { kind: 'state', state, threw: false, live: result.result }
  }
  const { message } = result.error
  const at = message.indexOf(stateLabel)
  if (at === -1) return { kind: 'broken', message }
  return { kind: 'state', state: JSON.parse(message.slice(at + stateLabel.length)) as OrchestratorState, threw: true }
}

/** A text is handed over as it is, everything else as JSON. */
export const activityCall = ({ input, instance }: ActivityClaim): Invocation => {
  const value = JSON.parse(input ?? 'null') as unknown
  return {
    data: { string: typeof value === 'string' ? value : JSON.stringify(value) },
    metadata: { instanceId: { string: instance } },
  }
}

export const activityResult = (claim: ActivityClaim, result: InvocationResult): Happening =>
  result.kind === 'success'
    ? activityCompleted(claim, jsonOf(result.returnValue))
    : activityFailed(claim, result.error.message)

export const activityCompleted = ({ id }: ActivityClaim, Result: string | null): Happening => ({
  ...{ EventType: eventTypes.taskCompleted, EventId: -1, TaskScheduledId: id },
  Result,
})

export const activityFailed = ({ id, name }: ActivityClaim, message: string): Happening => {
  const details = detailsIn(message)
  return {
    ...{ EventType: eventTypes.taskFailed, EventId: -1, TaskScheduledId: id },
    Reason: `Activity function '${name}' failed: ${details?.ErrorMessage ?? message}`,
    Details: '',
    ...(details === undefined ? {} : { FailureDetails: details }),
  }
}

interface ErrorWithProperties {
  readonly errorType: string
  readonly errorMessage: string
  readonly stackTrace?: string
  readonly isNonRetriable?: boolean
  readonly properties?: unknown
}

/** An app may give its errors properties (`setExceptionPropertiesProvider`); then the message holds them as JSON. */
const detailsIn = (message: string): FailureDetails | undefined => {
  const error = errorIn(message)
  if (error === undefined) return undefined
  const { errorType, errorMessage, stackTrace, isNonRetriable, properties } = error
  return {
    ...{ ErrorType: errorType, ErrorMessage: errorMessage, IsNonRetriable: isNonRetriable ?? false },
    ...(stackTrace === undefined ? {} : { StackTrace: stackTrace }),
    ...(properties === undefined ? {} : { Properties: properties }),
  }
}

/** A message may begin as such by chance. */
const errorIn = (message: string): ErrorWithProperties | undefined => {
  if (!message.startsWith('{"errorType":')) return undefined
  try {
    const error = JSON.parse(message) as Partial<Record<keyof ErrorWithProperties, unknown>>
    const isSuch = typeof error.errorType === 'string' && typeof error.errorMessage === 'string'
    return isSuch ? (error as unknown as ErrorWithProperties) : undefined
  } catch {
    return undefined
  }
}

export const entityCall = (entity: Entity, operations: readonly Operation[]): Invocation => {
  const batch = operations.map(({ name, input, isSignal }) => ({ name, input: input ?? null, isSignal }))
  const trigger = { self: entityOf(entity.id), exists: entity.hasState, state: entity.state, batch }
  return { data: { string: JSON.stringify(trigger) } }
}

/** undefined: what the entity function returned is none. */
export const batchResult = (returnValue: unknown): BatchResult | undefined => {
  const result = JSON.parse(jsonOf(returnValue) ?? 'null') as Partial<BatchResult> | null
  return Array.isArray(result?.results) && Array.isArray(result.signals) ? (result as BatchResult) : undefined
}

/** FunctionRpc.proto, TypedData: one of these is set. */
interface ReturnedData {
  readonly string?: string
  readonly json?: string
  readonly bytes?: Uint8Array
  readonly int?: number
  readonly double?: number
}

/** What a function returned, as JSON text. */
const jsonOf = (returnValue: unknown): string | null => {
  const { json, bytes, string, int, double } = (returnValue ?? {}) as ReturnedData
  if (json !== undefined) return json
  const value = bytes === undefined ? (string ?? int ?? double) : Buffer.from(bytes).toString('base64')
  return value === undefined ? null : JSON.stringify(value)
}
