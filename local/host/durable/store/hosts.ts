/**
 * Who works on what. A host takes a work item by writing its id into it, which only one can, and what it makes of the item is
 * written only while that id stands there. A host that is gone, or has not said for a while that it lives, is struck off, and
 * what it had is free again: whatever it would still write then has no effect, and it takes nothing until it is enlisted anew.
 */
import { isAlive, thisProcess, type ProcessIdentity } from '../../../process-identity.ts'
import type { Database } from './database.ts'

/** A living process that says nothing this long (it stands still, or computes) loses what it works on. */
export const leaseMs = 30_000

const owned = ['instances', 'activities', 'entities'] as const

/** Must be said well within the lease. False: this host was struck off, and goes on under another id. */
export const sayAlive = (database: Database, id: string, now: number): boolean =>
  database.run('UPDATE hosts SET alive_until = ? WHERE id = ?', now + leaseMs, id) === 1

/** SQL, of a host's id. One that was struck off must take nothing: if it died over it, nobody would free that. */
export const isEnlisted = 'EXISTS (SELECT 1 FROM hosts WHERE id = ?)'

export const enlist = (database: Database, id: string, now: number): void => {
  const process = JSON.stringify(thisProcess())
  database.run('INSERT INTO hosts (id, process, alive_until) VALUES (?, ?, ?)', id, process, now + leaseMs)
}

/** Frees what it has. */
export const strikeOff = (database: Database, id: string): void => {
  database.transaction(() => {
    database.run('DELETE FROM hosts WHERE id = ?', id)
    free(database, id)
  })
}

/** Frees what hosts had that were killed or stand still. */
export const strikeOffLost = (database: Database, now: number): void => {
  for (const host of database.all<Host>('SELECT * FROM hosts')) {
    if (host.alive_until >= now && isAlive(JSON.parse(host.process) as ProcessIdentity)) continue
    database.transaction(() => {
      // It may have spoken up meanwhile.
      const gone = database.run('DELETE FROM hosts WHERE id = ? AND alive_until = ?', host.id, host.alive_until)
      if (gone === 1) free(database, host.id)
    })
  }
}

interface Host {
  readonly id: string
  readonly process: string
  readonly alive_until: number
}

const free = (database: Database, id: string): void => {
  for (const table of owned) database.run(`UPDATE ${table} SET owner = NULL WHERE owner = ?`, id)
}
