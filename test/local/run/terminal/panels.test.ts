import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RollupAnswer, ServedGroup, ServedWindow } from '../../../../shared/contracts/api.ts'
import { panels, rank } from '../../../../local/run/terminal/panels.ts'

const answer = (windows: readonly ServedWindow[]): RollupAnswer => ({
  stream: 's',
  rollup: 'r',
  version: 1,
  everyMs: 60_000,
  stepMs: 60_000,
  windowMs: 60_000,
  asOf: null,
  final: false,
  from: '',
  to: '',
  next: null,
  frontier: null,
  windows,
})
const window = (start: string, groups: readonly ServedGroup[]): ServedWindow => ({
  start,
  end: '',
  asOf: '',
  final: false,
  approximate: false,
  totals: {},
  groups,
})
const device = (deviceId: string, faults: number, wildest: number | null): ServedGroup => ({
  key: { deviceId },
  metrics: { faults, wildest, hottest: 20 },
})

const [pages, devices] = panels

test('devices are ranked by faults, then by vibration, in the latest window', () => {
  const ranking = rank(devices!, [
    answer([window('12:00', [device('old', 9, 9)])]),
    answer([
      window('12:01', [
        device('calm', 1, null),
        device('faulty', 2, 1),
        device('__other__', 99, 99),
        device('wild', 1, 7),
      ]),
    ]),
  ])
  assert.equal(ranking.window, '12:01')
  assert.deepEqual(ranking.rows, [
    { name: 'faulty', values: [2, 1, 20] },
    { name: 'wild', values: [1, 7, 20] },
    { name: 'calm', values: [1, undefined, 20] },
  ])
})

test('pages show views, estimated visitors and the 95th percentile of load time', () => {
  const quantiles = { count: 2, min: 1, max: 9, p50: 4, p90: 7, p95: 8, p99: 9, relativeError: 0.01 }
  const metrics = { views: 5, visitors: { estimate: 3, standardError: 0 }, loadMs: quantiles }
  const ranking = rank(pages!, [answer([window('12:00', [{ key: { page: '/' }, metrics }])])])
  assert.deepEqual(ranking.rows, [{ name: '/', values: [5, 3, 8] }])
})

test('without a window there are no rows', () => {
  assert.deepEqual(rank(pages!, []), { panel: pages, window: undefined, rows: [] })
})
