/** What is on its way to instances and entities. All of it is written within the transaction of what causes it. */
import type { EntityMessage, Happening } from '../protocol.ts'
import { isFinished, startOf, type Instance, type RuntimeStatus } from '../episode.ts'
import type { Database } from './database.ts'

/** `start` comes first, `control` also to an instance that is suspended. */
export type MessageKind = 'start' | 'control' | 'event'

export interface Delivery {
  readonly kind: MessageKind
  readonly happening: Happening
  /** The only execution that it is for; otherwise the instance, also once it has started anew. */
  readonly execution?: string
  /** Epoch ms: not before. */
  readonly due: number
  /** Number of the timer that it ends. */
  readonly timer?: number
}

export interface Execution {
  readonly instance: string
  readonly execution: string
}

/** Whether it is under way: nobody else needs a result or a lock. */
export const isWaiting = (database: Database, { instance, execution }: Execution): boolean => {
  const sql = 'SELECT status FROM instances WHERE id = ? AND execution = ?'
  const found = database.get<{ status: RuntimeStatus }>(sql, instance, execution)
  return found !== undefined && !isFinished(found.status)
}

export const deliver = (database: Database, instance: string, delivery: Delivery): void => {
  const { kind, happening, due, timer = null, execution = null } = delivery
  database.run(
    'INSERT INTO inbox (instance, execution, kind, timer, due, happening) VALUES (?, ?, ?, ?, ?, ?)',
    ...([instance, execution, kind, timer, due, JSON.stringify(happening)] as const),
  )
}

/** Delivers to an execution that waits for it; void where it has ended, or was followed by another. */
export const deliverResult = (database: Database, to: Execution, happening: Happening, now: number): void => {
  if (!isWaiting(database, to)) return
  deliver(database, to.instance, { kind: 'event', happening, execution: to.execution, due: now })
}

export interface NewInstance extends Pick<Instance, 'id' | 'executionId' | 'name' | 'version' | 'parent'> {
  /** JSON text. */
  readonly input: string | null
}

/** Also in place of one of that id that has ended. False: one of that id is under way. */
export const createInstance = (database: Database, instance: NewInstance, now: number): boolean => {
  const { id, executionId, name, version, input, parent } = instance
  const found = database.get<{ status: RuntimeStatus }>('SELECT status FROM instances WHERE id = ?', id)
  if (found !== undefined && !isFinished(found.status)) return false
  removeInstance(database, id)
  database.run(
    `INSERT INTO instances (id, execution, name, version, status, input, parent, created, updated)
     VALUES (?, ?, ?, ?, 'Pending', ?, ?, ?, ?)`,
    ...([id, executionId, name, version, input, parent && JSON.stringify(parent), now, now] as const),
  )
  deliver(database, id, { kind: 'start', happening: startOf(instance), due: now })
  return true
}

/** Activities of it that run or are still to run do so; nobody hears of their results. */
export const removeInstance = (database: Database, id: string): void => {
  database.run('DELETE FROM instances WHERE id = ?', id)
  database.run('DELETE FROM history WHERE instance = ?', id)
  database.run('DELETE FROM inbox WHERE instance = ?', id)
}

export const queueForEntity = (database: Database, entityId: string, message: EntityMessage, now: number): void => {
  database.run(
    'INSERT INTO entities (id, has_state, updated) VALUES (?, 0, ?) ON CONFLICT (id) DO NOTHING',
    ...([entityId, now] as const),
  )
  database.run(
    'INSERT INTO entity_queue (entity, sender, message) VALUES (?, ?, ?)',
    ...([entityId, message.parent ?? null, JSON.stringify(message)] as const),
  )
}
