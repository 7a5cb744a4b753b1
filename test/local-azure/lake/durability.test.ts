import type { RestError } from '@azure/storage-blob'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { seededRandom } from '../../../local/feed/random.ts'
import { startLake } from '../../../local/lake/server.ts'
import { clientsOf, kill, serve } from './serve.ts'
import { allPaths, put, rejectsWith, temporaryDirectory, testFileSystem, testLake, textOf } from './support.ts'
import { Writer } from './writer.ts'

test('1,000 acknowledged writes of every kind survive kill -9 at any moment, whole, and nothing else is there', async (t) => {
  const random = seededRandom(Number(process.env['MILLRACE_SEED'] ?? 20))
  const directory = await temporaryDirectory(t)
  const writers = Array.from({ length: 6 }, (_, n) => new Writer(`w${n}`, seededRandom(n + random.below(1_000_000))))
  let acknowledged = 0
  for (let turn = 0; acknowledged < 1000; turn += 1) {
    const serving = await serve(t, directory)
    if (turn === 0) await serving.container.create()
    for (const writer of writers) await writer.check(serving)
    const killAt = acknowledged + 50 + random.below(250)
    const killed = Promise.withResolvers<void>()
    const onDone = (): void => {
      acknowledged += 1
      if (acknowledged !== killAt) return
      // In the middle of what the others do.
      setTimeout(() => {
        kill(serving).then(killed.resolve, killed.reject)
      }, random.below(5))
    }
    await Promise.all([...writers.map((writer) => writer.run(serving, onDone)), killed.promise])
  }
  const { lake, dataLake } = await testLake(t, { directory })
  for (const writer of writers) await writer.check(clientsOf(lake.connectionString))
  // No content is there that belongs to nothing.
  await dataLake.getFileSystemClient('data').delete()
  await lake.close()
  assert.deepEqual(await readdir(join(directory, 'content')), [])
})

test('a restart keeps files, properties, etags, leases, and what is staged', async (t) => {
  const directory = await temporaryDirectory(t)
  const first = await startLake({ port: 0, directory })
  const { fileSystem: before, container } = clientsOf(first.connectionString)
  await before.create({ metadata: { a: 'b' } })
  const file = before.getFileClient('dir/a')
  await file.upload(Buffer.from('text'), { metadata: { k: 'v' } })
  await file.getDataLakeLeaseClient().acquireLease(-1)
  const { etag } = await file.getProperties()
  await before.getFileClient('dir/b').create()
  await before.getFileClient('dir/b').append('later', 0, 5)
  await container.getBlockBlobClient('c').stageBlock('YQ==', 'block', 5)
  await first.close()

  const { dataLake, blobs } = await testLake(t, { directory })
  const after = dataLake.getFileSystemClient('data')
  assert.deepEqual((await after.getProperties()).metadata, { a: 'b' })
  const found = await after.getFileClient('dir/a').getProperties()
  assert.deepEqual([found.etag, found.metadata, found.leaseState], [etag, { k: 'v' }, 'leased'])
  assert.equal(await textOf(after, 'dir/a'), 'text')
  await after.getFileClient('dir/b').flush(5)
  assert.equal(await textOf(after, 'dir/b'), 'later')
  await blobs.getContainerClient('data').getBlockBlobClient('c').commitBlockList(['YQ=='])
  assert.equal(await textOf(after, 'c'), 'block')
})

test('content that nothing mentions is swept at the next start, and blocks that nobody committed for a week', async (t) => {
  const directory = await temporaryDirectory(t)
  const { lake, blobs } = await testLake(t, { directory })
  const { containerClient } = await blobs.createContainer('data')
  await containerClient.getBlockBlobClient('kept').upload('kept', 4)
  await containerClient.getBlockBlobClient('staged').stageBlock('YQ==', 'block', 5)
  await lake.close()
  await writeFile(join(directory, 'content', 'left-by-a-crash'), 'half')
  assert.equal((await readdir(join(directory, 'content'))).length, 3)
  await (await startLake({ port: 0, directory })).close()
  assert.equal((await readdir(join(directory, 'content'))).length, 2)
  const week = 7 * 24 * 3_600_000
  await (await startLake({ port: 0, directory }, { now: () => Date.now() + week + 1000 })).close()
  assert.equal((await readdir(join(directory, 'content'))).length, 1)
})

test('what is replaced or deleted leaves no content behind, and a reader in the middle of it reads to the end', async (t) => {
  const { fileSystem, directory, lake } = await testFileSystem(t)
  const bytes = randomBytes(20_000_000)
  const file = fileSystem.getFileClient('a')
  await file.upload(bytes, { chunkSize: 4_000_000, singleUploadThreshold: 4_000_000 })
  const { readableStreamBody } = await file.read()
  await put(fileSystem, 'a', 'new')
  const chunks: Buffer[] = []
  for await (const chunk of readableStreamBody!) chunks.push(chunk as Buffer)
  assert.equal(Buffer.compare(Buffer.concat(chunks), bytes), 0)
  assert.equal(await textOf(fileSystem, 'a'), 'new')
  await file.delete()
  await lake.close()
  assert.deepEqual(await readdir(join(directory, 'content')), [])
})

test('a disk that takes no more is told as such, and what was there stays', async (t) => {
  const directory = await temporaryDirectory(t)
  const serving = await serve(t, directory, 1024)
  const { container } = serving
  await container.create()
  const blob = container.getBlockBlobClient('a')
  await blob.upload('old', 3)
  await rejectsWith(blob.upload(Buffer.alloc(3_000_000), 3_000_000), 500, 'InternalError')
  assert.equal(String(await blob.downloadToBuffer()), 'old')
  // The log of the database reaches the limit, too.
  let last = -1
  let failure: unknown
  while (failure === undefined) {
    const metadata = { number: `${last + 1}`, filler: 'x'.repeat(8000) }
    failure = await blob.setMetadata(metadata).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (failure === undefined) last += 1
  }
  assert.equal((failure as RestError).statusCode, 500)
  assert.equal((await blob.getProperties()).metadata!['number'], `${last}`)
  await kill(serving)
  const { dataLake } = await testLake(t, { directory })
  const fileSystem = dataLake.getFileSystemClient('data')
  assert.equal((await fileSystem.getFileClient('a').getProperties()).metadata!['number'], `${last}`)
  assert.equal(await textOf(fileSystem, 'a'), 'old')
})

test('where content cannot be written nothing is changed, and once it can be it is', async (t) => {
  const failures: string[] = []
  const directory = await temporaryDirectory(t)
  const { lake } = await testLake(t, { directory, onFailure: (message) => failures.push(message) })
  const { fileSystem } = clientsOf(lake.connectionString)
  await fileSystem.create()
  await put(fileSystem, 'a', 'old')
  const [content, away] = [join(directory, 'content'), join(directory, 'away')]
  await rename(content, away)
  const file = fileSystem.getFileClient('a')
  await rejectsWith(file.append('x', 3, 1, { flush: true }), 500, 'InternalError')
  assert.match(failures.join(), /ENOENT/)
  await rename(away, content)
  assert.equal(await textOf(fileSystem, 'a'), 'old')
  await file.append('!', 3, 1, { flush: true })
  assert.equal(await textOf(fileSystem, 'a'), 'old!')
  assert.deepEqual(await allPaths(fileSystem), ['a'])
})

test('a port in use is named in the error', async (t) => {
  const { lake } = await testLake(t)
  const directory = await temporaryDirectory(t)
  await assert.rejects(startLake({ port: lake.port, directory }), (error: Error) => {
    assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${lake.port}: it is already in use \\(EADDRINUSE\\)`))
    assert.equal((error.cause as NodeJS.ErrnoException).code, 'EADDRINUSE')
    return true
  })
})

test('a directory that another server uses is refused', async (t) => {
  const { directory } = await testLake(t)
  await assert.rejects(startLake({ port: 0, directory }), /another process uses it/)
})
