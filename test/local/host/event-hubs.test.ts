import { EventHubProducerClient, type EventData } from '@azure/event-hubs'
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob'
import { BlobServiceClient } from '@azure/storage-blob'
import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { startEventHubs, type RunningEventHubs } from '../../../local/event-hubs/server.ts'
import { startStorage, type RunningStorage } from '../../../local/storage/server.ts'
import { changedApp, eventually, startTestHost, temporaryDirectory, type TestHost } from './support.ts'

/** What the fixture app tells of one invocation. */
interface Seen {
  readonly bodies: readonly ({ readonly bytes: string } | null | string | number | object)[]
  readonly invocationId: string
  readonly retry?: {
    readonly retryCount: number
    readonly maxRetryCount: number
    readonly exception?: { readonly message: string }
  }
  readonly metadata: Readonly<Record<string, unknown>>
}

const hubs: Record<string, number> = {
  binary: 1,
  shapes: 1,
  untyped: 1,
  text: 1,
  single: 1,
  failing: 1,
  held: 1,
  stolen: 2,
  shared: 4,
  filled: 1,
  entity: 1,
}

let directory: string
let storage: RunningStorage
let eventHubs: RunningEventHubs
let host: TestHost
/** Waits until it has three events: what is sent as three arrives as one batch. */
let threes: TestHost

before(async () => {
  directory = await temporaryDirectory()
  storage = await startStorage({ directory: join(directory, 'storage'), ports: { blob: 0, queue: 0, table: 0 } })
  eventHubs = await startEventHubs({
    port: 0,
    directory: join(directory, 'hubs'),
    hubs: Object.entries(hubs).map(([name, partitions]) => ({ name, partitions, consumerGroups: [] })),
  })
  host = await startTestHost('event-hubs', settings('binary,single,failing,held'))
  const app = await changedApp({ after }, 'event-hubs', {
    'host.json': eventHubsJson({ minEventBatchSize: 3, maxWaitTime: '00:10:00' }),
  })
  threes = await startTestHost(app, settings('shapes,untyped,text'))
})

after(async () => {
  await Promise.all([host?.stop(), threes?.stop()])
  await eventHubs.close()
  await storage.close()
  await rm(directory, { recursive: true })
})

const eventHubsJson = (eventHubs: object): string => JSON.stringify({ version: '2.0', extensions: { eventHubs } })

const settings = (functions: string): Record<string, string> => ({
  FUNCTIONS: functions,
  HUB_PREFIX: '',
  HUBS: eventHubs.connectionString,
  AzureWebJobsStorage: storage.connectionString,
})

/** A host of this test alone. */
const ownHost = async (t: TestContext, functions: string, app = 'event-hubs'): Promise<TestHost> => {
  const own = await startTestHost(app, settings(functions))
  t.after(() => own.stop())
  return own
}

const send = async (
  hub: string,
  bodies: readonly string[],
  more: Partial<EventData> & { partitionId?: string; connection?: string } = {},
): Promise<void> => {
  const { partitionId, connection = eventHubs.connectionString, ...rest } = more
  const producer = new EventHubProducerClient(connection, hub)
  await producer.sendBatch(
    bodies.map((body) => ({ body: Buffer.from(body), ...rest })),
    partitionId === undefined ? {} : { partitionId },
  )
  await producer.close()
}

const seenBy = (of: TestHost, name: string): Promise<Seen[]> => of.json<Seen[]>(`/api/seen/${name}`)
const texts = (seen: readonly Seen[]): string[] =>
  seen.flatMap(({ bodies }) => bodies.map((body) => (body as { bytes: string }).bytes))
const arrival = (name: string, isThere: (seen: Seen[]) => boolean, of = host): Promise<Seen[]> =>
  eventually(`it in ${name}`, () => seenBy(of, name), isThere)

/** Sequence number of the hub's checkpoint in the partition, as the SDK reads it. */
const checkpointOf = async (hub: string, partition = '0'): Promise<number | undefined> => {
  const container = BlobServiceClient.fromConnectionString(storage.connectionString).getContainerClient(
    'azure-webjobs-eventhub',
  )
  const found = await new BlobCheckpointStore(container).listCheckpoints(
    new URL(`http://${/Endpoint=sb:\/\/([^;/]+)/.exec(eventHubs.connectionString)![1]}`).hostname,
    hub,
    '$Default',
  )
  return found.find(({ partitionId }) => partitionId === partition)?.sequenceNumber
}

const checkpointed = (hub: string, sequence: number, partition = '0'): Promise<unknown> =>
  eventually(
    `checkpoint ${sequence} of ${hub}`,
    () => checkpointOf(hub, partition),
    (found) => found === sequence,
  )

test('binary: each body arrives as its bytes, malformed and empty ones too, and the batch is checkpointed', async () => {
  await send('binary', ['{"a":1}', 'no { json', '', '2026-01-01'])
  const seen = await arrival('binary', (all) => texts(all).length === 4)
  assert.deepEqual(texts(seen), ['{"a":1}', 'no { json', '', '2026-01-01'])
  await checkpointed('binary', 3)
})

test('metadata of a batch stands in arrays, in the shapes and the case that a Node function sees', async () => {
  await send('shapes', ['x', 'y', 'z'], { properties: { DeviceId: 'd1', inner: 7 } })
  const [seen] = await arrival('shapes', ({ length }) => length > 0, threes)
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
  await send('untyped', ['{"a":1}', '[2]', ''])
  const seen = await arrival('untyped', ({ length }) => length > 0, threes)
  assert.deepEqual(seen[0]!.bodies, [{ a: 1 }, [2], null])
  await checkpointed('untyped', 2)
})

test('no dataType: one malformed body fails its whole batch before the handler, and the checkpoint moves past it', async () => {
  const before = (await seenBy(threes, 'untyped')).length
  const sent = 3 * before
  await send('untyped', ['{"good":1}', 'no { json', '{"good":2}'])
  await checkpointed('untyped', sent + 2)
  await send('untyped', ['3', '4', '5'])
  const seen = await arrival('untyped', ({ length }) => length > before, threes)
  assert.deepEqual(
    seen.slice(before).map(({ bodies }) => bodies),
    [[3, 4, 5]],
  )
  assert.ok(threes.lines.some((line) => line.startsWith('untyped: ') && line.includes('is no JSON')))
})

test('string: empty bodies are dropped, so that bodies no longer line up with their metadata', async () => {
  await send('text', ['a', '', '{"b":1}'])
  const seen = await arrival('text', ({ length }) => length > 0, threes)
  assert.deepEqual(seen[0]!.bodies, ['a', { b: 1 }])
  assert.deepEqual(seen[0]!.metadata['sequenceNumberArray'], [0, 1, 2])
})

test('cardinality one: each event has an invocation of its own, in order, with its own metadata', async () => {
  await send('single', ['first', '{"second":2}'], { properties: { Kind: 'k' } })
  const seen = await arrival('single', ({ length }) => length === 2)
  assert.deepEqual(
    seen.map(({ bodies }) => bodies[0]),
    ['first', { second: 2 }],
  )
  assert.deepEqual(
    seen.map(({ metadata }) => metadata['sequenceNumber']),
    [0, 1],
  )
  assert.deepEqual(seen[1]!.metadata['properties'], { kind: 'k' })
  await checkpointed('single', 1)
})

test('a batch that fails is retried as often as its policy says, each time anew, and then given up', async () => {
  await send('failing', ['fail'])
  const seen = await arrival('failing', ({ length }) => length === 3)
  assert.deepEqual(
    seen.map(({ retry }) => retry?.retryCount),
    [undefined, 1, 2],
  )
  assert.equal(seen[1]!.retry?.maxRetryCount, 2)
  assert.match(seen[1]!.retry?.exception?.message ?? '', /asked to fail/)
  assert.equal(new Set(seen.map(({ invocationId }) => invocationId)).size, 3)
  await checkpointed('failing', 0)
  await send('failing', ['next'])
  assert.deepEqual(texts(await arrival('failing', ({ length }) => length === 4)), ['fail', 'fail', 'fail', 'next'])
})

test('endless retries hold the partition and its checkpoint until the world is mended; nothing is skipped', async () => {
  await host.send('PUT', '/api/broken/true')
  await send('held', ['1'])
  await arrival('held', ({ length }) => length >= 2)
  await send('held', ['2'])
  await arrival('held', ({ length }) => length >= 4)
  assert.equal(await checkpointOf('held'), undefined)
  assert.deepEqual([...new Set(texts(await seenBy(host, 'held')))], ['1'])
  await host.send('PUT', '/api/broken/false')
  const seen = await arrival('held', (all) => texts(all).includes('2'))
  assert.deepEqual([...new Set(texts(seen))], ['1', '2'])
  await checkpointed('held', 1)
})

test('a batch never has more events than host.json allows, and invocations of a partition come in order', async () => {
  const before = (await seenBy(host, 'binary')).length
  const bodies = Array.from({ length: 35 }, (_, i) => `n${i}`)
  await send('binary', bodies)
  const seen = (await arrival('binary', (all) => texts(all).includes('n34'))).slice(before)
  assert.deepEqual(texts(seen), bodies)
  assert.ok(seen.every((one) => one.bodies.length <= 10))
})

test('the admin endpoint runs an Event Hubs function once with a body', async () => {
  assert.equal((await threes.send('POST', '/admin/functions/text', '{"input":"by hand"}')).status, 202)
  await arrival('text', (all) => all.some(({ bodies }) => bodies[0] === 'by hand'), threes)
})

test('minEventBatchSize waits for that many events; maxWaitTime ends the wait', async (t) => {
  const app = await changedApp(t, 'event-hubs', {
    'host.json': eventHubsJson({ minEventBatchSize: 5, maxWaitTime: '00:00:03' }),
  })
  const own = await ownHost(t, 'filled', app)
  await send('filled', ['0', '1'])
  await send('filled', ['2', '3', '4'])
  const full = await arrival('filled', ({ length }) => length > 0, own)
  assert.deepEqual(
    full.map(({ bodies }) => bodies.length),
    [5],
  )
  await send('filled', ['5'])
  assert.deepEqual(texts(await arrival('filled', ({ length }) => length === 2, own)).at(-1), '5')
})

test('two hosts share the partitions; when one is killed the other takes all of them and skips nothing', async (t) => {
  const first = await ownHost(t, 'shared')
  const second = await ownHost(t, 'shared')
  const partitions = (seen: readonly Seen[]) =>
    new Set(seen.map(({ metadata }) => (metadata['partitionContext'] as { partitionId: string }).partitionId))
  let round = 0
  const feed = async (): Promise<readonly Seen[][]> => {
    round += 1
    for (let partition = 0; partition < 4; partition += 1)
      await send('shared', [`${round}/${partition}`], { partitionId: String(partition) })
    return [await seenBy(first, 'shared'), await seenBy(second, 'shared')]
  }
  await eventually('both at work', feed, ([a, b]) => partitions(a!).size > 0 && partitions(b!).size === 2)
  first.kill()
  const last = (round += 1)
  for (let partition = 0; partition < 4; partition += 1)
    await send('shared', [`${last}/${partition}`], { partitionId: String(partition) })
  const isAll = (seen: readonly Seen[]): boolean =>
    [0, 1, 2, 3].every((partition) => texts(seen).includes(`${last}/${partition}`))
  await arrival('shared', isAll, second)
})

test('a host whose partition was taken over stops retrying and moves no checkpoint', async (t) => {
  const first = await ownHost(t, 'stolen')
  await first.send('PUT', '/api/broken/true')
  for (const partitionId of ['0', '1']) await send('stolen', [partitionId], { partitionId })
  await arrival('stolen', (all) => new Set(texts(all)).size === 2, first)
  const second = await ownHost(t, 'stolen')
  const [taken] = texts(await arrival('stolen', ({ length }) => length > 0, second))
  const tries = async (): Promise<number> =>
    texts(await seenBy(first, 'stolen')).filter((text) => text === taken).length
  let last = -1
  await eventually(
    'the end of the retries',
    async () => {
      const before = last
      await new Promise((resolve) => setTimeout(resolve, 2_500))
      last = await tries()
      return last === before
    },
    (ended) => ended,
  )
  await checkpointed('stolen', 0, taken)
})

test('an EntityPath in the connection string beats the name in the binding', async (t) => {
  const own = await startTestHost('event-hubs', {
    ...settings('entity'),
    ENTITY_HUB: `${eventHubs.connectionString}EntityPath=entity`,
  })
  t.after(() => own.stop())
  await send('entity', ['1'])
  assert.deepEqual(texts(await arrival('entity', ({ length }) => length > 0, own)), ['1'])
})

test('a host that starts before its storage and its hubs, or loses them, goes on when they are there', async (t) => {
  const folder = await temporaryDirectory()
  const first = await startBoth(folder, { blob: 0, queue: 0, table: 0 }, 0)
  const { ports } = first.storage
  const { port } = first.hubs
  await first.close()
  const own = await startTestHost('event-hubs', {
    ...{ FUNCTIONS: 'binary', HUB_PREFIX: '' },
    ...{ HUBS: first.hubs.connectionString, AzureWebJobsStorage: first.storage.connectionString },
  })
  t.after(() => own.stop())
  for (const body of ['before', 'after']) {
    const both = await startBoth(folder, ports, port)
    await send('binary', [body], { connection: first.hubs.connectionString })
    await arrival('binary', (all) => texts(all).includes(body), own)
    await both.close()
  }
  assert.deepEqual(texts(await seenBy(own, 'binary')).at(-1), 'after')
  t.after(() => rm(folder, { recursive: true }))
})

const startBoth = async (folder: string, ports: RunningStorage['ports'], port: number) => {
  const ownStorage = await startStorage({ directory: join(folder, 'storage'), ports })
  const ownHubs = await startEventHubs({
    port,
    directory: join(folder, 'hubs'),
    hubs: [{ name: 'binary', partitions: 1, consumerGroups: [] }],
  })
  return {
    storage: ownStorage,
    hubs: ownHubs,
    close: async () => {
      await ownHubs.close()
      await ownStorage.close()
    },
  }
}
