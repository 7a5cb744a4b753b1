/**
 * Leases of blobs and containers, as states and what leads from one to another ("Lease Blob", Azure Storage REST reference):
 *
 *     available ── acquire ──> leased ── time is up ──> expired
 *                                │ break
 *                                └──> breaking ── time is up ──> broken
 *
 * Release makes any of them available, and so does a write once nobody holds the lease; acquire works then, too.
 */
import { LakeError } from './errors.ts'

export interface Lease {
  readonly id: string
  /** Seconds; -1: until it is released or broken. */
  readonly duration: number
  /** Epoch milliseconds; null: never. */
  readonly expiresAt: number | null
  /** Set once it was broken. */
  readonly breaksAt: number | null
}

export type LeaseState = 'available' | 'leased' | 'expired' | 'breaking' | 'broken'

/** What is leased, as error codes name it. */
export type Leased = 'Blob' | 'Container'

export const leaseState = (lease: Lease | undefined, now: number): LeaseState => {
  if (lease === undefined) return 'available'
  if (lease.breaksAt !== null) return now < lease.breaksAt ? 'breaking' : 'broken'
  return lease.expiresAt !== null && now >= lease.expiresAt ? 'expired' : 'leased'
}

export const isHeld = (lease: Lease | undefined, now: number): lease is Lease =>
  ['leased', 'breaking'].includes(leaseState(lease, now))

/** One that has ended is gone with the first write: its holder must not take it up again as if nothing had happened. */
export const leaseAfterWrite = (lease: Lease | undefined, now: number): Lease | undefined =>
  isHeld(lease, now) ? lease : undefined

/** Of a write: 412 where the lease is held and the request does not name it, or names one that is not held. */
export const requireLease = (lease: Lease | undefined, given: string | undefined, now: number, of: Leased): void => {
  if (isHeld(lease, now) && given === undefined) {
    throw new LakeError(
      412,
      'LeaseIdMissing',
      `There is currently a lease on the ${of.toLowerCase()} and no lease ID was specified in the request.`,
    )
  }
  requireGivenLease(lease, given, now, of)
}

/** Of a read, which needs no lease: 412 where it names one all the same and that one is not held. */
export const requireGivenLease = (
  lease: Lease | undefined,
  given: string | undefined,
  now: number,
  of: Leased,
): void => {
  if (given === undefined) return
  if (!isHeld(lease, now)) {
    throw new LakeError(
      412,
      `LeaseNotPresentWith${of}Operation`,
      `There is currently no lease on the ${of.toLowerCase()}.`,
    )
  }
  if (lease.id !== given) {
    throw new LakeError(
      412,
      `LeaseIdMismatchWith${of}Operation`,
      `The lease ID specified did not match the lease ID for the ${of.toLowerCase()}.`,
    )
  }
}

export const acquire = (lease: Lease | undefined, id: string, duration: number, now: number): Lease => {
  const state = leaseState(lease, now)
  if (state === 'breaking' && lease?.id === id) {
    throw conflict(
      'LeaseIsBreakingAndCannotBeAcquired',
      'The lease ID matched, but the lease is currently in breaking state and cannot be acquired until it is broken.',
    )
  }
  if (isHeld(lease, now) && lease.id !== id) throw conflict('LeaseAlreadyPresent', 'There is already a lease present.')
  return { id, duration, expiresAt: endOf(duration, now), breaksAt: null }
}

export const renew = (lease: Lease | undefined, id: string, now: number): Lease => {
  const held = requireId(lease, id)
  if (held.breaksAt !== null) {
    throw conflict(
      'LeaseIsBrokenAndCannotBeRenewed',
      'The lease ID matched, but the lease has been broken explicitly and cannot be renewed.',
    )
  }
  return { ...held, expiresAt: endOf(held.duration, now) }
}

/** A request that was answered and is sent again names the new id, which is the lease's by now. */
export const change = (lease: Lease | undefined, id: string, newId: string, now: number): Lease => {
  if (lease === undefined || !isHeld(lease, now)) throw notPresent()
  if (lease.id !== id && lease.id !== newId) throw mismatch()
  if (lease.breaksAt !== null) {
    throw conflict(
      'LeaseIsBreakingAndCannotBeChanged',
      'The lease ID matched, but the lease is currently in breaking state and cannot be changed.',
    )
  }
  return { ...lease, id: newId }
}

export const release = (lease: Lease | undefined, id: string): undefined => {
  requireId(lease, id)
  return undefined
}

/** `period` in seconds; undefined: what is left of the lease, and nothing of one without an end. A period never lengthens. */
export const breakLease = (lease: Lease | undefined, period: number | undefined, now: number): Lease => {
  if (lease === undefined) throw notPresent()
  if (['expired', 'broken'].includes(leaseState(lease, now))) return { ...lease, breaksAt: lease.breaksAt ?? now }
  const end = lease.breaksAt ?? lease.expiresAt
  const wanted = period === undefined ? undefined : now + period * 1000
  return { ...lease, breaksAt: Math.min(end ?? wanted ?? now, wanted ?? end ?? now) }
}

const endOf = (duration: number, now: number): number | null => (duration === -1 ? null : now + duration * 1000)

const requireId = (lease: Lease | undefined, id: string): Lease => {
  if (lease?.id !== id) throw mismatch()
  return lease
}

const conflict = (code: string, message: string): LakeError => new LakeError(409, code, message)

const mismatch = (): LakeError =>
  conflict(
    'LeaseIdMismatchWithLeaseOperation',
    'The lease ID specified did not match the lease ID for the blob or container.',
  )

const notPresent = (): LakeError =>
  conflict('LeaseNotPresentWithLeaseOperation', 'There is currently no lease on the blob or container.')
