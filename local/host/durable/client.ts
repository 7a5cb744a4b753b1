/** What clients ask of a task hub, checked; the management API puts it into HTTP. */
import { randomUUID } from 'node:crypto'
import type { DurableEngine } from './engine.ts'
import { entityIdOf, eventTypes, type Happening } from './protocol.ts'
import { listEntities, purgeEntity, readEntity } from './store/entities.ts'
import {
  listInstances,
  purgeInstance,
  purgeInstances,
  readHistory,
  readInstance,
  tell,
  type InstanceStatus,
} from './store/instances.ts'
import { createInstance, queueForEntity, type MessageKind } from './store/messages.ts'
import { rewindInstance } from './store/rewinding.ts'

/** The caller asks for something that cannot be. */
export class BadRequest extends Error {}

export interface StartOptions {
  readonly instanceId?: string
  /** JSON text. */
  readonly input: string | null
  readonly version?: string
}

/** Everything is done at once, in a transaction of its own. */
export class DurableClient {
  readonly #engine: DurableEngine

  constructor(engine: DurableEngine) {
    this.#engine = engine
  }

  get #database() {
    return this.#engine.hub.database
  }

  /** The new instance's id; `running` where one of that id is under way. Throws BadRequest. */
  start(name: string, options: StartOptions): { readonly id: string } | 'running' {
    const { functions, settings } = this.#engine
    const missing = functions.missing('orchestrator', name)
    if (missing !== undefined) throw new BadRequest(missing)
    const id = options.instanceId ?? randomUUID().replaceAll('-', '')
    checkInstanceId(id)
    const { input, version = settings.defaultVersion } = options
    const instance = { id, executionId: randomUUID(), name, version, input, parent: null }
    const isNew = this.#database.transaction(() => createInstance(this.#database, instance, Date.now()))
    this.#engine.lookSoon()
    return isNew ? { id } : 'running'
  }

  read(id: string): InstanceStatus | undefined {
    return readInstance(this.#database, id)
  }

  history(id: string) {
    return readHistory(this.#database, id)
  }

  list(...parameters: Tail<Parameters<typeof listInstances>>) {
    return listInstances(this.#database, ...parameters)
  }

  raiseEvent(id: string, name: string, input: string | null) {
    return this.#tell(id, 'event', { EventType: eventTypes.eventRaised, EventId: -1, Name: name, Input: input })
  }

  terminate(id: string, reason: string) {
    return this.#tell(id, 'control', { EventType: eventTypes.executionTerminated, EventId: -1, Input: reason })
  }

  suspend(id: string, reason: string) {
    return this.#tell(id, 'control', { EventType: eventTypes.executionSuspended, EventId: -1, Reason: reason })
  }

  resume(id: string, reason: string) {
    return this.#tell(id, 'control', { EventType: eventTypes.executionResumed, EventId: -1, Reason: reason })
  }

  rewind(id: string, reason: string) {
    const outcome = this.#database.transaction(() => rewindInstance(this.#database, id, reason, Date.now()))
    this.#engine.lookSoon()
    return outcome
  }

  purge(id: string) {
    return id.startsWith('@') ? purgeEntity(this.#database, id) : purgeInstance(this.#database, id)
  }

  purgeAll(...parameters: Tail<Parameters<typeof purgeInstances>>) {
    return purgeInstances(this.#database, ...parameters)
  }

  /** Throws BadRequest. */
  signalEntity(name: string, key: string, operation: string, input: string | undefined): void {
    const missing = this.#engine.functions.missing('entity', name)
    if (missing !== undefined) throw new BadRequest(missing)
    const message = {
      ...({ kind: 'operation', id: randomUUID(), name: operation, isSignal: true } as const),
      ...(input === undefined ? {} : { input }),
    }
    this.#database.transaction(() => {
      queueForEntity(this.#database, entityIdOf(name, key), message, Date.now())
    })
    this.#engine.lookSoon()
  }

  readEntity(name: string, key: string) {
    return readEntity(this.#database, entityIdOf(name, key))
  }

  listEntities(...parameters: Tail<Parameters<typeof listEntities>>) {
    return listEntities(this.#database, ...parameters)
  }

  #tell(id: string, kind: MessageKind, happening: Happening) {
    const told = tell(this.#database, id, kind, happening, Date.now())
    this.#engine.lookSoon()
    return told
  }
}

type Tail<Parameters extends readonly unknown[]> = Parameters extends readonly [unknown, ...infer Rest] ? Rest : never

const maxIdLength = 100

const checkInstanceId = (id: string): void => {
  if (id.length > maxIdLength || id.startsWith('@') || /[/\\#?]|\p{Cc}/u.test(id)) {
    throw new BadRequest(
      `instanceId: expected at most ${maxIdLength} characters, no / \\ # ? or control character among them, and no @ first.`,
    )
  }
}
