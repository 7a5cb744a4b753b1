import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allMeters } from '../../shared/adapters/all-meters.ts'
import { measureLag } from '../../shared/flows/measure-lag.ts'
import { ingestBatch } from '../../shared/flows/ingest-batch.ts'
import { publishChanges } from '../../shared/flows/publish-changes.ts'
import { ShardCache } from '../../shared/flows/shard-cache.ts'
import type { Meter } from '../../shared/ports/meter.ts'
import { fill, ingestWorld } from '../support/ingest-world.ts'
import { noon, reading } from '../support/raw.ts'

/** What the flows tell the meter, beside what the recorder of the world makes of it. */
const meteredWorld = (options: Parameters<typeof ingestWorld>[0] = {}) => {
  const world = ingestWorld(options)
  const told: { [K in keyof Meter]: Parameters<Meter[K]>[0][] } = {
    batchEnded: [],
    committed: [],
    changed: [],
    published: [],
    stands: [],
  }
  const listener: Meter = {
    batchEnded: (batch) => told.batchEnded.push(batch),
    committed: (commit) => told.committed.push(commit),
    changed: (change) => told.changed.push(change),
    published: (publication) => told.published.push(publication),
    stands: (standing) => told.stands.push(standing),
  }
  const ports = { ...world, cache: new ShardCache(), meter: allMeters(world.meter, listener) }
  return {
    world,
    told,
    ingest: ingestBatch(ports, world.setting),
    publish: publishChanges({ ...world.publishing, meter: ports.meter }, world.setting),
    measure: measureLag(ports, world.setting),
  }
}

test('every event of a commit is told with its outcome, the dead ones with step and reason', async () => {
  const { world, told, ingest } = meteredWorld()
  const broken = { body: Buffer.from('{'), enqueuedAt: noon + 3_000, properties: {} }
  const contents = [reading('a', 0), reading('b', 1_000), reading('a', 2_000), broken]
  await ingest('0', fill(world, '0', contents))
  assert.deepEqual(
    told.committed.map(({ outcomes, dead, lost }) => [outcomes, dead.map(({ step, reason }) => [step, reason]), lost]),
    [[{ accepted: 2, duplicate: 1, late: 0, filtered: 0, dead: 1, control: 0 }, [['decode', 'malformed']], 0]],
  )
})

test('what is lost is told by the commit that records it', async () => {
  const { world, told, ingest } = meteredWorld()
  const events = fill(
    world,
    '0',
    Array.from({ length: 10 }, (_, i) => reading(String(i), i * 10)),
  )
  await ingest('0', events.slice(0, 2))
  world.hub.trim('0', 6)
  await ingest('0', events.slice(8))
  assert.deepEqual(
    told.committed.map(({ enqueuedAt, lost }) => [enqueuedAt.length, lost]).filter(([, lost]) => lost !== 0),
    [[0, 4]],
  )
})

test('a batch is told once it has ended, with its trace, and as failed where it throws', async () => {
  let broken = false
  const { world, told, ingest } = meteredWorld({ faults: () => (broken ? 'before' : 'fine') })
  const events = fill(world, '0', [reading('a', 0), reading('b', 10)])
  await ingest('0', events.slice(0, 1), 'the trace')
  broken = true
  await assert.rejects(ingest('0', events.slice(1)))
  assert.deepEqual(
    told.batchEnded.map(({ partition, failed, events: { length }, traceParent }) => [
      partition,
      failed,
      length,
      traceParent,
    ]),
    [
      ['0', false, 1, 'the trace'],
      ['0', true, 1, undefined],
    ],
  )
  assert.equal(world.meter.read()['readings']?.batches, 2)
})

test('a window that the change feed shows is told with the time of its commit, before it is published', async () => {
  const { world, told, ingest, publish } = meteredWorld()
  await ingest('1', fill(world, '1', [reading('a', 0)]))
  await publish(world.documents('1').map((document) => ({ ...document, _ts: 1_700_000_000 })))
  const changed = told.changed.map(({ window, partition, sequence, committedAt }) => [
    window,
    partition,
    sequence,
    committedAt,
  ])
  assert.deepEqual(changed.sort(), [
    [`rooms@1:${noon}`, '1', 0, 1_700_000_000_000],
    [`total@1:${noon}`, '1', 0, 1_700_000_000_000],
  ])
  assert.deepEqual(told.published.map(({ window }) => window).sort(), [`rooms@1:${noon}`, `total@1:${noon}`])
})

test('lag is measured by shard, also where nothing was committed yet', async () => {
  const { world, told, ingest, measure } = meteredWorld()
  const events = fill(world, '0', [reading('a', 0), reading('b', 10), reading('c', 20)])
  fill(world, '2', [reading('d', 0)])
  await ingest('0', events.slice(0, 1))
  await measure()
  assert.deepEqual(
    told.stands.map(({ stream, shards, frontierAgeMs }) => [stream, shards.map(({ lag }) => lag), frontierAgeMs]),
    [['readings', [2, 0, 1], undefined]],
  )
})
