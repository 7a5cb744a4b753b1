import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { arrival, eventHubsJson, HubWorld, seenBy, texts } from './hub-world.ts'
import { changedApp, startTestHost, temporaryDirectory, type TestHost } from './support.ts'

const hubs = { binary: 1, shapes: 1, untyped: 1, text: 1, single: 1, failing: 1, held: 1, filled: 1, entity: 1 }

let directory: string
let world: HubWorld
let host: TestHost
/** Waits until it has three events: what is sent as three arrives as one batch. */
let threes: TestHost

before(async () => {
  directory = await temporaryDirectory()
  world = await HubWorld.start(directory, hubs)
  host = await startTestHost('event-hubs', world.settings('binary,single,failing,held'))
  const app = await changedApp({ after }, 'event-hubs', {
    'host.json': eventHubsJson({ minEventBatchSize: 3, maxWaitTime: '00:10:00' }),
  })
  threes = await startTestHost(app, world.settings('shapes,untyped,text'))
})

after(async () => {
  await Promise.all([host?.stop(), threes?.stop()])
  await world.close()
  await rm(directory, { recursive: true })
})

test('binary: each body arrives as its bytes, malformed and empty ones too, and the batch is checkpointed', async () => {
  await world.send('binary', ['{"a":1}', 'no { json', '', '2026-01-01'])
  const seen = await arrival(host, 'binary', (all) => texts(all).length === 4)
  assert.deepEqual(texts(seen), ['{"a":1}', 'no { json', '', '2026-01-01'])
  await world.checkpointed('binary', 3)
})

test('metadata of a batch stands in arrays, in the shapes and the case that a Node function sees', async () => {
  await world.send('shapes', ['x', 'y', 'z'], { properties: { DeviceId: 'd1', inner: 7 } })
  const [seen] = await arrival(threes, 'shapes', ({ length }) => length > 0)
  const { metadata } = seen!
  const context = metadata['partitionContext'] as Record<string, string>
  assert.deepEqual(
    [context['eventHubName'], context['consumerGroup'], context['partitionId']],
    ['shapes', '$Default', '0'],
  )
  assert.ok(context['fullyQualifiedNamespace'])
  assert.deepEqual(metadata['sequenceNumberArray'], [0, 1, 2])
  assert.ok((metadata['offsetArray'] as unknown[]).every((offset) => typeof offset === 'number'))
  // The library lower-cases the first letter of every key: a property DeviceId is not found under its name.
  assert.deepEqual(metadata['propertiesArray'], Array(3).fill({ deviceId: 'd1', inner: 7 }))
  assert.deepEqual(metadata['partitionKeyArray'], [])
  const system = (
    metadata['systemPropertiesArray'] as { sequenceNumber: number; enqueuedTimeUtc: string; partitionKey: null }[]
  )[0]!
  assert.deepEqual([system.sequenceNumber, system.partitionKey], [0, null])
  assert.match(system.enqueuedTimeUtc, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+$/)
  assert.equal((metadata['enqueuedTimeUtcArray'] as string[])[0], system.enqueuedTimeUtc)
})

test('no dataType: JSON bodies arrive parsed', async () => {
  await world.send('untyped', ['{"a":1}', '[2]', ''])
  const seen = await arrival(threes, 'untyped', ({ length }) => length > 0)
  assert.deepEqual(seen[0]!.bodies, [{ a: 1 }, [2], null])
  await world.checkpointed('untyped', 2)
})

test('no dataType: one malformed body fails its whole batch before the handler, and the checkpoint moves past it', async () => {
  const before = (await seenBy(threes, 'untyped')).length
  const sent = 3 * before
  await world.send('untyped', ['{"good":1}', 'no { json', '{"good":2}'])
  await world.checkpointed('untyped', sent + 2)
  await world.send('untyped', ['3', '4', '5'])
  const seen = await arrival(threes, 'untyped', ({ length }) => length > before)
  assert.deepEqual(
    seen.slice(before).map(({ bodies }) => bodies),
    [[3, 4, 5]],
  )
  assert.ok(threes.lines.some((line) => line.startsWith('untyped: ') && line.includes('is no JSON')))
})

test('string: empty bodies are dropped, so that bodies no longer line up with their metadata', async () => {
  await world.send('text', ['a', '', '{"b":1}'])
  const seen = await arrival(threes, 'text', ({ length }) => length > 0)
  assert.deepEqual(seen[0]!.bodies, ['a', { b: 1 }])
  assert.deepEqual(seen[0]!.metadata['sequenceNumberArray'], [0, 1, 2])
})

test('cardinality one: each event has an invocation of its own, in order, with its own metadata', async () => {
  await world.send('single', ['first', '{"second":2}'], { properties: { Kind: 'k' } })
  const seen = await arrival(host, 'single', ({ length }) => length === 2)
  assert.deepEqual(
    seen.map(({ bodies }) => bodies[0]),
    ['first', { second: 2 }],
  )
  assert.deepEqual(
    seen.map(({ metadata }) => metadata['sequenceNumber']),
    [0, 1],
  )
  assert.deepEqual(seen[1]!.metadata['properties'], { kind: 'k' })
  await world.checkpointed('single', 1)
})

test('a batch that fails is retried as often as its policy says, each time anew, and then given up', async () => {
  await world.send('failing', ['fail'])
  const seen = await arrival(host, 'failing', ({ length }) => length === 3)
  assert.deepEqual(
    seen.map(({ retry }) => retry?.retryCount),
    [undefined, 1, 2],
  )
  assert.equal(seen[1]!.retry?.maxRetryCount, 2)
  assert.match(seen[1]!.retry?.exception?.message ?? '', /asked to fail/)
  assert.equal(new Set(seen.map(({ invocationId }) => invocationId)).size, 3)
  await world.checkpointed('failing', 0)
  await world.send('failing', ['next'])
  assert.deepEqual(texts(await arrival(host, 'failing', ({ length }) => length === 4)), [
    'fail',
    'fail',
    'fail',
    'next',
  ])
})

test('endless retries hold the partition and its checkpoint until the world is mended; nothing is skipped', async () => {
  await host.send('PUT', '/api/broken/true')
  await world.send('held', ['1'])
  await arrival(host, 'held', ({ length }) => length >= 2)
  await world.send('held', ['2'])
  await arrival(host, 'held', ({ length }) => length >= 4)
  assert.equal(await world.checkpointOf('held'), undefined)
  assert.deepEqual([...new Set(texts(await seenBy(host, 'held')))], ['1'])
  await host.send('PUT', '/api/broken/false')
  const seen = await arrival(host, 'held', (all) => texts(all).includes('2'))
  assert.deepEqual([...new Set(texts(seen))], ['1', '2'])
  await world.checkpointed('held', 1)
})

test('a batch never has more events than host.json allows, and invocations of a partition come in order', async () => {
  const before = (await seenBy(host, 'binary')).length
  const bodies = Array.from({ length: 35 }, (_, i) => `n${i}`)
  await world.send('binary', bodies)
  const seen = (await arrival(host, 'binary', (all) => texts(all).includes('n34'))).slice(before)
  assert.deepEqual(texts(seen), bodies)
  assert.ok(seen.every((one) => one.bodies.length <= 10))
})

test('the admin endpoint runs an Event Hubs function once with a body', async () => {
  assert.equal((await threes.send('POST', '/admin/functions/text', '{"input":"by hand"}')).status, 202)
  await arrival(threes, 'text', (all) => all.some(({ bodies }) => bodies[0] === 'by hand'))
})

test('minEventBatchSize waits for that many events; maxWaitTime ends the wait', async (t) => {
  const app = await changedApp(t, 'event-hubs', {
    'host.json': eventHubsJson({ minEventBatchSize: 5, maxWaitTime: '00:00:03' }),
  })
  const own = await world.host(t, 'filled', app)
  await world.send('filled', ['0', '1'])
  await world.send('filled', ['2', '3', '4'])
  const full = await arrival(own, 'filled', ({ length }) => length > 0)
  assert.deepEqual(
    full.map(({ bodies }) => bodies.length),
    [5],
  )
  await world.send('filled', ['5'])
  assert.deepEqual(texts(await arrival(own, 'filled', ({ length }) => length === 2)).at(-1), '5')
})

test('an EntityPath in the connection string beats the name in the binding', async (t) => {
  const own = await world.host(t, 'entity', 'event-hubs', { ENTITY_HUB: `${world.connectionString}EntityPath=entity` })
  await world.send('entity', ['1'])
  assert.deepEqual(texts(await arrival(own, 'entity', ({ length }) => length > 0)), ['1'])
})
