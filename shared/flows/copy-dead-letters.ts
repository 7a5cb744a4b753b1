import { dayOf } from '../contracts/serving-documents.ts'
import { stateSchemaVersion, type DeadLetterDocument, type OutboxDocument } from '../contracts/state-documents.ts'
import type { DeadLetters } from '../ports/dead-letters.ts'
import type { ShardState } from '../ports/shard-state.ts'

export interface CopyPorts {
  readonly state: ShardState
  readonly deadLetters: DeadLetters
}

/** Copies each letter to where people look for it, then deletes the outbox document. Doing it twice changes nothing. */
export const copyDeadLetters = async (ports: CopyPorts, outbox: OutboxDocument): Promise<void> => {
  for (const letter of outbox.letters) {
    const document: DeadLetterDocument = {
      ...letter,
      id: `${outbox.shard}:${Date.parse(outbox.hubCreatedOn)}:${letter.sequence}`,
      stream: outbox.stream,
      day: dayOf(Date.parse(letter.enqueuedAt)),
      partition: outbox.partition,
      schemaVersion: stateSchemaVersion,
    }
    await ports.deadLetters.put(document)
  }
  await ports.state.deleteOutbox(outbox.shard, outbox.id)
}
