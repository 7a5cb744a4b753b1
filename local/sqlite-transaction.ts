import type { DatabaseSync } from 'node:sqlite'

/** All or nothing: whatever `work` throws undoes everything it did. */
export const inTransaction = <T>(sqlite: DatabaseSync, work: () => T): T => {
  sqlite.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    sqlite.exec('COMMIT')
    return result
  } catch (error) {
    // A full disk may have ended the transaction already.
    if (sqlite.isTransaction) sqlite.exec('ROLLBACK')
    throw error
  }
}
