import type { RuntimeStatus } from '../episode.ts'
import { eventTypes, type HistoryEvent } from '../protocol.ts'
import { rewind } from '../rewind.ts'
import type { Database } from './database.ts'
import { readHistory } from './instances.ts'
import { deliver } from './messages.ts'

/** Within a transaction. `locked`: it held locks; a status: it has not failed. Sub-orchestrations that failed are rewound too. */
export const rewindInstance = (
  database: Database,
  id: string,
  reason: string,
  now: number,
): 'rewound' | 'missing' | 'locked' | RuntimeStatus => {
  const statusOf = (instance: string) =>
    database.get<{ status: RuntimeStatus; execution: string }>(
      'SELECT status, execution FROM instances WHERE id = ?',
      instance,
    )
  const found = statusOf(id)
  if (found === undefined) return 'missing'
  if (found.status !== 'Failed') return found.status
  const { execution } = found
  const isUnderWay = ({ EventType, EventId, InstanceId }: HistoryEvent): boolean => {
    if (EventType === eventTypes.subOrchestrationCreated) {
      return ['Pending', 'Running', 'Suspended'].includes(statusOf(InstanceId!)?.status ?? '')
    }
    const activity = 'SELECT 1 FROM activities WHERE instance = ? AND execution = ? AND id = ?'
    return EventType === eventTypes.taskScheduled && database.get(activity, id, execution, EventId) !== undefined
  }
  const rewindChild = (child: string): boolean => rewindInstance(database, child, reason, now) === 'rewound'
  const rewound = rewind(readHistory(database, id), reason, { isUnderWay, rewindChild })
  if (rewound === undefined) return 'locked'
  database.run('DELETE FROM history WHERE instance = ?', id)
  for (const [position, event] of rewound.kept.entries()) {
    database.run(
      'INSERT INTO history (instance, position, event) VALUES (?, ?, ?)',
      ...([id, position, JSON.stringify(event)] as const),
    )
  }
  for (const happening of rewound.happenings) {
    const isForAll = happening.EventType === eventTypes.eventRaised
    const kind = happening.EventType === eventTypes.executionStarted ? 'start' : 'event'
    deliver(database, id, { kind, happening, due: now, ...(isForAll ? {} : { execution }) })
  }
  database.run("UPDATE instances SET status = 'Running', output = NULL, updated = ? WHERE id = ?", now, id)
  return 'rewound'
}
