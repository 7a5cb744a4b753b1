import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Fault } from '../../shared/adapters/memory/faults.ts'
import { InvariantError, RetryableError, TerminalError } from '../../shared/errors.ts'
import { compileStream } from '../../shared/core/stream/compile.ts'
import { fill, ingestWorld } from '../support/ingest-world.ts'
import { reading } from '../support/raw.ts'
import { testDefinition, testStream } from '../support/test-stream.ts'

const readings = (count: number) => Array.from({ length: count }, (_, i) => reading(String(i), i * 10))

test('one malformed event among good ones is one dead letter, and the rest goes on', async () => {
  const world = ingestWorld()
  const contents = readings(99)
  contents.splice(40, 0, {
    body: Buffer.from('{"source":'),
    enqueuedAt: contents[40]!.enqueuedAt,
    properties: { shift: 'night' },
  })
  await world.instance().ingest('0', fill(world, '0', contents))
  const { progress, letters } = world.contents('0')
  assert.deepEqual(progress?.ledger, {
    received: 100,
    accepted: 99,
    duplicate: 0,
    late: 0,
    filtered: 0,
    dead: 1,
    control: 0,
    lost: 0,
  })
  assert.equal(letters.length, 1)
  assert.deepEqual(
    [letters[0]?.sequence, letters[0]?.properties, letters[0]?.body],
    [40, { shift: 'night' }, Buffer.from('{"source":').toString('base64')],
  )
})

test('a shard begins at the first event that the hub still holds', async () => {
  const world = ingestWorld()
  const events = fill(world, '0', readings(20))
  world.hub.trim('0', 5)
  await world.instance().ingest('0', events.slice(12))
  const { progress } = world.contents('0')
  assert.deepEqual(
    [progress?.firstSequence, progress?.lastSequence, progress?.ledger.received, progress?.ledger.lost],
    [5, 19, 15, 0],
  )
})

//  sequences  0 … 9 | 10 ……… 29 | 30 … 39
//             done    skipped      delivered     the hub begins at 18: 10 … 17 are gone, 18 … 29 are read
test('a hole is read from the hub, and only what neither it nor a capture holds is lost', async () => {
  const world = ingestWorld()
  const events = fill(world, '0', readings(40))
  const { ingest } = world.instance()
  await ingest('0', events.slice(0, 10))
  world.hub.trim('0', 18)
  await ingest('0', events.slice(30))
  const { progress } = world.contents('0')
  assert.equal(progress?.lastSequence, 39)
  assert.deepEqual([progress?.ledger.received, progress?.ledger.lost, progress?.ledger.accepted], [32, 8, 32])
  assert.equal(
    world.log.lines.filter(({ level, message }) => level === 'alert' && message.includes('10 to 17 are lost')).length,
    1,
  )
})

test('what the hub no longer holds is read from capture, as if the hub still had it', async () => {
  const whole = ingestWorld()
  await whole.instance().ingest('0', fill(whole, '0', readings(40)))
  const world = ingestWorld()
  const events = fill(world, '0', readings(40))
  const { ingest } = world.instance()
  await ingest('0', events.slice(0, 10))
  world.capture.put('0', events[0]!.enqueuedAt, events.slice(0, 12))
  world.capture.put('0', events[12]!.enqueuedAt, events.slice(12, 20))
  world.hub.trim('0', 18)
  await ingest('0', events.slice(30))
  assert.deepEqual(world.contents('0'), whole.contents('0'))
})

test('of what the hub no longer holds, what is missing in the capture too is lost, and the rest counts', async () => {
  const world = ingestWorld()
  const events = fill(world, '0', readings(40))
  const { ingest } = world.instance()
  await ingest('0', events.slice(0, 10))
  world.capture.put('0', events[13]!.enqueuedAt, events.slice(13, 16))
  world.hub.trim('0', 18)
  await ingest('0', events.slice(30))
  const { ledger } = world.contents('0').progress!
  assert.deepEqual([ledger.received, ledger.lost], [35, 5])
})

test('a hole that the hub still holds changes nothing in the end', async () => {
  const whole = ingestWorld()
  await whole.instance().ingest('0', fill(whole, '0', readings(40)))
  const holed = ingestWorld()
  const events = fill(holed, '0', readings(40))
  await holed.instance().ingest('0', events.slice(0, 5))
  await holed.instance().ingest('0', events.slice(25, 30))
  await holed.instance().ingest('0', events.slice(39))
  assert.deepEqual(holed.contents('0'), whole.contents('0'))
})

//  sequences  0 … 9 | 10 … 17 | 18 ……… 29 | 30 … 39
//             done    left out  delivered    the hub goes on saying that it begins at 0
test('what a hub leaves out against its own word counts as lost after several looks', async () => {
  const world = ingestWorld()
  const events = fill(world, '0', readings(40))
  const { ingest } = world.instance()
  await ingest('0', events.slice(0, 10))
  world.hub.trim('0', 18)
  const { partition } = world.hub
  world.hub.partition = async (id) => ({ ...(await partition(id)), beginningSequence: 0 })
  const before = world.clock.now()
  await ingest('0', events.slice(30))
  const { progress } = world.contents('0')
  assert.deepEqual([progress?.lastSequence, progress?.ledger.accepted, progress?.ledger.lost], [39, 32, 8])
  assert.ok(world.clock.now() - before >= 15_000, 'a hub that is slow to show them gets time')
})

test('a hub that shows the end of a hole late loses nothing', async () => {
  const world = ingestWorld()
  const events = fill(world, '0', readings(40))
  const { ingest } = world.instance()
  await ingest('0', events.slice(0, 10))
  const read = world.hub.read.bind(world.hub)
  let looks = 0
  world.hub.read = async function* (partition, from, to) {
    looks += 1
    for await (const page of read(partition, from, to)) {
      const shown = looks > 2 ? page : page.filter(({ sequence }) => sequence > 14)
      if (shown.length > 0) yield shown
    }
  }
  await ingest('0', events.slice(30))
  const { progress } = world.contents('0')
  assert.deepEqual([progress?.ledger.accepted, progress?.ledger.lost], [40, 0])
})

test('a hole of which the hub shows nothing at all counts as lost after several looks', async () => {
  const world = ingestWorld()
  const events = fill(world, '0', readings(40))
  const { ingest } = world.instance()
  await ingest('0', events.slice(0, 10))
  world.hub.read = async function* () {
    // Compacted away: the next event that there is comes after the hole.
  }
  await ingest('0', events.slice(30))
  const { progress } = world.contents('0')
  assert.deepEqual([progress?.ledger.accepted, progress?.ledger.lost], [20, 20])
})

test('a recreated hub stops ingest before anything is skipped', async () => {
  const world = ingestWorld()
  const instance = world.instance()
  await instance.ingest('0', fill(world, '0', readings(10)))
  const before = world.contents('0')
  world.hub.recreate('2026-02-02T00:00:00.000Z')
  const fresh = fill(world, '0', readings(5))
  // Its sequences begin at 0 again: skipped as done, they would be gone without a word.
  await assert.rejects(
    instance.ingest('0', fresh),
    (error: unknown) => error instanceof TerminalError && error.message.includes('--reset'),
  )
  await assert.rejects(world.instance().ingest('0', fresh), TerminalError)
  assert.deepEqual(world.contents('0'), before)
})

test('a recreated hub is noticed within a minute by an instance that skips nothing', async () => {
  const world = ingestWorld()
  const instance = world.instance()
  await instance.ingest('0', fill(world, '0', readings(3)))
  world.hub.recreate('2026-02-02T00:00:00.000Z')
  world.clock.advance(60_000)
  const [, , , fourth] = fill(world, '0', readings(4))
  await assert.rejects(instance.ingest('0', [fourth!]), /was created on 2026-02-02/)
})

test('a changed definition refuses to go on, naming --reset', async () => {
  const world = ingestWorld()
  await world.instance().ingest('0', fill(world, '0', readings(3)))
  const changed = ingestWorld({ stream: compileStream(testDefinition, { keepAll: true }) })
  const { ingestBatch } = await import('../../shared/flows/ingest-batch.ts')
  const { ShardCache } = await import('../../shared/flows/shard-cache.ts')
  const ports = { ...world, cache: new ShardCache() }
  await assert.rejects(
    ingestBatch(ports, changed.setting)('0', [{ ...reading('x', 0), sequence: 3 }]),
    (error: unknown) => error instanceof TerminalError && /definition .* --reset/s.test(error.message),
  )
})

test('another heartbeat setting than the state was made with refuses to go on', async () => {
  const world = ingestWorld()
  await world.instance().ingest('0', fill(world, '0', readings(3)))
  const { ingestBatch } = await import('../../shared/flows/ingest-batch.ts')
  const { ShardCache } = await import('../../shared/flows/shard-cache.ts')
  const ports = { ...world, cache: new ShardCache() }
  await assert.rejects(
    ingestBatch(ports, { ...world.setting, heartbeats: 'feed' })('0', [{ ...reading('x', 0), sequence: 3 }]),
    /MILLRACE_HEARTBEATS/,
  )
})

test('an owner that lost the race loads anew and goes on after what is done', async () => {
  const world = ingestWorld()
  const events = fill(world, '0', readings(30))
  const [slow, fast] = [world.instance(), world.instance()]
  await slow.ingest('0', events.slice(0, 10))
  await fast.ingest('0', events.slice(0, 20))
  // What slow remembers stands at 9; the store at 19.
  await slow.ingest('0', events.slice(10, 30))
  assert.equal(world.contents('0').progress?.ledger.accepted, 30)
})

test('a chunk that the store refuses as too large is halved until it fits', async () => {
  const roomy = ingestWorld()
  await roomy.instance().ingest('0', fill(roomy, '0', readings(400)))
  const tight = ingestWorld({ maxBytes: 4_000 })
  await tight.instance().ingest('0', fill(tight, '0', readings(400)))
  assert.deepEqual(tight.contents('0'), roomy.contents('0'))
  assert.ok(tight.documents('0').filter(({ kind }) => kind === 'seen').length > 1)
})

test('a single event that never fits stops the shard with the way out', async () => {
  const world = ingestWorld({ maxBytes: 500 })
  await assert.rejects(
    world.instance().ingest('0', fill(world, '0', readings(2))),
    (error: unknown) => error instanceof InvariantError && /maxGroups|maxEventBytes/.test(error.message),
  )
  assert.equal(world.contents('0').progress, undefined)
})

test('many large dead letters are cut into several commits, none lost', async () => {
  const world = ingestWorld()
  const body = Buffer.alloc(400_000, 'x')
  const contents = Array.from({ length: 7 }, (_, i) => ({ body, enqueuedAt: i, properties: {} }))
  await world.instance().ingest('0', fill(world, '0', contents))
  assert.deepEqual(
    world.contents('0').letters.map(({ sequence }) => sequence),
    [0, 1, 2, 3, 4, 5, 6],
  )
})

test('what producers hang on a dead event cannot make a commit too large', async () => {
  const world = ingestWorld()
  const properties = { small: 'kept', large: '\u0000'.repeat(300_000), other: 7 }
  const contents = Array.from({ length: 20 }, () => ({ body: Buffer.alloc(600_000, 'x'), enqueuedAt: 0, properties }))
  contents.push({ body: Buffer.alloc(2_000_000, 'x'), enqueuedAt: 0, properties })
  await world.instance().ingest('0', fill(world, '0', contents))
  const { letters } = world.contents('0')
  assert.equal(letters.length, 21)
  assert.deepEqual(letters[0]?.properties, { small: 'kept', other: 7 })
  assert.deepEqual(letters[0]?.leftOut, { properties: 1, bodyBytes: 0 })
  assert.deepEqual(letters[20]?.leftOut, { properties: 1, bodyBytes: 2_000_000 - 1_048_576 })
  const outboxes = world.documents('0').filter(({ kind }) => kind === 'outbox')
  for (const outbox of outboxes) assert.ok(JSON.stringify(outbox).length < 1_900_000)
})

test('while the store stays away the invocation fails and puts nothing back', async () => {
  const down = (operation: string): Fault => (operation === 'state.commit' ? 'before' : 'fine')
  let faults: (operation: string) => Fault = down
  const world = ingestWorld({ faults: (operation) => faults(operation) })
  const events = fill(world, '0', readings(5))
  const instance = world.instance()
  await assert.rejects(instance.ingest('0', events), RetryableError)
  faults = () => 'fine'
  await instance.ingest('0', events)
  assert.equal(world.contents('0').progress?.ledger.accepted, 5)
})

test('an empty delivery does nothing', async () => {
  const world = ingestWorld()
  await world.instance().ingest('0', [])
  assert.equal(world.contents('0').progress, undefined)
  assert.equal(testStream.name, 'readings')
})
