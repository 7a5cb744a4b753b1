/** One line a second on what the hot path is doing. */
import type { InstanceMeasurements, LatencyMs, StatusAnswer } from '../../shared/contracts/api.ts'

/** What happened in a stream between two readings of the status, as one line. */
export const statusLine = (
  name: string,
  before: StatusAnswer | undefined,
  now: StatusAnswer,
  seconds: number,
): string => {
  const stream = now.streams[name]
  const measured = now.instance.streams[name]
  if (stream === undefined) return `${name}: no status`
  const { ledger } = stream
  return [
    `${name}  ${String(eventsPerSecond(name, before, now, seconds)).padStart(6)} events/s`,
    `accepted ${ledger.accepted}  duplicate ${ledger.duplicate}  late ${ledger.late}  filtered ${ledger.filtered}  dead ${ledger.dead}`,
    `lag ${stream.lag}`,
    measured === undefined
      ? ''
      : `${latency('committed', measured.latencyMs)}  ${latency('served', measured.servedMs)}`,
    measured === undefined || measured.events === 0 ? '' : `${ruPerEvent(measured)} RU/event`,
  ]
    .filter((part) => part !== '')
    .join('  |  ')
}

/** Received between two readings; 0 at the first. */
export const eventsPerSecond = (
  name: string,
  before: StatusAnswer | undefined,
  now: StatusAnswer,
  seconds: number,
): number => {
  const received = now.streams[name]?.ledger.received ?? 0
  return Math.max(0, Math.round((received - (before?.streams[name]?.ledger.received ?? received)) / seconds))
}

const latency = (name: string, measured: LatencyMs | null): string =>
  measured === null ? `${name} -` : `${name} p50 ${Math.round(measured.p50)} ms p99 ${Math.round(measured.p99)} ms`

export const ruPerEvent = ({ ingestRu, publishRu, events }: InstanceMeasurements): string =>
  ((ingestRu + publishRu) / events).toFixed(3)
