/** Activities that are to run: taken by one host, and gone once their result is delivered. */
import type { Happening } from '../protocol.ts'
import type { Database } from './database.ts'
import { isEnlisted } from './hosts.ts'
import { deliverResult } from './messages.ts'

export interface ActivityClaim {
  readonly owner: string
  readonly number: number
  readonly instance: string
  readonly execution: string
  readonly id: number
  readonly name: string
  /** JSON text. */
  readonly input: string | null
}

/** Takes the oldest one that is free. */
export const claimActivity = (database: Database, owner: string): ActivityClaim | undefined => {
  const free = 'SELECT number FROM activities WHERE owner IS NULL ORDER BY number LIMIT 1'
  if (database.get(free) === undefined) return undefined
  const take = `UPDATE activities SET owner = ? WHERE number = (${free}) AND ${isEnlisted} RETURNING *`
  return database.get<ActivityClaim>(take, owner, owner)
}

/** False, and nothing written: the activity is no longer this host's. */
export const commitActivity = (
  database: Database,
  { owner, number, instance, execution }: ActivityClaim,
  result: Happening,
  now: number,
): boolean =>
  database.transaction(() => {
    const removed = database.run('DELETE FROM activities WHERE number = ? AND owner = ?', number, owner)
    if (removed === 0) return false
    deliverResult(database, { instance, execution }, result, now)
    return true
  })
