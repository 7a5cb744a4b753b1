import type { StreamStatus } from '../../shared/contracts/api.ts'
import { panels, type Ranking } from '../../local/run/terminal/panels.ts'
import type { StreamView, View } from '../../local/run/terminal/view.ts'

const status = (lags: readonly number[], counts: Partial<StreamStatus['ledger']> = {}): StreamStatus => {
  const none = { received: 0, accepted: 0, duplicate: 0, late: 0, filtered: 0, dead: 0, control: 0, lost: 0 }
  const ledger = { ...none, ...counts }
  return {
    definition: 'abc',
    heartbeats: 'timer',
    frontier: null,
    final: false,
    lag: lags.reduce((sum, lag) => sum + lag, 0),
    ledger,
    warnings: {},
    shards: lags.map((lag, i) => ({
      partition: String(i),
      firstSequence: 0,
      lastSequence: 0,
      hubLastSequence: lag,
      lag,
      watermark: null,
      openUntil: null,
      ledger,
    })),
  }
}

const clickstream: StreamView = {
  name: 'clickstream',
  status: status([12, 30, 5_000, 0], { accepted: 39_043, duplicate: 33, late: 186, filtered: 691, dead: 47 }),
  rates: Array.from({ length: 60 }, (_, i) => 1_500 + Math.round(500 * Math.sin(i / 4))),
  measured: {
    batches: 40,
    commits: 80,
    events: 40_000,
    latencyMs: { p50: 550.4, p95: 800, p99: 944.2, max: 1_000 },
    servedMs: { p50: 990, p95: 1_020, p99: 1_043, max: 1_100 },
    ingestRu: 4_800,
    publishRu: 120,
    publications: 10,
  },
}

const telemetry: StreamView = {
  name: 'telemetry',
  status: status([0, 0, 0, 0], { accepted: 800, lost: 2 }),
  rates: [200, 0, 190],
  measured: undefined,
}

export const pageNames = [
  '/products/espresso-machine',
  '/products/咖啡机/很长的名字/不适合这一列的名字',
  '/search?q=\u001B[2J\u001B[31mred\u0007',
  '/👩‍👩‍👧‍👦/familie/und/noch/viel/mehr/dahinter/damit/es/zu/lang/wird',
  '',
]

const rankings: readonly Ranking[] = [
  {
    panel: panels[0]!,
    window: '2026-11-25T12:33:00.000Z',
    rows: pageNames.map((name, i) => ({ name, values: [1_200 - i * 100, 301.5 - i, i === 4 ? undefined : 87.25] })),
  },
  {
    panel: panels[1]!,
    window: undefined,
    rows: Array.from({ length: 20 }, (_, i) => ({ name: `device-${i}`, values: [20 - i, 9.5 - i / 4, 71] })),
  },
]

export const sampleView: View = { elapsedMs: 83_400, stale: false, streams: [clickstream, telemetry], rankings }
export const sampleMessages = Array.from({ length: 30 }, (_, i) => `message ${i}: the host says something`)
