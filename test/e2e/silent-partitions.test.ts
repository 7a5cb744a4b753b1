import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateEvents } from '../../local/feed/generator.ts'
import { shopVisitors } from '../../local/feed/shop-visitors.ts'
import { sendFeed } from '../../local/feed/sender.ts'
import { verifyStream } from '../../local/run/verify.ts'
import { startMillrace, untilStatus } from '../support/millrace.ts'

test(
  'with one partition never used and one fallen silent, all windows become final and equal the oracle',
  { timeout: 120_000 },
  async (t) => {
    const millrace = await startMillrace(t, { MILLRACE_HEARTBEATS: 'feed' })
    const [clickstream] = millrace.manifest
    const startedAt = Date.now()
    const items = generateEvents(shopVisitors(), {
      seed: 11,
      rate: 500,
      durationMs: 30_000,
      startedAt,
      partitions: 4,
      runId: 'silent',
      unusedPartitions: [3],
      silentFrom: { 1: 6_000 },
      ownHeartbeats: true,
    })
    const sent = await sendFeed({
      connectionString: millrace.eventHubs,
      hub: 'clickstream',
      items,
      speed: 'full',
      alreadySent: new Set(),
      signal: new AbortController().signal,
    })
    const status = await untilStatus(
      millrace.url,
      ({ streams }) => streams['clickstream']!.lag === 0 && streams['clickstream']!.final,
    )
    const stream = status.streams['clickstream']!
    assert.equal(stream.shards[3]!.ledger.received, stream.shards[3]!.ledger.control)
    assert.ok(stream.shards[3]!.ledger.control > 0)
    assert.ok(
      stream.shards[1]!.ledger.accepted > 0 &&
        stream.shards[1]!.ledger.accepted < stream.shards[0]!.ledger.accepted / 2,
    )
    const verification = await verifyStream(millrace, clickstream!, stream, false, {}, { items: sent, readings: [] })
    assert.deepEqual(verification.mismatches, [])
    assert.ok(verification.windowsCompared > 3)
  },
)
