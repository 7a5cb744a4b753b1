/** What the change feed of the state container sets off: changed windows are served, dead letters leave the outbox. */
import type { StateDocument } from '../contracts/state-documents.ts'
import { copyDeadLetters, type CopyPorts } from './copy-dead-letters.ts'
import type { StreamSetting } from './load-shard.ts'
import type { PublishSchedule } from './publish-schedule.ts'
import { publishWindows, type PublishPorts } from './publish-windows.ts'

/** All of them are held in memory until they stand. */
const windowsAtOnce = 100

export interface PublishChangesPorts extends PublishPorts, CopyPorts {
  readonly schedule: PublishSchedule
}

/** Takes changed documents as hints only: what is published is always read anew. */
export const publishChanges =
  (ports: PublishChangesPorts, setting: StreamSetting) =>
  async (documents: readonly StateDocument[]): Promise<void> => {
    for (const document of documents) if (document.kind === 'slab') noteSlab(ports, setting, document)
    await publishDue(ports, setting)
    // After the windows: a letter that cannot be stored holds nothing else up, and stays in its outbox.
    for (const document of documents) if (document.kind === 'outbox') await copyDeadLetters(ports, document)
  }

/** Publishes what was held back so far and is due by now. */
export const publishDue = async (ports: PublishChangesPorts, setting: StreamSetting): Promise<void> => {
  const { schedule, clock } = ports
  const now = clock.now()
  for (;;) {
    const due = schedule.takeDue(now, windowsAtOnce)
    if (due.length === 0) return
    try {
      const open = due.map((window) => ({ ...window, final: false }))
      schedule.pass(await publishWindows(ports, setting, open))
    } catch (error) {
      schedule.restore(due)
      throw error
    }
  }
}

const noteSlab = (
  { schedule, meter, log }: PublishChangesPorts,
  { stream }: StreamSetting,
  slab: Extract<StateDocument, { kind: 'slab' }>,
): void => {
  const rollup = stream.rollups.find(({ id }) => id === slab.rollup)
  if (rollup === undefined) {
    log.warn(`Slab ${slab.id} of ${slab.shard} belongs to a rollup that this version of ${stream.name} does not have.`)
    return
  }
  const { windowStart, sequence, _ts: committedAtSecond } = slab
  const partition = slab.shard.slice(slab.shard.lastIndexOf(':') + 1)
  schedule.note(rollup, windowStart, partition, sequence)
  if (committedAtSecond === undefined) return
  const window = `${rollup.id}:${windowStart}`
  meter.changed({ stream: stream.name, window, partition, sequence, committedAt: committedAtSecond * 1_000 })
}
