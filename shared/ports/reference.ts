import type { ReferenceRecord, ReferenceVersionDocument } from '../contracts/reference-documents.ts'

/**
 * The `reference` container. Every method rejects with RetryableError where trying again may help and TerminalError
 * where it cannot.
 */
export interface Reference {
  /** The newest version of a kind; undefined before the first. */
  newest(kind: string): Promise<ReferenceVersionDocument | undefined>
  /** All records of a version, by id. Rejects with TerminalError where the version does not exist. */
  load(kind: string, version: number): Promise<ReadonlyMap<string, ReferenceRecord>>
  /** Stores a part; the same again changes nothing. */
  putPart(kind: string, hash: string, part: number, items: readonly ReferenceRecord[]): Promise<void>
  /** Makes the version exist, after its parts. `conflict`: somebody else has made a version of this number. */
  createVersion(version: ReferenceVersionDocument): Promise<'created' | 'conflict'>
}
