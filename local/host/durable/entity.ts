/** What an entity does next with the messages that wait for it, and what follows. */
import { entityIdOf, eventTypes, type EntityMessage, type Happening } from './protocol.ts'

export interface Entity {
  readonly id: string
  readonly hasState: boolean
  /** JSON text. */
  readonly state: string | null
  /** The orchestration that has locked it: only what comes from that one is heard. */
  readonly lockedBy: string | null
}

export type Operation = Extract<EntityMessage, { kind: 'operation' }>

export type EntityStep =
  | { readonly kind: 'run'; readonly operations: readonly Operation[] }
  | { readonly kind: 'lock'; readonly request: Extract<EntityMessage, { kind: 'lock' }> }
  | { readonly kind: 'release' }

/** What the store writes after a step, all or nothing. */
export interface EntityCommit {
  readonly entity: Entity
  readonly sent: readonly { readonly entityId: string; readonly message: EntityMessage }[]
  readonly replies: readonly {
    readonly to: { readonly instance: string; readonly execution: string }
    readonly happening: Happening
  }[]
}

/** A lock, a release, or the operations that come before one of these; with how many messages that takes. */
export const nextStep = (messages: readonly EntityMessage[]): { readonly step: EntityStep; readonly taken: number } => {
  const [first] = messages
  if (first?.kind === 'lock') return { step: { kind: 'lock', request: first }, taken: 1 }
  if (first?.kind === 'release') return { step: { kind: 'release' }, taken: 1 }
  const end = messages.findIndex(({ kind }) => kind !== 'operation')
  const operations = messages.slice(0, end === -1 ? undefined : end) as readonly Operation[]
  return { step: { kind: 'run', operations }, taken: operations.length }
}

/** The entity function's answer to a batch of operations. */
export interface BatchResult {
  readonly entityExists: boolean
  readonly entityState?: string
  readonly results: readonly { readonly isError: boolean; readonly result?: string }[]
  readonly signals: readonly {
    readonly target: { readonly name: string; readonly key: string }
    readonly name: string
    readonly input: string
  }[]
}

/** Each caller is answered; a signal has none. */
export const afterBatch = (
  entity: Entity,
  operations: readonly Operation[],
  result: BatchResult,
  newId: () => string,
): EntityCommit => ({
  entity: { ...entity, hasState: result.entityExists, state: result.entityState ?? null },
  sent: result.signals.map(({ target, name, input }) => ({
    entityId: entityIdOf(target.name, target.key),
    message: { kind: 'operation', id: newId(), name, isSignal: true, ...(input === '' ? {} : { input }) },
  })),
  replies: operations.flatMap((operation, i) => reply(operation, result.results[i])),
})

/** The batch could not be run: the state stays, and each caller hears why. */
export const afterBrokenBatch = (entity: Entity, operations: readonly Operation[], reason: string): EntityCommit => ({
  ...{ entity, sent: [] },
  replies: operations.flatMap((operation) => reply(operation, { isError: true, result: JSON.stringify(reason) })),
})

/** The last entity of a lock set tells the orchestration; the others pass the request on. */
export const afterLock = (entity: Entity, request: Extract<EntityMessage, { kind: 'lock' }>): EntityCommit => {
  const next = request.lockSet[request.position + 1]
  const locked = { ...entity, lockedBy: request.parent }
  if (next !== undefined) {
    const message = { ...request, position: request.position + 1 }
    return { entity: locked, sent: [{ entityId: next, message }], replies: [] }
  }
  return { entity: locked, sent: [], replies: [answer(request.parent, request.parentExecution, request.id, {})] }
}

export const afterRelease = (entity: Entity): EntityCommit => ({
  ...{ entity: { ...entity, lockedBy: null }, sent: [], replies: [] },
})

const reply = (
  { id, isSignal, parent, parentExecution }: Operation,
  result: BatchResult['results'][number] | undefined,
): EntityCommit['replies'] => {
  if (isSignal || parent === undefined || parentExecution === undefined) return []
  const text = result?.result === undefined ? {} : { result: result.result }
  const failure = result?.isError === true ? { exceptionType: 'System.Exception' } : {}
  return [answer(parent, parentExecution, id, { ...text, ...failure })]
}

const answer = (instance: string, execution: string, Name: string, content: object) => ({
  to: { instance, execution },
  happening: { EventType: eventTypes.eventRaised, EventId: -1, Name, Input: JSON.stringify(content) },
})
