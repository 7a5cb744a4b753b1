import { dayOf } from '../contracts/serving-documents.ts'
import {
  stateSchemaVersion,
  type DeadLetter,
  type DeadLetterDocument,
  type OutboxDocument,
} from '../contracts/state-documents.ts'
import type { DeadLetters } from '../ports/dead-letters.ts'
import type { LetterBodies } from '../ports/letter-bodies.ts'
import type { ShardState } from '../ports/shard-state.ts'

export interface CopyPorts {
  readonly state: ShardState
  readonly deadLetters: DeadLetters
  /** undefined: there is no lake, and every body stays in its document. */
  readonly letterBodies: LetterBodies | undefined
}

/** Larger bodies go to the lake. */
const mostBodyBytes = 65_536

/** Copies each letter to where people look for it, then deletes the outbox document. Doing it twice changes nothing. */
export const copyDeadLetters = async (ports: CopyPorts, outbox: OutboxDocument): Promise<void> => {
  for (const letter of outbox.letters) {
    const created = Date.parse(outbox.hubCreatedOn)
    const day = dayOf(Date.parse(letter.enqueuedAt))
    const document: DeadLetterDocument = {
      ...letter,
      ...(await bodyOf(ports, letter, `${outbox.stream}/${day}/${outbox.partition}/${created}-${letter.sequence}`)),
      id: `${outbox.shard}:${created}:${letter.sequence}`,
      stream: outbox.stream,
      day,
      partition: outbox.partition,
      schemaVersion: stateSchemaVersion,
    }
    await ports.deadLetters.put(document)
  }
  await ports.state.deleteOutbox(outbox.shard, outbox.id)
}

/** A body goes to the lake before the document that names it. */
const bodyOf = async (
  { letterBodies }: CopyPorts,
  { body }: DeadLetter,
  name: string,
): Promise<Pick<DeadLetterDocument, 'body' | 'bodyName'>> => {
  const bytes = Buffer.from(body, 'base64')
  if (letterBodies === undefined || bytes.byteLength <= mostBodyBytes) return { body }
  await letterBodies.put(name, bytes)
  return { body: '', bodyName: name }
}
