import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { startCosmos } from '../../../local/cosmos/server.ts'
import { clientOf, sparseIndex, temporaryDirectory, testCosmos } from './support.ts'

test('what was acknowledged survives kill -9, whole batches only', async (t) => {
  const directory = await temporaryDirectory(t)
  const child = spawn(process.execPath, [join(import.meta.dirname, 'crash-child.ts'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const client = clientOf(t, line.toString().trim())
  const { database } = await client.databases.create({ id: 'test' })
  const definition = { id: 'state', partitionKey: { paths: ['/pk'] }, ...sparseIndex }
  const { container } = await database.containers.create(definition)
  const acknowledged: number[] = []
  const write = async (n: number): Promise<void> => {
    const parts = ['x', 'y', 'z'].map((part) => ({ id: `${n}${part}`, pk: 'a', windowEnd: n }))
    const operations = parts.map((resourceBody) => ({ operationType: 'Create' as const, resourceBody }))
    if ((await container.items.batch(operations, 'a')).code === 200) acknowledged.push(n)
  }
  for (let n = 0; n < 20; n += 1) await write(n)
  const unanswered = [20, 21, 22].map((n) => write(n).catch(() => undefined))
  child.kill('SIGKILL')
  await once(child, 'exit')
  client.dispose()

  const { client: next, cosmos } = await testCosmos(t, { directory })
  const left = next.database('test').container('state')
  const query = 'SELECT VALUE c.windowEnd FROM c WHERE c.windowEnd >= 0'
  const found = (await left.items.query<number>(query, { maxItemCount: -1 }).fetchAll()).resources
  for (const n of acknowledged) assert.equal(found.filter((end) => end === n).length, 3, `batch ${n}`)
  for (const n of [20, 21, 22]) assert.ok([0, 3].includes(found.filter((end) => end === n).length), `batch ${n}`)
  assert.ok(acknowledged.length >= 20)
  assert.ok(cosmos.port > 0)
  await Promise.all(unanswered)
})

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
