import { eventTypes, type EntityMessage, type HistoryEvent } from './protocol.ts'

/** The entities that an orchestration has asked to lock and not released, by its history. */
export const heldLocks = (history: readonly HistoryEvent[]): readonly string[] =>
  history.reduce<readonly string[]>((held, event) => {
    if (event.EventType !== eventTypes.eventSent) return held
    const message = JSON.parse(event.Input!) as EntityMessage
    if (message.kind === 'lock') return message.lockSet
    return message.kind === 'release' ? held.filter((entityId) => entityId !== event.InstanceId) : held
  }, [])
