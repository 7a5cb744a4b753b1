import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StatusAnswer } from '../../../../shared/contracts/api.ts'
import { ViewHistory } from '../../../../local/run/terminal/view.ts'
import { sampleView } from '../../../support/terminal-view.ts'

const [{ status }] = sampleView.streams as [(typeof sampleView.streams)[number]]
const after = (received: number): StatusAnswer => ({
  streams: { clickstream: { ...status, ledger: { ...status.ledger, received } } },
  instance: { startedAt: '', streams: {} },
})

test('rates are what was received between two readings, by the second', () => {
  const history = new ViewHistory(['clickstream', 'unknown'], 1_000)
  history.next({ status: after(100), rankings: [], at: 2_000 })
  history.next({ status: after(400), rankings: [], at: 3_000 })
  const view = history.next({ status: after(500), rankings: [], at: 5_000 })
  assert.deepEqual(
    view.streams.map(({ name, rates }) => [name, rates]),
    [['clickstream', [300, 50]]],
  )
  assert.equal(view.elapsedMs, 4_000)
})

test('while the host does not answer the last reading stays, and the next rate spans the gap', () => {
  const history = new ViewHistory(['clickstream'], 0)
  history.next({ status: after(100), rankings: [], at: 1_000 })
  const stale = history.next({ status: undefined, rankings: [], at: 2_000 })
  assert.deepEqual([stale.stale, stale.streams[0]?.status.ledger.received, stale.streams[0]?.rates], [true, 100, []])
  const view = history.next({ status: after(300), rankings: [], at: 3_000 })
  assert.deepEqual([view.stale, view.streams[0]?.rates], [false, [100]])
})
