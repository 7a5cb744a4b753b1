/** One line a second on what the hot path is doing. */
import type { InstanceMeasurements, LatencyMs, StatusAnswer, StreamStatus } from '../../shared/contracts/api.ts'

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
  const rate = (count: (status: StreamStatus) => number): number =>
    Math.max(
      0,
      Math.round((count(stream) - (before?.streams[name] ? count(before.streams[name]) : count(stream))) / seconds),
    )
  const { ledger } = stream
  return [
    `${name}  ${String(rate((s) => s.ledger.received)).padStart(6)} events/s`,
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

const latency = (name: string, measured: LatencyMs | null): string =>
  measured === null ? `${name} -` : `${name} p50 ${Math.round(measured.p50)} ms p99 ${Math.round(measured.p99)} ms`

const ruPerEvent = ({ ingestRu, publishRu, events }: InstanceMeasurements): string =>
  ((ingestRu + publishRu) / events).toFixed(3)
