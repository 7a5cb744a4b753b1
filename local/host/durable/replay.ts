/**
 * Replays what an orchestrator reports against its history, and tells what it schedules anew.
 *
 * The SDK numbers what an orchestrator schedules (0, 1, 2, ...) and finds results by these numbers, but reports no number:
 * each has to be derived here as the SDK does, at the same moments. A yielded task gets its numbers when it is yielded, in
 * the order in which it is built up; a retry gets one for its timer and one for its next attempt when each begins; a repeated
 * HTTP request gets both at once. What already stands in the history under a number must be what is scheduled now: otherwise
 * the orchestrator is not deterministic.
 */
import {
  actionTypes,
  entityIdOf,
  eventTypes,
  type Action,
  type Happening,
  type HistoryEvent,
  type HttpRequest,
  type RetryPolicy,
} from './protocol.ts'
import { nextHttpRequest, pollDelayMs } from './http-polling.ts'
import { NonDeterministicError, Numbering, usualCauses } from './numbering.ts'
import { scheduledHttp, type Scheduled } from './scheduled.ts'
import { Task, type OnSettled, type Outcome } from './task.ts'

export interface ReplayInput {
  readonly instanceId: string
  readonly executionId: string
  /** With what the orchestrator has just seen. */
  readonly history: readonly HistoryEvent[]
  readonly actions: readonly Action[]
  /** Between two requests of a polled HTTP call that names no time itself. */
  readonly httpPollMs: number
  /** Makes the ids of messages to entities. */
  readonly newId: () => string
}

export interface Replayed {
  /** New ones, in their order. */
  readonly scheduled: readonly Scheduled[]
  /** Numbers of timers that the orchestrator has cancelled. */
  readonly cancelled: readonly number[]
  /** It starts anew, with this input. */
  readonly continuedWith?: { readonly input: unknown }
}

/** Throws where history and orchestrator do not fit together. */
export const replay = (input: ReplayInput): Replayed => new Replay(input).run()

const nothing: OnSettled = () => undefined

class Replay {
  readonly #input: ReplayInput
  readonly #numbers: Numbering
  /** By number, or by the id of a message. */
  readonly #open = new Map<number | string, (event: Happening) => void>()
  readonly #waiting = new Map<string, Task[]>()
  readonly #unawaited = new Map<string, Happening[]>()
  readonly #cancelled: number[] = []
  #locked: readonly string[] = []
  #continuedWith: { readonly input: unknown } | undefined
  /** Epoch ms: of the episode that is replayed. */
  #now = 0
  #current: Task | undefined
  #reached = 0

  constructor(input: ReplayInput) {
    this.#input = input
    this.#numbers = new Numbering(input.history)
  }

  run(): Replayed {
    for (const event of this.#input.history) {
      this.#numbers.moveTo(event)
      this.#see(event)
      if (this.#reached > 0 || event.EventType === eventTypes.executionStarted) this.#goOn()
    }
    this.#numbers.check()
    this.#checkEnd()
    return {
      ...{ scheduled: this.#numbers.scheduled, cancelled: this.#cancelled },
      ...(this.#continuedWith === undefined ? {} : { continuedWith: this.#continuedWith }),
    }
  }

  #checkEnd(): void {
    const { length } = this.#input.actions
    if (this.#reached === length) return
    throw new NonDeterministicError(
      `the orchestrator has gone on past its action ${this.#reached} of ${length}, which has not completed. ${usualCauses}`,
    )
  }

  #see(event: HistoryEvent): void {
    switch (event.EventType) {
      case eventTypes.orchestratorStarted:
        this.#now = Math.max(this.#now, Date.parse(event.Timestamp))
        break
      case eventTypes.taskCompleted:
      case eventTypes.taskFailed:
      case eventTypes.subOrchestrationCompleted:
      case eventTypes.subOrchestrationFailed:
        this.#settleOpen(event.TaskScheduledId!, event)
        break
      case eventTypes.timerFired:
        this.#settleOpen(event.TimerId!, event)
        break
      case eventTypes.eventRaised:
        this.#raise(event)
    }
  }

  #settleOpen(key: number | string, event: Happening): boolean {
    const settle = this.#open.get(key)
    this.#open.delete(key)
    settle?.(event)
    return settle !== undefined
  }

  /** Of several waiters for a name the last is served: so the SDK does it. Without one the event is kept. */
  #raise(event: Happening): void {
    const name = event.Name!
    if (this.#settleOpen(name, event)) return
    const waiter = this.#waiting.get(name)?.pop()
    if (waiter === undefined) this.#unawaited.set(name, [...(this.#unawaited.get(name) ?? []), event])
    else waiter.settle('completed', event)
  }

  /** What was yielded last has settled: the orchestrator has gone on to its next action. */
  #goOn(): void {
    while (this.#current?.isOpen !== true) {
      const action = this.#input.actions[this.#reached]
      if (action === undefined) return
      this.#reached += 1
      this.#current = this.#build(action, nothing)
    }
  }

  #build(action: Action, onSettled: OnSettled): Task {
    const task = new Task(onSettled)
    switch (action.actionType) {
      case actionTypes.callActivity:
        this.#schedule({ kind: 'activity', ...activityOf(action), id: this.#numbers.take() }, task)
        break
      case actionTypes.callActivityWithRetry: {
        const attempt = (id: number): Scheduled => ({ kind: 'activity', ...activityOf(action), id })
        this.#buildRetried(task, action.retryOptions, attempt)
        break
      }
      case actionTypes.callSubOrchestrator:
        this.#schedule(this.#subOrchestration(action, this.#numbers.take()), task)
        break
      case actionTypes.callSubOrchestratorWithRetry:
        this.#buildRetried(task, action.retryOptions, (id) => this.#subOrchestration(action, id))
        break
      case actionTypes.createTimer: {
        const id = this.#numbers.take()
        if (action.isCanceled) this.#cancelled.push(id)
        this.#schedule({ kind: 'timer', id, fireAt: new Date(action.fireAt).toISOString() }, task)
        break
      }
      case actionTypes.waitForExternalEvent:
        this.#waitForEvent(action.externalEventName, task)
        break
      case actionTypes.callEntity:
      case actionTypes.signalEntity:
        this.#messageEntity(action, task)
        break
      case actionTypes.callHttp:
        this.#buildHttp(task, action.httpRequest)
        break
      case actionTypes.whenAny:
        for (const child of action.compoundActions) {
          this.#build(child, (_, event) => {
            if (task.isOpen) task.settle('completed', event)
          })
        }
        break
      case actionTypes.whenAll:
        this.#buildAll(task, action.compoundActions)
        break
      case actionTypes.lockEntities: {
        const lockSet = action.lockSet.map(({ name, key }) => entityIdOf(name, key))
        const message = { kind: 'lock', id: action.lockRequestId, lockSet, position: 0, ...this.#sender } as const
        this.#schedule({ kind: 'entityMessage', id: this.#numbers.take(), entityId: lockSet[0]!, message }, task)
        this.#locked = lockSet
        break
      }
      case actionTypes.releaseEntities:
        for (const entityId of this.#locked) {
          const message = { kind: 'release', id: this.#input.newId(), parent: this.#input.instanceId } as const
          this.#numbers.create({ kind: 'entityMessage', id: this.#numbers.take(), entityId, message })
        }
        this.#locked = []
        task.settle('completed')
        break
      case actionTypes.continueAsNew:
        this.#continuedWith = { input: action.input }
        task.settle('completed')
        break
      default:
        throw new Error(`The local host does not know the Durable action ${JSON.stringify(action)}.`)
    }
    return task
  }

  /** Puts it into the history, unless it is there, and waits for its result. */
  #schedule(scheduled: Scheduled, task: Task): void {
    const created = this.#numbers.create(scheduled)
    if (scheduled.kind !== 'entityMessage') {
      this.#open.set(scheduled.id, (event) => task.settle(outcomeOf(event), event))
      return
    }
    // Entities answer with an event that is named by the message; in the history stands the id that it was sent with.
    const { id } = JSON.parse(created.Input!) as { id: string }
    const isLock = scheduled.message.kind === 'lock'
    this.#open.set(id, (event) => task.settle(!isLock && isFailedAnswer(event) ? 'failed' : 'completed', event))
  }

  /** After every failure a timer is waited for, also after the last one: so does Azure (durabletask, RetryInterceptor). */
  #buildRetried(task: Task, policy: RetryPolicy, attempt: (id: number) => Scheduled): void {
    let failures = 0
    const begin = (id: number): void => {
      this.#schedule(
        attempt(id),
        new Task((child, event) => {
          if (child.state === 'completed') return task.settle('completed', event)
          failures += 1
          const fireAt = new Date(this.#now + retryDelayMs(policy, failures)).toISOString()
          const timer = { kind: 'timer', id: this.#numbers.takeBehind(), fireAt, retryOf: id } as const
          this.#schedule(timer, new Task(() => again(event)))
        }),
      )
    }
    const again = (failure: Happening | undefined): void => {
      if (failures >= policy.maxNumberOfAttempts) task.settle('failed', failure)
      else begin(this.#numbers.takeBehind())
    }
    begin(this.#numbers.take())
  }

  #buildHttp(task: Task, request: HttpRequest): void {
    const whenAnswered =
      (asked: HttpRequest): OnSettled =>
      (child, event) => {
        if (child.state === 'failed') return task.settle('failed', event)
        const next = request.asynchronousPatternEnabled ? nextHttpRequest(asked, event?.Result) : undefined
        if (next === undefined) return task.settle('completed', event)
        const [timerId, requestId] = [this.#numbers.takeBehind(), this.#numbers.takeBehind()]
        const fireAt = new Date(this.#now + pollDelayMs(event?.Result, this.#input.httpPollMs)).toISOString()
        const ask = () => this.#schedule(scheduledHttp(requestId, next), new Task(whenAnswered(next)))
        this.#schedule({ kind: 'timer', id: timerId, fireAt }, new Task(ask))
      }
    this.#schedule(scheduledHttp(this.#numbers.take(), request), new Task(whenAnswered(request)))
  }

  #buildAll(task: Task, actions: readonly Action[]): void {
    const completed = new Set<Task>()
    for (const action of actions) {
      this.#build(action, (child, event) => {
        if (!task.isOpen) return
        if (child.state === 'failed') return task.settle('failed', event)
        completed.add(child)
        if (completed.size === actions.length) task.settle('completed', event)
      })
    }
  }

  #waitForEvent(name: string, task: Task): void {
    const kept = this.#unawaited.get(name)?.shift()
    if (kept === undefined) this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), task])
    else task.settle('completed', kept)
  }

  #messageEntity(action: Extract<Action, { actionType: 7 | 9 }>, task: Task): void {
    const isSignal = action.actionType === actionTypes.signalEntity
    const input = JSON.stringify(action.input) as string | undefined
    const message = {
      ...({ kind: 'operation', id: this.#input.newId(), name: action.operation, isSignal } as const),
      ...(input === undefined ? {} : { input }),
      ...this.#sender,
    }
    const scheduled = { kind: 'entityMessage', id: this.#numbers.take(), entityId: action.instanceId, message } as const
    if (!isSignal) return this.#schedule(scheduled, task)
    this.#numbers.create(scheduled)
    task.settle('completed')
  }

  #subOrchestration(action: Extract<Action, { actionType: 2 | 3 }>, id: number): Scheduled {
    const instanceId = action.instanceId ?? `${this.#input.executionId}:${id.toString(16).padStart(8, '0')}`
    const { functionName: name, version = '' } = action
    return { kind: 'subOrchestration', id, name, instanceId, version, input: JSON.stringify(action.input) ?? null }
  }

  get #sender() {
    return { parent: this.#input.instanceId, parentExecution: this.#input.executionId }
  }
}

/** The input of an activity comes as JSON text where it is a text, and as it is otherwise. */
const activityOf = ({ functionName, input }: Extract<Action, { actionType: 0 | 1 }>) => ({
  name: functionName,
  input: typeof input === 'string' ? input : ((JSON.stringify(input) as string | undefined) ?? null),
})

const outcomeOf = ({ EventType }: Happening): Outcome =>
  EventType === eventTypes.taskFailed || EventType === eventTypes.subOrchestrationFailed ? 'failed' : 'completed'

const isFailedAnswer = ({ Input }: Happening): boolean => {
  const answer = JSON.parse(Input ?? 'null') as { readonly exceptionType?: unknown } | null
  return typeof answer?.exceptionType === 'string'
}

/** Before attempt number `failures + 1` (durabletask, RetryInterceptor). */
export const retryDelayMs = (policy: RetryPolicy, failures: number): number => {
  const { firstRetryIntervalInMilliseconds: first, backoffCoefficient = 1, maxRetryIntervalInMilliseconds } = policy
  return Math.min(first * backoffCoefficient ** (failures - 1), maxRetryIntervalInMilliseconds ?? Infinity)
}
