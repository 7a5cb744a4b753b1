import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { allPaths, put, rejectsWith, testFileSystem, testLake, textOf } from './support.ts'

const toText = async (stream: NodeJS.ReadableStream | undefined): Promise<string> => {
  let text = ''
  for await (const chunk of stream!) text += String(chunk)
  return text
}

test('a file system is created once, listed, described and deleted', async (t) => {
  const { dataLake } = await testLake(t)
  const client = dataLake.getFileSystemClient('raw')
  assert.equal(await client.exists(), false)
  await client.create({ metadata: { kind: 'captured' } })
  await rejectsWith(client.create(), 409, 'ContainerAlreadyExists')
  assert.equal((await client.createIfNotExists()).succeeded, false)
  assert.equal((await dataLake.getFileSystemClient('other').createIfNotExists()).succeeded, true)
  const names: string[] = []
  for await (const { name } of dataLake.listFileSystems()) names.push(name)
  assert.deepEqual(names, ['other', 'raw'])
  const { metadata, etag, leaseState } = await client.getProperties()
  assert.deepEqual([metadata, leaseState, /^"0x/.test(etag!)], [{ kind: 'captured' }, 'available', true])
  await client.setMetadata({ kind: 'other' })
  assert.deepEqual((await client.getProperties()).metadata, { kind: 'other' })
  await client.delete()
  await rejectsWith(client.getProperties(), 404, 'ContainerNotFound')
  assert.equal((await client.deleteIfExists()).succeeded, false)
  await rejectsWith(client.getFileClient('a').create(), 404, 'FilesystemNotFound')
})

test('deleting a file system deletes what is in it: made anew it is empty', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  await put(fileSystem, 'a/b')
  await fileSystem.delete()
  await fileSystem.create()
  assert.deepEqual(await allPaths(fileSystem), [])
})

test('a file is created once where that is asked for', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  const file = fileSystem.getFileClient('a.txt')
  assert.equal((await file.createIfNotExists()).succeeded, true)
  assert.equal((await file.createIfNotExists()).succeeded, false)
  await rejectsWith(file.create({ conditions: { ifNoneMatch: '*' } }), 409, 'PathAlreadyExists')
  await put(fileSystem, 'a.txt', 'full')
  await file.create()
  assert.equal((await file.getProperties()).contentLength, 0)
})

test('what is appended is seen once it is flushed, and only in one piece', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  const file = fileSystem.getFileClient('log')
  await file.create()
  await file.append('Hello', 0, 5)
  await file.append(', world', 5, 7)
  assert.equal((await file.getProperties()).contentLength, 0)
  await rejectsWith(file.flush(11), 400, 'InvalidFlushPosition')
  await rejectsWith(file.flush(13), 400, 'InvalidFlushPosition')
  await file.flush(12)
  assert.equal(await textOf(fileSystem, 'log'), 'Hello, world')
  await file.append('!', 12, 1, { flush: true })
  assert.equal(await textOf(fileSystem, 'log'), 'Hello, world!')
  await file.append('gap', 20, 3)
  await rejectsWith(file.flush(23), 400, 'InvalidFlushPosition')
  await rejectsWith(file.append('again', 3, 5), 400, 'InvalidFlushPosition')
  assert.equal(await textOf(fileSystem, 'log'), 'Hello, world!')
})

test('what is appended twice at a position counts once, and what is left over at a flush is gone unless it is kept', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  const file = fileSystem.getFileClient('log')
  await file.create()
  await file.append('aa', 0, 2)
  await file.append('AA', 0, 2)
  await file.append('bb', 2, 2)
  await file.append('cc', 4, 2)
  await file.flush(2, { retainUncommittedData: true })
  await file.flush(4)
  assert.equal(await textOf(fileSystem, 'log'), 'AAbb')
  await rejectsWith(file.flush(6), 400, 'InvalidFlushPosition')
})

test('a file is read whole, in a range, to its end and into a buffer', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  const file = fileSystem.getFileClient('a')
  await file.create()
  // Three pieces, so that ranges cross them.
  for (const [index, piece] of ['0123', '456', '789'].entries()) {
    await file.append(piece, [0, 4, 7][index]!, piece.length, { flush: true })
  }
  assert.equal(await toText((await file.read()).readableStreamBody), '0123456789')
  assert.equal(await toText((await file.read(3, 5)).readableStreamBody), '34567')
  assert.equal(await toText((await file.read(8)).readableStreamBody), '89')
  assert.equal(await toText((await file.read(4, 100)).readableStreamBody), '456789')
  assert.equal(String(await file.readToBuffer(2, 3)), '234')
  await rejectsWith(file.read(10), 416, 'InvalidRange')
})

test('properties tell what a file is', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  const file = fileSystem.getFileClient('dir/a.json')
  const pathHttpHeaders = {
    contentType: 'application/json',
    contentEncoding: 'identity',
    contentLanguage: 'en',
    contentDisposition: 'inline',
    cacheControl: 'no-store',
  }
  await file.upload(Buffer.from('{}'), { metadata: { day: 'monday' }, pathHttpHeaders })
  const found = await file.getProperties()
  assert.deepEqual(found.metadata, { day: 'monday' })
  for (const [name, value] of Object.entries(pathHttpHeaders)) assert.equal(found[name as 'contentType'], value)
  assert.deepEqual([found.contentLength, found.leaseState], [2, 'available'])
  assert.equal(found._response.headers.get('x-ms-resource-type'), 'file')
  assert.equal(found.createdOn!.getTime() <= found.lastModified!.getTime(), true)
  const { _response } = await fileSystem.getDirectoryClient('dir').getProperties()
  assert.equal(_response.headers.get('x-ms-resource-type'), 'directory')
  assert.equal(await fileSystem.getDirectoryClient('dir').exists(), true)
})

test('metadata and headers are replaced as a whole', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  const file = fileSystem.getFileClient('a')
  await file.upload(Buffer.from('x'), { metadata: { a: '1' }, pathHttpHeaders: { contentLanguage: 'de' } })
  await file.setMetadata({ b: '2' })
  await file.setHttpHeaders({ contentType: 'text/plain' })
  const { metadata, contentType, contentLanguage } = await file.getProperties()
  assert.deepEqual([metadata, contentType, contentLanguage], [{ b: '2' }, 'text/plain', undefined])
  assert.equal(await textOf(fileSystem, 'a'), 'x')
})

test('a large file arrives in parts at once, as a buffer and as a stream', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  const bytes = randomBytes(9_000_000)
  const file = fileSystem.getFileClient('large')
  await file.upload(bytes, { chunkSize: 1_000_000, singleUploadThreshold: 1_000_000, maxConcurrency: 4 })
  assert.deepEqual(await file.readToBuffer(), bytes)
  const stream = fileSystem.getFileClient('stream')
  await stream.uploadStream(Readable.from([bytes.subarray(0, 3_000_000), bytes.subarray(3_000_000)]), {
    chunkSize: 1_000_000,
  })
  assert.deepEqual(await stream.readToBuffer(), bytes)
})

test('an upload that must create does not overwrite', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  await put(fileSystem, 'a', 'first')
  const again = fileSystem.getFileClient('a').upload(Buffer.from('second'), { conditions: { ifNoneMatch: '*' } })
  await rejectsWith(again, 409, 'PathAlreadyExists')
  assert.equal(await textOf(fileSystem, 'a'), 'first')
})

test('an empty file is a file', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  await put(fileSystem, 'empty', '')
  const file = fileSystem.getFileClient('empty')
  assert.equal((await file.getProperties()).contentLength, 0)
  assert.equal(await toText((await file.read()).readableStreamBody), '')
  await file.flush(0)
})

test('names may have spaces, signs and letters of any script', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  const names = ['a b', 'a%20b', 'grün', 'x+y', 'q?a=1&b', '日本/東京', 'p=1,q#2']
  for (const name of names) await put(fileSystem, name)
  for (const name of names) assert.equal(await textOf(fileSystem, name), name)
  assert.deepEqual((await allPaths(fileSystem)).sort(), [...names, '日本/'].sort())
})

test('permissions and access control lists are kept and returned', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  await put(fileSystem, 'dir/a')
  const file = fileSystem.getFileClient('dir/a')
  const first = await file.getAccessControl()
  assert.deepEqual([first.owner, first.group], ['$superuser', '$superuser'])
  assert.deepEqual(first.permissions?.owner, { read: true, write: true, execute: false })
  assert.deepEqual(first.permissions?.group, { read: true, write: false, execute: false })
  const everything = { read: true, write: true, execute: true }
  const nothing = { read: false, write: false, execute: false }
  await file.setPermissions({
    ...{ owner: everything, group: nothing, other: nothing },
    ...{ stickyBit: false, extendedAcls: false },
  })
  assert.deepEqual((await file.getAccessControl()).permissions?.owner, everything)
  const entry = (id: string) =>
    ({
      accessControlType: 'user',
      entityId: id,
      defaultScope: false,
      permissions: { ...everything, write: false },
    }) as const
  await file.setAccessControl([entry('reader')], { owner: 'me' })
  const second = await file.getAccessControl()
  assert.equal(second.owner, 'me')
  assert.equal(second.permissions?.extendedAcls, true)
  assert.deepEqual(
    second.acl.map(({ accessControlType, entityId }) => [accessControlType, entityId]),
    [
      ['user', ''],
      ['group', ''],
      ['other', ''],
      ['user', 'reader'],
    ],
  )
  const { counters } = await fileSystem.getDirectoryClient('dir').updateAccessControlRecursive([entry('another')])
  assert.deepEqual(counters, { failedChangesCount: 0, changedDirectoriesCount: 1, changedFilesCount: 1 })
  const ids = (await file.getAccessControl()).acl.map(({ entityId }) => entityId)
  assert.deepEqual(ids.slice(-2), ['reader', 'another'])
})

test('a file is deleted; a missing one is told as such', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  await put(fileSystem, 'a')
  await fileSystem.getFileClient('a').delete()
  await rejectsWith(fileSystem.getFileClient('a').read(), 404, 'BlobNotFound')
  await rejectsWith(fileSystem.getFileClient('a').delete(), 404, 'PathNotFound')
  assert.equal((await fileSystem.getFileClient('a').deleteIfExists()).succeeded, false)
  assert.equal(await fileSystem.getFileClient('a').exists(), false)
})
