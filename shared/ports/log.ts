/** Operational messages: they name shards, sequences and settings, never payloads or secrets. */
export interface Log {
  info(message: string): void
  warn(message: string): void
  /** Somebody has to act. */
  alert(message: string): void
}
