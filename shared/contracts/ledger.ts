/** What became of one event: exactly one of these. `control` is a heartbeat. */
export type Outcome = 'accepted' | 'duplicate' | 'late' | 'filtered' | 'dead' | 'control'

/** How many events a shard received and what became of each. `lost` were never received: no source holds them any more. */
export interface Ledger {
  received: number
  accepted: number
  duplicate: number
  late: number
  filtered: number
  dead: number
  control: number
  lost: number
}

export const emptyLedger = (): Ledger => ({
  received: 0,
  accepted: 0,
  duplicate: 0,
  late: 0,
  filtered: 0,
  dead: 0,
  control: 0,
  lost: 0,
})
