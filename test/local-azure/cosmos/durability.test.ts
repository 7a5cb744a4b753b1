import { ChangeFeedStartFrom, type Container } from '@azure/cosmos'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { startCosmos } from '../../../local/cosmos/server.ts'
import { clientOf, temporaryDirectory, testCosmos } from './support.ts'

const clients = 8
const documentsEach = 125
const batchesEach = 10

interface Acknowledged {
  readonly documents: string[]
  readonly batches: string[]
}

/** One writer: documents one by one, now and then a batch; remembers what it was told is done. */
const writer = async (container: Container, name: string, done: Acknowledged): Promise<void> => {
  for (let n = 0; ; n += 1) {
    const id = `${name}-${n}`
    await container.items.create({ id, pk: `pk${n % 3}`, n })
    done.documents.push(id)
    if (n % Math.floor(documentsEach / batchesEach) !== 0) continue
    const parts = ['x', 'y', 'z'].map((part) => ({ id: `${id}${part}`, pk: 'batches', batch: id }))
    const operations = parts.map((resourceBody) => ({ operationType: 'Create' as const, resourceBody }))
    if ((await container.items.batch(operations, 'batches')).code === 200) done.batches.push(id)
  }
}

test('1,000 documents and the batches that were acknowledged to clients at once survive kill -9', async (t) => {
  const directory = await temporaryDirectory(t)
  const child = spawn(process.execPath, [join(import.meta.dirname, 'crash-child.ts'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const connectionString = line.toString().trim()
  const first = clientOf(t, connectionString)
  const { database } = await first.databases.create({ id: 'test' })
  await database.containers.create({ id: 'items', partitionKey: { paths: ['/pk'] } })

  const done: Acknowledged = { documents: [], batches: [] }
  const ended: unknown[] = []
  const writers = Array.from({ length: clients }, (_, index) => {
    const client = clientOf(t, connectionString)
    return writer(client.database('test').container('items'), `w${index}`, done).catch((error: unknown) => {
      ended.push(error)
      client.dispose()
    })
  })
  const feed: Reader = { seen: [], continuation: undefined }
  const reading = first.database('test').container('items')
  while (done.documents.length < clients * documentsEach) {
    assert.deepEqual(ended, [])
    await readChanges(reading, feed)
  }
  child.kill('SIGKILL')
  await once(child, 'exit')
  await Promise.all(writers)
  const acknowledged = { documents: [...done.documents], batches: [...done.batches] }
  assert.ok(acknowledged.documents.length >= clients * documentsEach)
  assert.ok(acknowledged.batches.length >= clients)

  const { client } = await testCosmos(t, { directory })
  const items = client.database('test').container('items')
  const query = 'SELECT c.id, c.batch FROM c'
  const found = (await items.items.query<{ id: string; batch?: string }>(query, { maxItemCount: -1 }).fetchAll())
    .resources
  const ids = new Set(found.map(({ id }) => id))
  assert.deepEqual(
    acknowledged.documents.filter((id) => !ids.has(id)),
    [],
  )
  const batches = Map.groupBy(
    found.filter(({ batch }) => batch !== undefined),
    ({ batch }) => batch,
  )
  assert.deepEqual(
    acknowledged.batches.filter((id) => !batches.has(id)),
    [],
  )
  assert.deepEqual(
    [...batches.values()].filter((parts) => parts.length !== 3),
    [],
  )

  // The reader goes on where it was: with what it has seen it has everything once, in an order that never goes back.
  const seenBefore = feed.seen.length
  while (await readChanges(items, feed));
  assert.ok(seenBefore > 0 && feed.seen.length >= seenBefore)
  assert.deepEqual(feed.seen.map(({ id }) => id).sort(), [...ids].sort())
  const order = feed.seen.map(({ lsn }) => lsn)
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  )
})

interface Reader {
  readonly seen: { readonly id: string; readonly lsn: number }[]
  continuation: string | undefined
}

/** One page of the change feed, by an iterator made anew; false where there was nothing new. */
const readChanges = async (items: Container, reader: Reader): Promise<boolean> => {
  const { continuation } = reader
  const changeFeedStartFrom =
    continuation === undefined ? ChangeFeedStartFrom.Beginning() : ChangeFeedStartFrom.Continuation(continuation)
  const iterator = items.items.getChangeFeedIterator<{ id: string; _lsn: number }>({
    changeFeedStartFrom,
    maxItemCount: 50,
  })
  const page = await iterator.readNext()
  reader.continuation = page.continuationToken
  reader.seen.push(...page.result.map(({ id, _lsn }) => ({ id, lsn: _lsn })))
  return page.result.length > 0
}

test('a restart keeps items, etags and the place of a change feed reader', async (t) => {
  const directory = await temporaryDirectory(t)
  const first = await startCosmos({ port: 0, directory })
  const { database } = await clientOf(t, first.connectionString).databases.create({ id: 'test' })
  const { container } = await database.containers.create({ id: 'items', partitionKey: { paths: ['/pk'] } })
  const { etag } = await container.items.create({ id: 'one', pk: 'a' })
  const { headers } = await container.items.changeFeed('a', { startFromBeginning: true }).fetchNext()
  await container.items.create({ id: 'gone', pk: 'a' })
  await container.item('gone', 'a').delete()
  await first.close()

  const { client } = await testCosmos(t, { directory })
  const items = client.database('test').container('items')
  assert.equal((await items.item('one', 'a').read()).etag, etag)
  await items.items.create({ id: 'two', pk: 'a' })
  const reader = items.items.changeFeed<{ id: string }>('a', { continuation: String(headers['etag']) })
  assert.deepEqual(
    (await reader.fetchNext()).result.map(({ id }) => id),
    ['two'],
  )
})

test('a port in use is named in the error', async (t) => {
  const { cosmos } = await testCosmos(t)
  const directory = await temporaryDirectory(t)
  await assert.rejects(startCosmos({ port: cosmos.port, directory }), (error: Error) => {
    assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${cosmos.port}: it is already in use \\(EADDRINUSE\\)`))
    assert.equal((error.cause as NodeJS.ErrnoException).code, 'EADDRINUSE')
    return true
  })
})

test('a directory that another server uses is refused', async (t) => {
  const { directory } = await testCosmos(t)
  await assert.rejects(startCosmos({ port: 0, directory }), /another process uses it/)
})
