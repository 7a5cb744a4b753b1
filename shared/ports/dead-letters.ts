import type { DeadLetterDocument } from '../contracts/state-documents.ts'

/** The `deadLetters` container. */
export interface DeadLetters {
  /** Stores a letter under its id; storing the same again changes nothing. Rejects with RetryableError or TerminalError. */
  put(letter: DeadLetterDocument): Promise<void>
}
