import { CosmosClient, type Database } from '@azure/cosmos'
import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, before, test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startCosmos, type RunningCosmos } from '../../../local/cosmos/server.ts'
import { eventually, startTestHost, temporaryDirectory, type TestHost } from './support.ts'

interface Seen {
  readonly ids: readonly string[]
  readonly values: readonly number[]
  readonly behaviour: string
  readonly retry?: number
}

let directory: string
let cosmos: RunningCosmos
let client: CosmosClient
before(async () => {
  directory = await temporaryDirectory()
  cosmos = await startCosmos({ port: 0, directory })
  client = new CosmosClient(cosmos.connectionString)
})
after(async () => {
  client.dispose()
  await cosmos.close()
  await rm(directory, { recursive: true })
})

let made = 0
/** A database of this test alone, with what the fixture app listens to. */
const testDatabase = async (): Promise<Database> => {
  const { database } = await client.databases.create({ id: `test-${(made += 1)}` })
  await database.containers.create({ id: 'items', partitionKey: { paths: ['/pk'] } })
  await database.containers.create({ id: 'leases', partitionKey: { paths: ['/id'] } })
  return database
}

const testHost = async (t: TestContext, database: Database, more: Record<string, string> = {}): Promise<TestHost> => {
  const host = await startTestHost('cosmos-db', {
    COSMOS: cosmos.connectionString,
    DATABASE: database.id,
    FROM_BEGINNING: 'true',
    ...more,
  })
  t.after(() => host.stop())
  return host
}

const put = async (database: Database, ...ids: readonly string[]): Promise<void> => {
  for (const id of ids) await database.container('items').items.upsert({ id, pk: id, value: Number(id) })
}

const arrival = (host: TestHost, what: string, isThere: (seen: Seen[]) => boolean): Promise<Seen[]> =>
  eventually(what, () => host.json<Seen[]>('/api/seen'), isThere)
const idsOf = (seen: readonly Seen[]): string[] => seen.flatMap(({ ids }) => ids)

/** The id of the one lease there is, once it has a position. */
const leaseOf = (database: Database) =>
  eventually(
    'a lease with a position',
    async () =>
      (await database.container('leases').items.readAll<{ id: string; continuation?: string }>().fetchAll())
        .resources[0],
    (lease) => lease?.continuation !== undefined,
  )

test('from the beginning: what is there and what follows is delivered, in pages no larger than asked for', async (t) => {
  const database = await testDatabase()
  await put(database, '1', '2', '3')
  const host = await testHost(t, database)
  const seen = await arrival(host, 'three documents', (all) => idsOf(all).length === 3)
  assert.deepEqual(idsOf(seen).sort(), ['1', '2', '3'])
  assert.ok(seen.every(({ ids }) => ids.length <= 2))
  await put(database, '4')
  assert.deepEqual((await arrival(host, 'the fourth', (all) => idsOf(all).length === 4)).at(-1), {
    ids: ['4'],
    values: [4],
    behaviour: 'well',
  })
})

test('not from the beginning: only what is written after the first look is delivered', async (t) => {
  const database = await testDatabase()
  await put(database, '1')
  const host = await testHost(t, database, { FROM_BEGINNING: 'false', LEASE_PREFIX: 'mine-' })
  assert.match((await leaseOf(database))!.id, /^mine-/)
  await put(database, '2')
  assert.deepEqual(idsOf(await arrival(host, 'the second', ({ length }) => length > 0)), ['2'])
})

test('a batch that fails and has no retry policy is skipped: as in Azure the feed moves on', async (t) => {
  const database = await testDatabase()
  const host = await testHost(t, database)
  await host.send('PUT', '/api/behave/fail')
  await put(database, '1')
  await arrival(host, 'the failure', ({ length }) => length === 1)
  await host.send('PUT', '/api/behave/well')
  await put(database, '2')
  const seen = await arrival(host, 'the second', (all) => idsOf(all).includes('2'))
  assert.deepEqual(
    seen.map(({ ids, behaviour }) => [...ids, behaviour]),
    [
      ['1', 'fail'],
      ['2', 'well'],
    ],
  )
})

test('a batch that fails is retried as often as its policy says, then skipped', async (t) => {
  const database = await testDatabase()
  const host = await testHost(t, database, { RETRIES: '2' })
  await host.send('PUT', '/api/behave/fail')
  await put(database, '1')
  const seen = await arrival(host, 'the retries', ({ length }) => length === 3)
  assert.deepEqual(
    seen.map(({ ids, retry }) => [...ids, retry]),
    [
      ['1', undefined],
      ['1', 1],
      ['1', 2],
    ],
  )
  await put(database, '2')
  await arrival(host, 'the second', (all) => idsOf(all).includes('2'))
})

test('endless retries hold the feed until the world is mended; nothing is skipped', async (t) => {
  const database = await testDatabase()
  const host = await testHost(t, database, { RETRIES: '-1' })
  await host.send('PUT', '/api/behave/fail')
  await put(database, '1')
  await arrival(host, 'five failures', ({ length }) => length >= 5)
  await host.send('PUT', '/api/behave/well')
  await put(database, '2')
  const seen = await arrival(host, 'both', (all) => idsOf(all).includes('2'))
  assert.deepEqual(idsOf(seen.filter(({ behaviour }) => behaviour === 'well')), ['1', '2'])
})

test('a host that is told to end lets the invocation end, but the position stays: the next delivers it again', async (t) => {
  const database = await testDatabase()
  const host = await testHost(t, database)
  await host.send('PUT', '/api/behave/linger')
  await put(database, '1')
  await arrival(host, 'the first', ({ length }) => length === 1)
  await host.stop()
  const next = await testHost(t, database)
  assert.deepEqual(idsOf(await arrival(next, 'the first again', ({ length }) => length > 0)), ['1'])
})

test('drain: what runs ends and counts, nothing new is taken, and another host has the feed at once', async (t) => {
  const database = await testDatabase()
  const host = await testHost(t, database)
  await host.send('PUT', '/api/behave/hang')
  await put(database, '1')
  await arrival(host, 'the first', ({ length }) => length === 1)
  assert.equal((await host.send('POST', '/admin/host/drain')).status, 202)
  await put(database, '2')
  await host.send('PUT', '/api/behave/well')
  const next = await testHost(t, database)
  assert.deepEqual(idsOf(await arrival(next, 'the second', ({ length }) => length > 0)), ['2'])
  assert.deepEqual(idsOf(await host.json<Seen[]>('/api/seen')), ['1'])
})

test('a feed is read from a time on', async (t) => {
  const database = await testDatabase()
  await put(database, '1')
  // Documents know their second.
  await pause(1_100)
  const FROM_TIME = new Date().toISOString()
  await pause(1_100)
  await put(database, '2')
  const host = await testHost(t, database, { FROM_BEGINNING: 'false', FROM_TIME })
  assert.deepEqual(idsOf(await arrival(host, 'the second', ({ length }) => length > 0)), ['2'])
})

test('two functions with prefixes of their own have each its own position in the feed', async (t) => {
  const database = await testDatabase()
  await put(database, '1')
  for (const LEASE_PREFIX of ['a-', 'b-']) {
    const host = await testHost(t, database, { LEASE_PREFIX })
    await arrival(host, 'the first', (all) => idsOf(all).includes('1'))
  }
})

test('the lease container is made where the trigger asks for it', async (t) => {
  const { database } = await client.databases.create({ id: 'without-leases' })
  await database.containers.create({ id: 'items', partitionKey: { paths: ['/pk'] } })
  await put(database, '1')
  const host = await testHost(t, database, { CREATE_LEASES: 'true' })
  await arrival(host, 'the first', (all) => idsOf(all).includes('1'))
})

/** Settings of the fixture that it cannot start with. */
const wrong: readonly (readonly [what: string, settings: Record<string, string>, message: RegExp])[] = [
  [
    'a start time that is none',
    { FROM_BEGINNING: 'false', FROM_TIME: 'noon' },
    /changes, cosmosDBTrigger: startFromTime: expected a date with time/,
  ],
  ['two starts', { FROM_TIME: '2026-01-01T00:00:00Z' }, /startFromBeginning, startFromTime: expected only one of them/],
]

for (const [what, settings, message] of wrong) {
  test(`a trigger is refused that has ${what}`, async (t) => {
    const database = client.database('never-read')
    await assert.rejects(testHost(t, database, settings), message)
  })
}

test('a host that starts again goes on where the last one stopped', async (t) => {
  const database = await testDatabase()
  await put(database, '1')
  const first = await testHost(t, database)
  await arrival(first, 'the first', ({ length }) => length === 1)
  await first.stop()
  await put(database, '2')
  const second = await testHost(t, database)
  assert.deepEqual(idsOf(await arrival(second, 'the second', ({ length }) => length > 0)), ['2'])
})

test('one of two hosts has the feed, also while it works longer than its lease; when it is killed the other goes on', async (t) => {
  const database = await testDatabase()
  const first = await testHost(t, database)
  await first.send('PUT', '/api/behave/hang')
  await put(database, '1')
  await arrival(first, 'the first', ({ length }) => length === 1)
  const second = await testHost(t, database)
  // Longer than a lease lasts that nobody renews.
  await new Promise((resolve) => setTimeout(resolve, 7_000))
  assert.deepEqual(await second.json('/api/seen'), [])
  first.kill()
  assert.deepEqual(idsOf(await arrival(second, 'the first again', ({ length }) => length > 0)), ['1'])
})

test('a host waits for containers that are not there yet', async (t) => {
  const { database } = await client.databases.create({ id: 'late' })
  const host = await testHost(t, database)
  await eventually(
    'a warning',
    () => Promise.resolve(host.lines),
    (lines) => lines.some((line) => line.includes('cannot read its change feed yet')),
  )
  await database.containers.create({ id: 'items', partitionKey: { paths: ['/pk'] } })
  await database.containers.create({ id: 'leases', partitionKey: { paths: ['/id'] } })
  await put(database, '1')
  await arrival(host, 'the document', (all) => idsOf(all).includes('1'))
})

test('the admin endpoint runs the function once with documents given by hand', async (t) => {
  const host = await testHost(t, await testDatabase())
  assert.equal(
    (await host.send('POST', '/admin/functions/changes', JSON.stringify({ input: '[{"id":"by hand"}]' }))).status,
    202,
  )
  await arrival(host, 'what was given', (all) => idsOf(all).includes('by hand'))
})
