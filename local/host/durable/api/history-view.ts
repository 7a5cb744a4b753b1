/** A history as the management API shows it: what came of each thing, with when it was begun. */
import { eventTypes, type HistoryEvent } from '../protocol.ts'
import { isCreation } from '../scheduled.ts'

/** As DurableTask.Core names them. */
const names: ReadonlyMap<number, string> = new Map([
  [eventTypes.executionStarted, 'ExecutionStarted'],
  [eventTypes.executionCompleted, 'ExecutionCompleted'],
  [eventTypes.executionTerminated, 'ExecutionTerminated'],
  [eventTypes.taskScheduled, 'TaskScheduled'],
  [eventTypes.taskCompleted, 'TaskCompleted'],
  [eventTypes.taskFailed, 'TaskFailed'],
  [eventTypes.subOrchestrationCreated, 'SubOrchestrationInstanceCreated'],
  [eventTypes.subOrchestrationCompleted, 'SubOrchestrationInstanceCompleted'],
  [eventTypes.subOrchestrationFailed, 'SubOrchestrationInstanceFailed'],
  [eventTypes.timerCreated, 'TimerCreated'],
  [eventTypes.timerFired, 'TimerFired'],
  [eventTypes.eventSent, 'EventSent'],
  [eventTypes.eventRaised, 'EventRaised'],
  [eventTypes.genericEvent, 'GenericEvent'],
  [eventTypes.executionSuspended, 'ExecutionSuspended'],
  [eventTypes.executionResumed, 'ExecutionResumed'],
])

export interface HistoryViewOptions {
  readonly showsOutput: boolean
  readonly showsInput: boolean
}

export const historyView = (history: readonly HistoryEvent[], options: HistoryViewOptions): readonly object[] => {
  const created = new Map(history.filter(isCreation).map((event) => [event.EventId, event]))
  const ended = new Set(history.map(endedBy))
  return history
    .filter((event) => names.has(event.EventType) && !(isCreation(event) && ended.has(event.EventId)))
    .map((event) => viewOf(event, created.get(endedBy(event) ?? -1), options))
}

const endedBy = ({ TaskScheduledId, TimerId }: HistoryEvent): number | undefined => TaskScheduledId ?? TimerId

const viewOf = (
  event: HistoryEvent,
  creation: HistoryEvent | undefined,
  { showsOutput, showsInput }: HistoryViewOptions,
): object => {
  const { EventType, Timestamp, Name, Input, Result, Reason, Details, FireAt, OrchestrationStatus, InstanceId } = event
  const isEvent = EventType === eventTypes.eventRaised || EventType === eventTypes.eventSent
  const functionName = creation?.Name ?? (isEvent ? undefined : Name)
  const view = {
    ...{ EventType: names.get(EventType), Timestamp, FireAt, OrchestrationStatus, InstanceId, Reason, Details },
    ...{ FunctionName: functionName, ScheduledTime: creation?.Timestamp, Name: isEvent ? Name : undefined },
    Result: showsOutput ? valueOf(Result) : undefined,
    Input: showsInput ? valueOf(Input) : undefined,
  }
  return Object.fromEntries(Object.entries(view).filter(([, value]) => value !== undefined))
}

/** Reasons to end are texts, everything else is JSON. */
const valueOf = (text: string | null | undefined): unknown => {
  if (text === undefined || text === null) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
