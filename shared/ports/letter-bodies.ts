/** Bodies of dead letters that are too large for a document, in the lake. */
export interface LetterBodies {
  /**
   * Stores the body under its name, whole or not at all; the same again changes nothing. Rejects with RetryableError or
   * TerminalError.
   */
  put(name: string, body: Uint8Array): Promise<void>
}
