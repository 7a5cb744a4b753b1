/** One implementation of a port, as its contract suite sees it. */
export interface Subject<Port> {
  readonly port: Port
  /** The next write fails: without an effect, or after its effect, as when a connection tears. */
  failNextWrite(when: 'before' | 'after'): void
  close(): Promise<void>
}

/** What was stored, without the properties that Cosmos DB adds. */
export const own = <T extends object>(document: T): T =>
  Object.fromEntries(Object.entries(document).filter(([name]) => !name.startsWith('_'))) as T
