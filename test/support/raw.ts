import type { RawEvent } from '../../shared/contracts/raw-event.ts'

export const noon = Date.UTC(2026, 0, 1, 12, 0, 0)

/** A reading of the test stream as the hub would hold it; `at` is in ms around noon, for occurrence and arrival alike. */
export const reading = (
  id: string,
  at: number,
  more: { readonly arrivesAt?: number; readonly fields?: Readonly<Record<string, unknown>> } = {},
): Omit<RawEvent, 'sequence'> => ({
  enqueuedAt: noon + (more.arrivesAt ?? at),
  properties: {},
  body: Buffer.from(JSON.stringify({ source: 's1', id, time: new Date(noon + at).toISOString(), ...more.fields })),
})
