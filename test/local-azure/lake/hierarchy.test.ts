import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allPaths, put, rejectsWith, testFileSystem, textOf } from './support.ts'

test('parents are made as they are needed, by either interface', async (t) => {
  const { fileSystem, container } = await testFileSystem(t)
  await fileSystem.getFileClient('a/b/c').create()
  await container.getBlockBlobClient('x/y/z').upload('1', 1)
  await fileSystem.getDirectoryClient('p/q').create()
  assert.deepEqual(await allPaths(fileSystem), ['a/', 'a/b/', 'a/b/c', 'p/', 'p/q/', 'x/', 'x/y/', 'x/y/z'])
})

test('a file is no directory and a directory no file', async (t) => {
  const { fileSystem, container } = await testFileSystem(t)
  await put(fileSystem, 'file')
  await fileSystem.getDirectoryClient('dir').create()
  await rejectsWith(fileSystem.getFileClient('file/a').create(), 409, 'PathConflict')
  await rejectsWith(container.getBlockBlobClient('file/a/b').upload('1', 1), 409, 'PathConflict')
  await rejectsWith(fileSystem.getDirectoryClient('file').create(), 409, 'PathConflict')
  await rejectsWith(fileSystem.getFileClient('dir').create(), 409, 'PathConflict')
  await rejectsWith(container.getBlockBlobClient('dir').upload('1', 1), 409, 'PathConflict')
  await rejectsWith(fileSystem.getFileClient('dir').append('a', 0, 1), 409, 'PathConflict')
  await rejectsWith(container.getBlockBlobClient('dir').stageBlock('YQ==', '1', 1), 409, 'InvalidBlobType')
  assert.equal(await textOf(fileSystem, 'file'), 'file')
})

test('a directory that is created again keeps what is in it', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  await put(fileSystem, 'dir/a')
  await fileSystem.getDirectoryClient('dir').create({ metadata: { a: 'b' } })
  assert.deepEqual(await allPaths(fileSystem), ['dir/', 'dir/a'])
  assert.deepEqual((await fileSystem.getDirectoryClient('dir').getProperties()).metadata, {
    a: 'b',
    hdi_isfolder: 'true',
  })
  assert.equal((await fileSystem.getDirectoryClient('dir').createIfNotExists()).succeeded, false)
})

test('a directory is deleted with what is in it only where that is asked for', async (t) => {
  const { fileSystem, container } = await testFileSystem(t)
  for (const path of ['dir/a', 'dir/b/c', 'dir2', 'dir-x']) await put(fileSystem, path)
  await rejectsWith(fileSystem.getDirectoryClient('dir').delete(false), 409, 'DirectoryNotEmpty')
  await rejectsWith(container.getBlobClient('dir').delete(), 409, 'DirectoryIsNotEmpty')
  await fileSystem.getDirectoryClient('dir').delete(true)
  assert.deepEqual(await allPaths(fileSystem), ['dir-x', 'dir2'])
  await fileSystem.getDirectoryClient('empty').create()
  await fileSystem.getDirectoryClient('empty').delete(false)
  assert.deepEqual(await allPaths(fileSystem), ['dir-x', 'dir2'])
})

test('what was staged for a file goes with its directory, and with a file that another is renamed onto', async (t) => {
  const { fileSystem, container } = await testFileSystem(t)
  const id = Buffer.from('1').toString('base64')
  const staged = async (path: string) => {
    const blob = container.getBlockBlobClient(path)
    await put(fileSystem, path)
    await blob.stageBlock(id, 'old', 3)
    return blob
  }
  const inDirectory = await staged('d/e/a')
  await fileSystem.getDirectoryClient('d').delete(true)
  await rejectsWith(inDirectory.commitBlockList([id]), 400, 'InvalidBlockList')
  const renamedOnto = await staged('b')
  await put(fileSystem, 'c')
  await fileSystem.getFileClient('c').move('b')
  await rejectsWith(renamedOnto.commitBlockList([id]), 400, 'InvalidBlockList')
  assert.equal(await textOf(fileSystem, 'b'), 'c')
})
