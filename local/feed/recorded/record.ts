/** A record of a file, and what it is cut from. */

export interface RawRecord {
  /** As it stands in the file, without its line end. */
  readonly bytes: Uint8Array
  /** undefined for what is not of the format. */
  readonly values: Readonly<Record<string, unknown>> | undefined
}

export interface FileRecord extends RawRecord {
  /** From 1 on; a CSV's header does not count. */
  readonly number: number
}

/** What stands in a file before records are told apart. */
export type Chunks = AsyncIterable<Uint8Array>

/** Beyond the most that an Event Hub takes in one event, 1 MiB. */
export const maxRecordBytes = 1_048_576
