/** What crosses between the Durable extension and durable-functions 3 (its out-of-process protocol). */

/** DurableTask.Core, HistoryEvent.EventType. */
export const eventTypes = {
  executionStarted: 0,
  executionCompleted: 1,
  executionTerminated: 3,
  taskScheduled: 4,
  taskCompleted: 5,
  taskFailed: 6,
  subOrchestrationCreated: 7,
  subOrchestrationCompleted: 8,
  subOrchestrationFailed: 9,
  timerCreated: 10,
  timerFired: 11,
  orchestratorStarted: 12,
  orchestratorCompleted: 13,
  eventSent: 14,
  eventRaised: 15,
  genericEvent: 17,
  executionSuspended: 19,
  executionResumed: 20,
} as const

export interface OrchestrationInstance {
  readonly InstanceId: string
  readonly ExecutionId: string
}

/** Of a sub-orchestration: who waits for it. */
export interface ParentInstance {
  readonly Name: string
  readonly OrchestrationInstance: OrchestrationInstance
  readonly TaskScheduleId: number
  readonly Version: string
}

export interface FailureDetails {
  readonly ErrorType: string
  readonly ErrorMessage: string
  readonly StackTrace?: string
  readonly IsNonRetriable?: boolean
  readonly Properties?: unknown
}

/** Something that happened to an instance, before it stands in its history. JSON values are kept as JSON text. */
export interface Happening {
  readonly EventType: number
  /** Of what the orchestration schedules: its number in the order in which it does. Otherwise -1. */
  readonly EventId: number
  readonly Name?: string
  readonly Version?: string
  readonly Input?: string | null
  readonly Result?: string | null
  readonly Reason?: string
  readonly Details?: string
  readonly FailureDetails?: FailureDetails
  readonly TaskScheduledId?: number
  readonly TimerId?: number
  readonly FireAt?: string
  readonly InstanceId?: string
  readonly OrchestrationInstance?: OrchestrationInstance
  readonly ParentInstance?: ParentInstance | null
  readonly OrchestrationStatus?: string
  /** Of a timer between two attempts, and after the last: the number of the attempt that failed. Not Azure's. */
  readonly RetryOf?: number
  /** The numbers of what is scheduled anew after a rewind. Not Azure's. */
  readonly Rewound?: readonly number[]
}

export interface HistoryEvent extends Happening {
  readonly IsPlayed: boolean
  /** Of the episode in which the orchestration saw it. */
  readonly Timestamp: string
}

export interface RetryPolicy {
  readonly firstRetryIntervalInMilliseconds: number
  readonly maxNumberOfAttempts: number
  readonly backoffCoefficient?: number
  readonly maxRetryIntervalInMilliseconds?: number
}

export interface HttpRequest {
  readonly method: string
  readonly uri: string
  readonly content?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly tokenSource?: unknown
  /** Ask again where the answer is 202. */
  readonly asynchronousPatternEnabled: boolean
}

export interface HttpResponse {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly content: string
}

/** durable-functions, ActionType. */
export const actionTypes = {
  callActivity: 0,
  callActivityWithRetry: 1,
  callSubOrchestrator: 2,
  callSubOrchestratorWithRetry: 3,
  continueAsNew: 4,
  createTimer: 5,
  waitForExternalEvent: 6,
  callEntity: 7,
  callHttp: 8,
  signalEntity: 9,
  whenAny: 11,
  whenAll: 12,
  lockEntities: 13,
  releaseEntities: 14,
} as const

interface SubOrchestration {
  readonly functionName: string
  readonly instanceId?: string
  readonly version?: string
  readonly input?: unknown
}

/** What an orchestrator reports for each `yield`, and for what it does without waiting. */
export type Action =
  | { readonly actionType: 0; readonly functionName: string; readonly input?: unknown }
  | {
      readonly actionType: 1
      readonly functionName: string
      readonly input?: unknown
      readonly retryOptions: RetryPolicy
    }
  | ({ readonly actionType: 2 } & SubOrchestration)
  | ({ readonly actionType: 3; readonly retryOptions: RetryPolicy } & SubOrchestration)
  | { readonly actionType: 4; readonly input?: unknown }
  | { readonly actionType: 5; readonly fireAt: string; readonly isCanceled: boolean }
  | { readonly actionType: 6; readonly externalEventName: string }
  | { readonly actionType: 7 | 9; readonly instanceId: string; readonly operation: string; readonly input?: unknown }
  | { readonly actionType: 8; readonly httpRequest: HttpRequest }
  | { readonly actionType: 11 | 12; readonly compoundActions: readonly Action[] }
  | {
      readonly actionType: 13
      readonly lockRequestId: string
      readonly lockSet: readonly { readonly name: string; readonly key: string }[]
    }
  | { readonly actionType: 14 }

/** What an orchestrator function returns, or puts into the error it throws. */
export interface OrchestratorState {
  readonly isDone: boolean
  readonly actions: readonly (readonly Action[])[]
  readonly output?: unknown
  readonly error?: string
  readonly customStatus?: unknown
  readonly failureDetails?: FailureDetails
}

/** A message to an entity. `parent` and `parentExecution` are who asks; a client's signal has none. */
export type EntityMessage =
  | {
      readonly kind: 'operation'
      readonly id: string
      readonly name: string
      /** JSON text. */
      readonly input?: string
      readonly isSignal: boolean
      readonly parent?: string
      readonly parentExecution?: string
    }
  | {
      readonly kind: 'lock'
      readonly id: string
      /** In the order in which they are locked. */
      readonly lockSet: readonly string[]
      /** Which of the lock set this entity is. */
      readonly position: number
      readonly parent: string
      readonly parentExecution: string
    }
  | { readonly kind: 'release'; readonly id: string; readonly parent: string }

/** As the SDK writes it: names in lower case. */
export const entityIdOf = (name: string, key: string): string => `@${name.toLowerCase()}@${key}`

/** Of `@name@key`. */
export const entityOf = (id: string): { readonly name: string; readonly key: string } => {
  const end = id.indexOf('@', 1)
  return { name: id.slice(1, end), key: id.slice(end + 1) }
}

/** Of an activity that calls HTTP, as the extension names it. */
export const httpActivityName = 'BuiltIn::HttpActivity'
