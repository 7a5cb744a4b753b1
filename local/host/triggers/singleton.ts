/** A lock that one of several hosts holds at a time: a lease on a blob, as the real host has for a timer. */
import { randomUUID } from 'node:crypto'
import type { BlobLeaseClient, BlockBlobClient, ContainerClient, RestError } from '@azure/storage-blob'
import { pause } from '../pause.ts'

export interface SingletonOptions {
  readonly container: ContainerClient
  readonly blobName: string
  /** Gives the lock up. */
  readonly ending: AbortSignal
  /** The storage cannot be reached; it is tried again. */
  readonly onTrouble: (error: unknown) => void
}

/** The shortest that a blob lease can be; the real host takes a minute. */
const leaseSeconds = 15
const renewMs = 5_000
const retryMs = 1_000
const releaseMs = 2_000

/** Does the work whenever this host has the lock, until it ends; `lost` aborts when another host has got it. */
export const whileHeld = async (
  options: SingletonOptions,
  work: (lost: AbortSignal) => Promise<void>,
): Promise<void> => {
  const { ending, onTrouble } = options
  while (!ending.aborted) {
    try {
      const lease = await acquire(options)
      if (lease !== undefined) await hold(lease, options, work)
    } catch (error) {
      if (!ending.aborted) onTrouble(error)
    }
    await pause(retryMs, ending)
  }
}

const hold = async (
  lease: BlobLeaseClient,
  { onTrouble }: SingletonOptions,
  work: (lost: AbortSignal) => Promise<void>,
): Promise<void> => {
  const lost = new AbortController()
  const renewing = setInterval(() => {
    lease.renewLease().catch((error: unknown) => {
      // While the storage is away nobody else can take the lock either: the work goes on.
      if (isConflict(error)) lost.abort()
      else onTrouble(error)
    })
  }, renewMs)
  try {
    await work(lost.signal)
  } finally {
    clearInterval(renewing)
    if (!lost.signal.aborted) await release(lease)
  }
}

/** Where the storage is away the lease runs out by itself. */
const release = async (lease: BlobLeaseClient): Promise<void> => {
  await lease.releaseLease({ abortSignal: AbortSignal.timeout(releaseMs) }).catch(() => undefined)
}

/** undefined: another host has it. */
const acquire = async ({ container, blobName }: SingletonOptions): Promise<BlobLeaseClient | undefined> => {
  const blob = container.getBlockBlobClient(blobName)
  const lease = blob.getBlobLeaseClient(randomUUID())
  try {
    await container.createIfNotExists()
    if (!(await blob.exists())) await blob.upload('', 0, { conditions: { ifNoneMatch: '*' } })
    await lease.acquireLease(leaseSeconds)
    await blob.setMetadata({ holder: String(process.pid) }, { conditions: { leaseId: lease.leaseId } })
    return lease
  } catch (error) {
    if (!isConflict(error)) throw error
    await breakOfDead(blob)
    return undefined
  }
}

/** All hosts are on this machine: that one was killed is known at once, not when its lease runs out. */
const breakOfDead = async (blob: BlockBlobClient): Promise<void> => {
  const { metadata, etag } = await blob.getProperties()
  const holder = Number(metadata?.['holder'])
  if (!Number.isInteger(holder) || isRunning(holder)) return
  // The tag: not the lease of one that has taken it over meanwhile.
  await blob
    .getBlobLeaseClient()
    .breakLease(0, { conditions: { ifMatch: etag! } })
    .catch((error: unknown) => {
      if (!isConflict(error)) throw error
    })
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const isConflict = (error: unknown): boolean => [409, 412].includes((error as RestError).statusCode ?? 0)
