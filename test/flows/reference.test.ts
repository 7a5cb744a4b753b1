/** Reference data from the version that somebody publishes to the events that are enriched by it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from '@sinclair/typebox'
import { memoryFacts } from '../../shared/adapters/memory/ip-country.ts'
import type { Fault } from '../../shared/adapters/memory/faults.ts'
import { compileStream } from '../../shared/core/stream/compile.ts'
import { defineStream } from '../../shared/core/stream/define-stream.ts'
import { count } from '../../shared/core/stream/metrics.ts'
import { lookUp, unknownFact } from '../../shared/core/enrich/look-up.ts'
import { cutIntoParts } from '../../shared/core/reference-records.ts'
import { decodeGroups } from '../../shared/core/group-codec.ts'
import { RetryableError, TerminalError } from '../../shared/errors.ts'
import { FactsCache } from '../../shared/flows/facts-cache.ts'
import { ingestBatch } from '../../shared/flows/ingest-batch.ts'
import { publishReference } from '../../shared/flows/publish-reference.ts'
import { ShardCache } from '../../shared/flows/shard-cache.ts'
import { fill, ingestWorld } from '../support/ingest-world.ts'
import { reading } from '../support/raw.ts'

const stream = compileStream(
  defineStream({
    name: 'readings',
    hub: { partitions: 1 },
    event: Type.Object({ source: Type.String(), id: Type.String(), time: Type.String() }),
    identity: { source: 'source', id: 'id' },
    time: { occurredAt: 'time', lateness: '10s' },
    deduplicate: { horizon: '1m' },
    enrich: [lookUp('source', { kind: 'devices', adds: ['site'] })],
    rollups: { sites: { every: '1h', by: ['site'], maxGroups: 9, keep: '1d', metrics: { events: count() } } },
  }),
)

type World = ReturnType<typeof ingestWorld>
const publish = (world: World, site: string) => publishReference(world, 'devices', [{ id: 's1', site }])
/** One reading each 20 s, from the first second of a minute on. */
const readings = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => reading(String(from + i), (from + i) * 20_000))

const sites = (world: World): Record<string, number> => {
  const slabs = world.documents('0').filter((document) => document.kind === 'slab')
  return Object.fromEntries(
    slabs.flatMap(({ data }) =>
      decodeGroups(stream.rollups[0]!, data).map(({ key, metrics }) => [key, metrics[0]!.serve() as number]),
    ),
  )
}

test('events are enriched by the version that progress names, and a newer one counts from the next minute on', async () => {
  const world = ingestWorld({ stream })
  await publish(world, 'Bern')
  const { ingest } = world.instance()
  const events = fill(world, '0', readings(0, 9))
  await ingest('0', events.slice(0, 2))
  assert.equal((await publish(world, 'Basel')).version.version, 2)
  world.clock.advance(60_000)
  await ingest('0', events)
  assert.deepEqual(sites(world), { Bern: 3, Basel: 6 })
  assert.deepEqual(world.contents('0').progress?.reference, { devices: 2 })
})

test('another instance goes on with the version that progress names, although it knows a newer one', async () => {
  const world = ingestWorld({ stream })
  await publish(world, 'Bern')
  const events = fill(world, '0', readings(0, 3))
  await world.instance().ingest('0', events.slice(0, 1))
  await publish(world, 'Basel')
  world.clock.advance(60_000)
  await world.instance().ingest('0', events)
  assert.deepEqual(sites(world), { Bern: 3 })
})

test('without reference data the fields say so', async () => {
  const world = ingestWorld({ stream })
  await world.instance().ingest('0', fill(world, '0', readings(0, 2)))
  assert.deepEqual(sites(world), { [unknownFact]: 2 })
  assert.deepEqual(world.contents('0').progress?.reference, { devices: 0 })
})

test('a version that is gone stops the shard instead of counting without it', async () => {
  const world = ingestWorld({ stream })
  await publish(world, 'Bern')
  const events = fill(world, '0', readings(0, 2))
  await world.instance().ingest('0', events.slice(0, 1))
  world.reference.load = () => Promise.reject(new TerminalError('gone'))
  const facts = new FactsCache(world.reference, world.clock, Promise.resolve(memoryFacts({})))
  const elsewhere = ingestBatch({ ...world, facts, cache: new ShardCache() }, world.setting)
  await assert.rejects(elsewhere('0', events), TerminalError)
  assert.deepEqual(sites(world), { Bern: 1 })
})

test('publishing what is published already makes no version', async () => {
  const world = ingestWorld({ stream })
  assert.equal((await publish(world, 'Bern')).changed, true)
  const again = await publish(world, 'Bern')
  assert.deepEqual([again.changed, again.version.version], [false, 1])
})

test('a failure at any write leaves the version before in place, and trying again makes one version', async () => {
  for (const operation of ['reference.putPart', 'reference.createVersion']) {
    for (const fault of ['before', 'after'] as const) {
      let due: Fault = 'fine'
      const world = ingestWorld({
        stream,
        faults: (called) => {
          if (called !== operation) return 'fine'
          const now = due
          due = 'fine'
          return now
        },
      })
      await publish(world, 'Bern')
      due = fault
      await assert.rejects(publish(world, 'Basel'), RetryableError)
      const { version } = await publish(world, 'Basel')
      assert.equal(version.version, 2)
      assert.equal((await world.reference.load('devices', 1)).get('s1')?.['site'], 'Bern')
      assert.equal((await world.reference.load('devices', 2)).get('s1')?.['site'], 'Basel')
    }
  }
})

test('parts fit into documents and hold every record once', () => {
  const records = Array.from({ length: 5_000 }, (_, i) => ({ id: `d${i}`, note: 'x'.repeat(i % 700) }))
  const parts = cutIntoParts(records)
  assert.ok(parts.length > 2)
  assert.deepEqual(parts.flat(), records)
  for (const part of parts) assert.ok(JSON.stringify(part).length <= 512 * 1_024)
})
