/** When a shard may go on to newer reference data: at a minute of the hub's time, never in the middle of one. */
import type { RawEvent } from '../contracts/raw-event.ts'
import type { ReferenceVersions } from '../contracts/reference-documents.ts'
import { beginsMinute } from './mark.ts'
import type { Shard } from './shard.ts'

/** The versions to go on with from this event on; undefined where the shard's own stay. */
export const newerReference = (
  shard: Shard,
  raw: RawEvent,
  newest: ReferenceVersions,
): ReferenceVersions | undefined => {
  const isNewer = ([kind, version]: [string, number]): boolean => version > (shard.reference[kind] ?? 0)
  const newer = Object.entries(newest).filter(isNewer)
  if (newer.length === 0 || !beginsMinute(shard, raw)) return undefined
  return { ...shard.reference, ...Object.fromEntries(newer) }
}
