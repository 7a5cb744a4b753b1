/** Makes a new version of reference data: parts first, then the document that makes the version exist. */
import {
  referenceSchemaVersion,
  type ReferenceRecord,
  type ReferenceVersionDocument,
} from '../contracts/reference-documents.ts'
import { cutIntoParts, referenceHash } from '../core/reference-records.ts'
import { formatInstant } from '../core/time.ts'
import { RetryableError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Reference } from '../ports/reference.ts'

const mostAttempts = 5

export interface PublishedReference {
  readonly version: ReferenceVersionDocument
  /** false: the newest version held exactly these records already. */
  readonly changed: boolean
}

export const publishReference = async (
  { reference, clock }: { readonly reference: Reference; readonly clock: Clock },
  kind: string,
  records: readonly ReferenceRecord[],
): Promise<PublishedReference> => {
  const hash = referenceHash(records)
  const parts = cutIntoParts(records)
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const newest = await reference.newest(kind)
    if (newest?.hash === hash) return { version: newest, changed: false }
    for (const [i, items] of parts.entries()) await reference.putPart(kind, hash, i, items)
    const number = (newest?.version ?? 0) + 1
    const version: ReferenceVersionDocument = {
      id: `v${number}`,
      kind,
      schemaVersion: referenceSchemaVersion,
      version: number,
      hash,
      parts: parts.length,
      records: records.length,
      publishedAt: formatInstant(clock.now()),
    }
    if ((await reference.createVersion(version)) === 'created') return { version, changed: true }
  }
  throw new RetryableError(`Others kept publishing ${kind} at the same time; nothing of this was published.`)
}
