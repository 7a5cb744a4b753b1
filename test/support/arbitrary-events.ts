/** Random but reproducible contents of a partition: all that producers do, the bad things included. */
import fc from 'fast-check'
import { controlProperty, heartbeatValue } from '../../shared/contracts/heartbeat.ts'
import type { RawEvent } from '../../shared/contracts/raw-event.ts'

const start = Date.UTC(2026, 0, 1, 12, 0, 0)

/** Seconds of hub time between two events, and what the second one is. */
const arrival = fc.tuple(
  fc.nat({ max: 4_000 }),
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        kind: fc.constant('event' as const),
        id: fc.nat(12),
        source: fc.nat(3),
        back: fc.nat({ max: 25_000 }),
        value: fc.integer({ min: -50, max: 50 }),
        room: fc.nat(6),
        ahead: fc.option(fc.nat({ max: 60_000 }), { nil: 0, freq: 9 }),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'skip' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'malformed' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'schema' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'heartbeat' as const }) },
  ),
)

/** What the events of one partition look like before the hub numbers them. */
export const partitionContents = (maxLength: number): fc.Arbitrary<Omit<RawEvent, 'sequence'>[]> =>
  fc.array(arrival, { maxLength, size: 'max' }).map((arrivals) => {
    let enqueuedAt = start
    return arrivals.map(([wait, what], i) => {
      enqueuedAt += wait
      const base = { enqueuedAt, properties: {} }
      if (what.kind === 'heartbeat')
        return { ...base, body: Buffer.from('{}'), properties: { [controlProperty]: heartbeatValue } }
      if (what.kind === 'malformed') return { ...base, body: Buffer.from('{"source":') }
      if (what.kind === 'schema') return { ...base, body: Buffer.from('{"source":"s1","id":7}') }
      const time = new Date(enqueuedAt - ('back' in what ? what.back : 0)).toISOString()
      if (what.kind === 'skip') return { ...base, body: json({ source: 's9', id: `skip-${i}`, time, skip: true }) }
      const sent = what.ahead === 0 ? {} : { sentAt: new Date(enqueuedAt + what.ahead).toISOString() }
      return {
        ...base,
        body: json({
          source: `s${what.source}`,
          id: String(what.id),
          time,
          value: what.value,
          room: `r${what.room}`,
          ...sent,
        }),
      }
    })
  })

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))
