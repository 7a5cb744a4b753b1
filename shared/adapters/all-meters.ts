import type { Meter } from '../ports/meter.ts'

/** Every one of the meters hears everything. */
export const allMeters = (...meters: readonly Meter[]): Meter => ({
  batchEnded: (batch) => {
    for (const meter of meters) meter.batchEnded(batch)
  },
  committed: (commit) => {
    for (const meter of meters) meter.committed(commit)
  },
  changed: (change) => {
    for (const meter of meters) meter.changed(change)
  },
  published: (publication) => {
    for (const meter of meters) meter.published(publication)
  },
  stands: (standing) => {
    for (const meter of meters) meter.stands(standing)
  },
})
