/** What an orchestration schedules under a number of its own, and how that stands in its history. */
import { eventTypes, httpActivityName, type EntityMessage, type Happening, type HttpRequest } from './protocol.ts'

export type Scheduled =
  /** `input`: JSON text. */
  | { readonly kind: 'activity'; readonly id: number; readonly name: string; readonly input: string | null }
  | {
      readonly kind: 'subOrchestration'
      readonly id: number
      readonly name: string
      readonly instanceId: string
      readonly version: string
      readonly input: string | null
    }
  /** `fireAt`: ISO 8601. `retryOf`: the attempt that failed before it. */
  | { readonly kind: 'timer'; readonly id: number; readonly fireAt: string; readonly retryOf?: number }
  | {
      readonly kind: 'entityMessage'
      readonly id: number
      readonly entityId: string
      readonly message: EntityMessage
    }

/** The event that says so in the history. An activity's input is kept out of it, as by default in Azure. */
export const creationOf = (scheduled: Scheduled): Happening => {
  const EventId = scheduled.id
  switch (scheduled.kind) {
    case 'activity':
      return { EventType: eventTypes.taskScheduled, EventId, Name: scheduled.name, Version: '', Input: null }
    case 'subOrchestration':
      return {
        ...{ EventType: eventTypes.subOrchestrationCreated, EventId, Name: scheduled.name },
        ...{ InstanceId: scheduled.instanceId, Version: scheduled.version, Input: scheduled.input },
      }
    case 'timer': {
      const { fireAt: FireAt, retryOf } = scheduled
      return { EventType: eventTypes.timerCreated, EventId, FireAt, ...(retryOf !== undefined && { RetryOf: retryOf }) }
    }
    case 'entityMessage': {
      const { message } = scheduled
      const Name = message.kind === 'release' ? 'release' : 'op'
      return {
        ...{ EventType: eventTypes.eventSent, EventId, InstanceId: scheduled.entityId, Name },
        Input: JSON.stringify(message),
      }
    }
  }
}

const creationNames: ReadonlyMap<number, string> = new Map([
  [eventTypes.taskScheduled, 'activity'],
  [eventTypes.subOrchestrationCreated, 'sub-orchestration'],
  [eventTypes.timerCreated, 'timer'],
  [eventTypes.eventSent, 'message'],
])

export const isCreation = ({ EventType }: Happening): boolean => creationNames.has(EventType)

/** Whether both schedule the same: the rest may differ, as a timer's moment does where it is not deterministic. */
export const isSameCreation = (a: Happening, b: Happening): boolean =>
  a.EventType === b.EventType &&
  a.Name === b.Name &&
  (a.EventType !== eventTypes.eventSent || a.InstanceId === b.InstanceId)

/** For messages: `activity "Charge"`. */
export const creationText = ({ EventType, Name, InstanceId }: Happening): string => {
  const what = creationNames.get(EventType)!
  if (EventType === eventTypes.timerCreated) return what
  return EventType === eventTypes.eventSent ? `${what} to ${InstanceId}` : `${what} "${Name}"`
}

export const httpActivityInput = (request: HttpRequest): string => JSON.stringify(request)

export const scheduledHttp = (id: number, request: HttpRequest): Scheduled => ({
  ...{ kind: 'activity', id, name: httpActivityName },
  input: httpActivityInput(request),
})
