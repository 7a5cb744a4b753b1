import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allPaths, put, rejectsWith, testFileSystem, textOf } from './support.ts'

test('a file is renamed with its content and properties, in place of what is there', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  await fileSystem.getFileClient('a').upload(Buffer.from('new'), { metadata: { k: 'v' } })
  await put(fileSystem, 'b', 'old')
  await fileSystem.getFileClient('a').move('b')
  assert.deepEqual(await allPaths(fileSystem), ['b'])
  assert.equal(await textOf(fileSystem, 'b'), 'new')
  assert.deepEqual((await fileSystem.getFileClient('b').getProperties()).metadata, { k: 'v' })
})

test('what was appended and not flushed moves along', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  const file = fileSystem.getFileClient('a')
  await file.create()
  await file.append('text', 0, 4)
  await file.move('b')
  await fileSystem.getFileClient('b').flush(4)
  assert.equal(await textOf(fileSystem, 'b'), 'text')
})

test('a directory is renamed with all that is in it and nothing beside it', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  for (const path of ['grün/a', 'grün/b/c', 'grün-x', 'grün2/a']) await put(fileSystem, path)
  await fileSystem.getDirectoryClient('new').create()
  await fileSystem.getDirectoryClient('grün').move('new/東京')
  assert.deepEqual(await allPaths(fileSystem), [
    ...['grün-x', 'grün2/', 'grün2/a'],
    ...['new/', 'new/東京/', 'new/東京/a', 'new/東京/b/', 'new/東京/b/c'],
  ])
  assert.equal(await textOf(fileSystem, 'new/東京/b/c'), 'grün/b/c')
  assert.deepEqual((await Array.fromAsync(fileSystem.listPaths({ path: 'new/東京' }))).length, 2)
})

test('a directory moves to another file system', async (t) => {
  const { fileSystem, dataLake } = await testFileSystem(t)
  const other = dataLake.getFileSystemClient('other')
  await other.create()
  await put(fileSystem, 'dir/a')
  await fileSystem.getDirectoryClient('dir').move('other', 'moved')
  assert.deepEqual([await allPaths(fileSystem), await allPaths(other)], [[], ['moved/', 'moved/a']])
})

test('conditions on source and destination are kept', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  await put(fileSystem, 'a')
  await put(fileSystem, 'b')
  const file = fileSystem.getFileClient('a')
  const { etag } = await file.getProperties()
  await rejectsWith(file.move('b', { destinationConditions: { ifNoneMatch: '*' } }), 409, 'PathAlreadyExists')
  await rejectsWith(file.move('c', { conditions: { ifMatch: '"0x0"' } }), 412, 'SourceConditionNotMet')
  await rejectsWith(file.move('c', { conditions: { ifNoneMatch: etag! } }), 412, 'SourceConditionNotMet')
  await rejectsWith(file.move('b', { destinationConditions: { ifMatch: etag! } }), 412, 'ConditionNotMet')
  assert.deepEqual(await allPaths(fileSystem), ['a', 'b'])
  await file.move('c', { conditions: { ifMatch: etag! }, destinationConditions: { ifNoneMatch: '*' } })
  assert.deepEqual(await allPaths(fileSystem), ['b', 'c'])
})

test('a rename that makes no sense is refused and changes nothing', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  for (const path of ['dir/a', 'full/b', 'file']) await put(fileSystem, path)
  await fileSystem.getDirectoryClient('empty').create()
  const before = await allPaths(fileSystem)
  const [dir, file] = [fileSystem.getDirectoryClient('dir'), fileSystem.getFileClient('file')]
  await rejectsWith(fileSystem.getFileClient('none').move('x'), 404, 'SourcePathNotFound')
  await rejectsWith(dir.move('dir/inner'), 409, 'InvalidRenameSourcePath')
  await rejectsWith(dir.move('none/dir'), 404, 'RenameDestinationParentPathNotFound')
  await rejectsWith(dir.move('file/dir'), 409, 'PathConflict')
  await rejectsWith(dir.move('file'), 409, 'PathConflict')
  await rejectsWith(file.move('dir'), 409, 'PathConflict')
  await rejectsWith(dir.move('full'), 409, 'PathAlreadyExists')
  await rejectsWith(dir.move('elsewhere', 'dir'), 404, 'FilesystemNotFound')
  assert.deepEqual(await allPaths(fileSystem), before)
  await dir.move('empty')
  assert.equal(await textOf(fileSystem, 'empty/a'), 'dir/a')
})

test('a lease on a file is needed for its rename and does not move', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  await put(fileSystem, 'a')
  const lease = fileSystem.getFileClient('a').getDataLakeLeaseClient()
  await lease.acquireLease(-1)
  await rejectsWith(fileSystem.getFileClient('a').move('b'), 412, 'LeaseIdMissing')
  await fileSystem.getFileClient('a').move('b', { conditions: { leaseId: lease.leaseId } })
  assert.equal((await fileSystem.getFileClient('b').getProperties()).leaseState, 'available')
})

test('a directory of 500 files is at every moment in one place, for whoever looks', async (t) => {
  const { fileSystem, container } = await testFileSystem(t)
  const files = 500
  for (let start = 0; start < files; start += 20) {
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => container.getBlockBlobClient(`here/${start + n}`).upload('x', 1)),
    )
  }
  let isMoving = true
  const seen: (readonly string[])[] = []
  const look = async (): Promise<void> => {
    while (isMoving) {
      const names: string[] = []
      for await (const { name, isDirectory } of fileSystem.listPaths({ recursive: true })) {
        if (isDirectory !== true) names.push(name!)
      }
      seen.push(names)
    }
  }
  const looking = [look(), look()]
  for (let turn = 0; turn < 5; turn += 1) {
    await fileSystem.getDirectoryClient('here').move('there')
    await fileSystem.getDirectoryClient('there').move('here')
  }
  isMoving = false
  await Promise.all(looking)
  assert.ok(seen.length >= 2)
  for (const names of seen) {
    assert.equal(names.length, files)
    assert.equal(new Set(names.map((name) => name.split('/')[0])).size, 1)
  }
})
