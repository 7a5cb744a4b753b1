/** What a client does with instances: it starts them, tells them something, looks at them, and clears them away. */
import type { SQLInputValue } from 'node:sqlite'
import { isFinished, type RuntimeStatus } from '../episode.ts'
import type { Happening, HistoryEvent } from '../protocol.ts'
import type { Database } from './database.ts'
import type { InstanceRow } from './episodes.ts'
import { deliver, removeInstance, type MessageKind } from './messages.ts'

/** An instance as a client sees it. `input`, `output` and `customStatus` are JSON text. */
export interface InstanceStatus {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly status: RuntimeStatus
  readonly input: string | null
  readonly output: string | null
  readonly customStatus: string | null
  /** Epoch ms. */
  readonly created: number
  readonly updated: number
}

export const readInstance = (database: Database, id: string): InstanceStatus | undefined => {
  const row = database.get<InstanceRow>('SELECT * FROM instances WHERE id = ?', id)
  return row && statusOf(row)
}

export const readHistory = (database: Database, id: string): readonly HistoryEvent[] =>
  database
    .all<{ event: string }>('SELECT event FROM history WHERE instance = ? ORDER BY position', id)
    .map(({ event }) => JSON.parse(event) as HistoryEvent)

/** Tells an instance something, unless it is not there (`missing`) or has ended (`finished`). */
export const tell = (
  database: Database,
  id: string,
  kind: MessageKind,
  happening: Happening,
  now: number,
): 'told' | 'missing' | 'finished' =>
  database.transaction(() => {
    const row = database.get<{ status: RuntimeStatus }>('SELECT status FROM instances WHERE id = ?', id)
    if (row === undefined) return 'missing'
    if (isFinished(row.status)) return 'finished'
    deliver(database, id, { kind, happening, due: now })
    return 'told'
  })

export interface InstanceFilter {
  /** Epoch ms, inclusive. */
  readonly createdFrom?: number
  readonly createdTo?: number
  /** Empty: all. */
  readonly statuses: readonly string[]
  readonly idPrefix?: string
}

/** By creation, oldest first. `after`: where the page before has ended. */
export const listInstances = (
  database: Database,
  filter: InstanceFilter,
  page: { readonly size: number; readonly after?: { readonly created: number; readonly id: string } },
): readonly InstanceStatus[] => {
  const { where, values } = conditionsOf(filter)
  const { created = -1, id = '' } = page.after ?? {}
  return database
    .all<InstanceRow>(
      `SELECT * FROM instances WHERE ${where} AND (created, id) > (?, ?) ORDER BY created, id LIMIT ?`,
      ...[...values, created, id, page.size],
    )
    .map(statusOf)
}

/** Clears away those that have ended; answers how many. */
export const purgeInstances = (database: Database, filter: InstanceFilter): number =>
  database.transaction(() => {
    const { where, values } = conditionsOf(filter)
    // Not their inputs and outputs: all of them together may be more than fits into memory.
    const rows = database.all<Pick<InstanceRow, 'id' | 'status'>>(
      `SELECT id, status FROM instances WHERE ${where}`,
      ...values,
    )
    const finished = rows.filter(({ status }) => isFinished(status))
    for (const { id } of finished) removeInstance(database, id)
    return finished.length
  })

export const purgeInstance = (database: Database, id: string): 'purged' | 'missing' | RuntimeStatus =>
  database.transaction(() => {
    const row = database.get<{ status: RuntimeStatus }>('SELECT status FROM instances WHERE id = ?', id)
    if (row === undefined) return 'missing'
    if (!isFinished(row.status)) return row.status
    removeInstance(database, id)
    return 'purged'
  })

const conditionsOf = (
  filter: InstanceFilter,
): { readonly where: string; readonly values: readonly SQLInputValue[] } => {
  const { createdFrom, createdTo, statuses, idPrefix } = filter
  const conditions: (readonly [sql: string, ...values: SQLInputValue[]])[] = [['TRUE']]
  if (createdFrom !== undefined) conditions.push(['created >= ?', createdFrom])
  if (createdTo !== undefined) conditions.push(['created <= ?', createdTo])
  if (statuses.length > 0) conditions.push([`status IN (${statuses.map(() => '?').join()})`, ...statuses])
  if (idPrefix !== undefined) conditions.push(['substr(id, 1, length(?)) = ?', idPrefix, idPrefix])
  return {
    where: conditions.map(([sql]) => sql).join(' AND '),
    values: conditions.flatMap(([, ...values]) => values),
  }
}

const statusOf = ({ custom_status: customStatus, ...row }: InstanceRow): InstanceStatus => ({
  ...{ id: row.id, name: row.name, version: row.version, status: row.status },
  ...{ input: row.input, output: row.output, customStatus, created: row.created, updated: row.updated },
})
