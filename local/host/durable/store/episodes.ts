/** Episodes: taken by one host, committed whole or not at all. */
import { eventTypes, type Happening, type HistoryEvent, type ParentInstance } from '../protocol.ts'
import { isFinished, type EpisodeCommit, type Instance, type RuntimeStatus } from '../episode.ts'
import type { Scheduled } from '../scheduled.ts'
import type { Database } from './database.ts'
import { isEnlisted } from './hosts.ts'
import { createInstance, deliver, deliverResult, queueForEntity, type MessageKind } from './messages.ts'

export interface Message {
  readonly number: number
  readonly kind: MessageKind
  readonly happening: Happening
}

export interface EpisodeClaim {
  readonly owner: string
  readonly instance: Instance
  /** Due ones, in the order in which they are seen. */
  readonly messages: readonly Message[]
}

/** Takes an instance for which there is something due; undefined: there is none that is free. */
export const claimEpisode = (database: Database, owner: string, now: number): EpisodeClaim | undefined => {
  // Looked for first: only where there is one is the write lock wanted.
  if (database.get(free, now) === undefined) return undefined
  return database.transaction(() => {
    const take = `UPDATE instances SET owner = ? WHERE id = (${free}) AND ${isEnlisted} RETURNING *`
    const row = database.get<InstanceRow>(take, owner, now, owner)
    if (row === undefined) return undefined
    const { id } = row
    const history = database.all<{ event: string }>(
      'SELECT event FROM history WHERE instance = ? ORDER BY position',
      id,
    )
    const messages = database.all<{ number: number; kind: MessageKind; happening: string }>(
      `SELECT number, kind, happening FROM inbox WHERE instance = ? AND due <= ? AND (? <> 'Suspended' OR kind = 'control')
       ORDER BY kind = 'start' DESC, due, number`,
      ...([id, now, row.status] as const),
    )
    return {
      owner,
      instance: { ...instanceOf(row), history: history.map(({ event }) => JSON.parse(event) as HistoryEvent) },
      messages: messages.map((message) => ({ ...message, happening: JSON.parse(message.happening) as Happening })),
    }
  })
}

const free = `
  SELECT i.id FROM inbox b JOIN instances i ON i.id = b.instance
  WHERE b.due <= ? AND i.owner IS NULL AND (i.status <> 'Suspended' OR b.kind = 'control')
  ORDER BY b.due LIMIT 1`

export interface InstanceRow {
  readonly id: string
  readonly execution: string
  readonly name: string
  readonly version: string
  readonly status: RuntimeStatus
  readonly input: string | null
  readonly output: string | null
  readonly custom_status: string | null
  readonly parent: string | null
  readonly created: number
  readonly updated: number
}

const instanceOf = ({ id, execution, name, version, status, parent }: InstanceRow): Omit<Instance, 'history'> => ({
  ...{ id, executionId: execution, name, version, status },
  parent: parent === null ? null : (JSON.parse(parent) as ParentInstance),
})

/** False, and nothing written: the instance is no longer this host's. */
export const commitEpisode = (
  database: Database,
  { owner, instance }: EpisodeClaim,
  consumed: readonly Message[],
  commit: EpisodeCommit,
  now: number,
): boolean =>
  database.transaction(() => {
    const { id } = instance
    if (database.get('SELECT 1 FROM instances WHERE id = ? AND owner = ?', id, owner) === undefined) return false
    for (const { number } of consumed) database.run('DELETE FROM inbox WHERE number = ?', number)
    for (const [i, event] of commit.appended.entries()) {
      database.run(
        'INSERT INTO history (instance, position, event) VALUES (?, ?, ?)',
        ...([id, instance.history.length + i, JSON.stringify(event)] as const),
      )
    }
    for (const scheduled of commit.scheduled) dispatch(database, instance, scheduled, now)
    for (const timer of commit.cancelled) {
      database.run('DELETE FROM inbox WHERE instance = ? AND timer = ?', id, timer)
    }
    for (const { entityId, message } of commit.released) queueForEntity(database, entityId, message, now)
    if (commit.toParent !== undefined) {
      const { InstanceId, ExecutionId } = commit.toParent.parent.OrchestrationInstance
      deliverResult(database, { instance: InstanceId, execution: ExecutionId }, commit.toParent.happening, now)
    }
    if (commit.continued !== undefined) startAnew(database, id, commit.continued, now)
    if (isFinished(commit.status)) database.run('DELETE FROM inbox WHERE instance = ?', id)
    database.run(
      `UPDATE instances SET owner = NULL, status = ?, updated = ?, output = coalesce(?, output),
       custom_status = coalesce(?, custom_status) WHERE id = ?`,
      ...([commit.status, now, commit.output ?? null, commit.customStatus ?? null, id] as const),
    )
    return true
  })

const dispatch = (database: Database, instance: Instance, scheduled: Scheduled, now: number): void => {
  const { id: instanceId, executionId } = instance
  switch (scheduled.kind) {
    case 'activity':
      database.run(
        'INSERT INTO activities (instance, execution, id, name, input) VALUES (?, ?, ?, ?, ?)',
        ...([instanceId, executionId, scheduled.id, scheduled.name, scheduled.input] as const),
      )
      break
    case 'timer': {
      const { id, fireAt } = scheduled
      const happening = { EventType: eventTypes.timerFired, EventId: -1, TimerId: id, FireAt: fireAt }
      const due = Date.parse(fireAt)
      deliver(database, instanceId, { kind: 'event', happening, execution: executionId, due, timer: id })
      break
    }
    case 'subOrchestration':
      startSubOrchestration(database, instance, scheduled, now)
      break
    case 'entityMessage':
      queueForEntity(database, scheduled.entityId, scheduled.message, now)
  }
}

const startSubOrchestration = (
  database: Database,
  parent: Instance,
  scheduled: Extract<Scheduled, { kind: 'subOrchestration' }>,
  now: number,
): void => {
  const { id: TaskScheduleId, instanceId, name, version, input } = scheduled
  const OrchestrationInstance = { InstanceId: parent.id, ExecutionId: parent.executionId }
  const child = {
    ...{ id: instanceId, executionId: childExecution(parent, TaskScheduleId), name, version, input },
    parent: { Name: parent.name, Version: parent.version, OrchestrationInstance, TaskScheduleId },
  }
  if (createInstance(database, child, now)) return
  const happening = {
    ...{ EventType: eventTypes.subOrchestrationFailed, EventId: -1, TaskScheduledId: TaskScheduleId },
    ...{ Reason: `An orchestration with the instance id ${instanceId} is under way already.`, Details: '' },
  }
  deliver(database, parent.id, { kind: 'event', happening, execution: parent.executionId, due: now })
}

/** Differs for every attempt, and needs no chance. */
const childExecution = ({ executionId }: Instance, id: number): string => `${executionId}-${id.toString(16)}`

/** Messages that came meanwhile stay; results and timers of the execution that has ended do not. */
const startAnew = (
  database: Database,
  instance: string,
  { executionId, start }: NonNullable<EpisodeCommit['continued']>,
  now: number,
): void => {
  database.run('DELETE FROM history WHERE instance = ?', instance)
  database.run('DELETE FROM inbox WHERE instance = ? AND execution IS NOT NULL', instance)
  database.run('UPDATE instances SET execution = ?, input = ? WHERE id = ?', executionId, start.Input ?? null, instance)
  deliver(database, instance, { kind: 'start', happening: start, due: now })
}
