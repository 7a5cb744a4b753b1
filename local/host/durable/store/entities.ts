/** Entities: one host works on one at a time, and what it has made of a message is committed whole. */
import type { Entity, EntityCommit } from '../entity.ts'
import { entityIdOf, type EntityMessage } from '../protocol.ts'
import type { Database } from './database.ts'
import { isEnlisted } from './hosts.ts'
import { deliverResult, queueForEntity } from './messages.ts'

export interface QueuedMessage {
  readonly number: number
  readonly message: EntityMessage
}

export interface EntityClaim {
  readonly owner: string
  readonly entity: Entity
  /** In their order, as many as may be worked on at once; of a locked entity only those that its holder has sent. */
  readonly messages: readonly QueuedMessage[]
}

export interface EntityRow {
  readonly id: string
  readonly has_state: number
  readonly state: string | null
  readonly locked_by: string | null
  readonly updated: number
}

const free = `
  SELECT e.id FROM entity_queue q JOIN entities e ON e.id = q.entity
  WHERE e.owner IS NULL AND (e.locked_by IS NULL OR e.locked_by = q.sender) ORDER BY q.number LIMIT 1`

/** Reads at most `most` messages. */
export const claimEntity = (database: Database, owner: string, most: number): EntityClaim | undefined => {
  if (database.get(free) === undefined) return undefined
  return database.transaction(() => {
    const take = `UPDATE entities SET owner = ? WHERE id = (${free}) AND ${isEnlisted} RETURNING *`
    const row = database.get<EntityRow>(take, owner, owner)
    if (row === undefined) return undefined
    const messages = database.all<{ number: number; message: string }>(
      'SELECT number, message FROM entity_queue WHERE entity = ? AND (? IS NULL OR ? = sender) ORDER BY number LIMIT ?',
      ...([row.id, row.locked_by, row.locked_by, most] as const),
    )
    return {
      owner,
      entity: { id: row.id, hasState: row.has_state === 1, state: row.state, lockedBy: row.locked_by },
      messages: messages.map(({ number, message }) => ({ number, message: JSON.parse(message) as EntityMessage })),
    }
  })
}

/** False, and nothing written: the entity is no longer this host's. `decide` may read what else is stored. */
export const commitEntity = (
  database: Database,
  { owner, entity }: EntityClaim,
  consumed: readonly QueuedMessage[],
  decide: () => EntityCommit,
  now: number,
): boolean =>
  database.transaction(() => {
    if (database.get('SELECT 1 FROM entities WHERE id = ? AND owner = ?', entity.id, owner) === undefined) return false
    const commit = decide()
    for (const { number } of consumed) database.run('DELETE FROM entity_queue WHERE number = ?', number)
    for (const { entityId, message } of commit.sent) queueForEntity(database, entityId, message, now)
    for (const { to, happening } of commit.replies) deliverResult(database, to, happening, now)
    const { hasState, state, lockedBy } = commit.entity
    database.run(
      'UPDATE entities SET owner = NULL, has_state = ?, state = ?, locked_by = ?, updated = ? WHERE id = ?',
      ...([hasState ? 1 : 0, state, lockedBy, now, entity.id] as const),
    )
    return true
  })

/** The state of one that has any, as JSON text. */
export const readEntity = (database: Database, id: string): { readonly state: string | null } | undefined =>
  database.get('SELECT state FROM entities WHERE id = ? AND has_state = 1', id)

export interface EntityFilter {
  /** All where it is left out. */
  readonly name?: string
  /** Epoch ms, inclusive: of the last operation. */
  readonly updatedFrom?: number
  readonly updatedTo?: number
}

/** Those that have a state, by id. `after`: where the page before has ended. */
export const listEntities = (
  database: Database,
  { name, updatedFrom = 0, updatedTo = Number.MAX_SAFE_INTEGER }: EntityFilter,
  page: { readonly size: number; readonly after?: string },
): readonly EntityRow[] => {
  const prefix = name === undefined ? '@' : entityIdOf(name, '')
  return database.all<EntityRow>(
    `SELECT * FROM entities WHERE has_state = 1 AND substr(id, 1, length(?)) = ? AND updated BETWEEN ? AND ? AND id > ?
     ORDER BY id LIMIT ?`,
    ...([prefix, prefix, updatedFrom, updatedTo, page.after ?? '', page.size] as const),
  )
}

/** With what waits for it. */
export const purgeEntity = (database: Database, id: string): 'purged' | 'missing' =>
  database.transaction(() => {
    database.run('DELETE FROM entity_queue WHERE entity = ?', id)
    return database.run('DELETE FROM entities WHERE id = ?', id) === 0 ? 'missing' : 'purged'
  })
