/** The task hub: all instances, activities and entities of an app, kept in a directory that its hosts share. */
import { randomUUID } from 'node:crypto'
import { Database } from './database.ts'
import { enlist, sayAlive, strikeOff, strikeOffLost } from './hosts.ts'

/** One host's hold of the hub. */
export class TaskHub {
  readonly database: Database
  #hostId = ''

  constructor(directory: string, hubName: string) {
    this.database = new Database(directory, hubName)
  }

  /** What this host takes is taken under it. */
  get hostId(): string {
    return this.#hostId
  }

  /** From now on this host may take work; `sayAlive` is needed well within the lease. */
  enlist(now: number): void {
    this.#hostId = randomUUID()
    enlist(this.database, this.#hostId, now)
  }

  /** Keeps what this host has, and frees what lost ones had. */
  sayAlive(now: number): void {
    if (!sayAlive(this.database, this.#hostId, now)) this.enlist(now)
    strikeOffLost(this.database, now)
  }

  /** Frees all that this host has: what it still does with it is void. */
  letGo(): void {
    strikeOff(this.database, this.#hostId)
  }

  close(): void {
    this.database.close()
  }
}
