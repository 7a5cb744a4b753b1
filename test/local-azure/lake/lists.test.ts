import type { ContainerClient } from '@azure/storage-blob'
import type { DataLakeFileSystemClient } from '@azure/storage-file-datalake'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { put, rejectsWith, testFileSystem, testLake } from './support.ts'

const tree = ['a/1', 'a/2', 'a/b/3', 'a.txt', 'ab', 'c']

const filled = async (fileSystem: DataLakeFileSystemClient): Promise<void> => {
  for (const path of tree) await put(fileSystem, path)
}

test('paths are listed at any depth, in one directory, and under one', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  await filled(fileSystem)
  const names = async (options: object): Promise<(string | undefined)[]> => {
    const found = await Array.fromAsync(fileSystem.listPaths(options))
    return found.map(({ name }) => name)
  }
  assert.deepEqual(await names({ recursive: true }), ['a', 'a.txt', 'a/1', 'a/2', 'a/b', 'a/b/3', 'ab', 'c'])
  assert.deepEqual(await names({}), ['a', 'a.txt', 'ab', 'c'])
  assert.deepEqual(await names({ path: 'a' }), ['a/1', 'a/2', 'a/b'])
  assert.deepEqual(await names({ path: 'a/', recursive: true }), ['a/1', 'a/2', 'a/b', 'a/b/3'])
  await rejectsWith(names({ path: 'none' }), 404, 'PathNotFound')
})

test('a listed path tells what it is', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  await put(fileSystem, 'a/1', 'text')
  const [directory, file] = await Array.fromAsync(fileSystem.listPaths({ recursive: true }))
  assert.equal(directory!.isDirectory, true)
  const { name, contentLength, etag, owner, group, createdOn, lastModified } = file!
  assert.deepEqual([name, contentLength, owner, group], ['a/1', 4, '$superuser', '$superuser'])
  assert.equal(`"${etag}"`, (await fileSystem.getFileClient('a/1').getProperties()).etag)
  assert.ok(Math.abs(createdOn!.getTime() - lastModified!.getTime()) < 10_000)
})

test('paths come in pages that are continued where they ended, by another client too', async (t) => {
  const { fileSystem, dataLake } = await testFileSystem(t)
  await filled(fileSystem)
  const first = await fileSystem.listPaths({ recursive: true }).byPage({ maxPageSize: 3 }).next()
  const { continuation } = first.value as { continuation?: string }
  await put(fileSystem, 'a/0')
  await put(fileSystem, 'z')
  const pages: string[][] = []
  const rest = dataLake.getFileSystemClient('data').listPaths({ recursive: true })
  for await (const { pathItems } of rest.byPage({ continuationToken: continuation!, maxPageSize: 3 })) {
    pages.push(pathItems!.map(({ name }) => name!))
  }
  assert.deepEqual(pages, [
    ['a/2', 'a/b', 'a/b/3'],
    ['ab', 'c', 'z'],
  ])
})

const blobNames = async (container: ContainerClient, prefix: string): Promise<string[]> => {
  const names: string[] = []
  for await (const { kind, name } of container.listBlobsByHierarchy('/', { prefix })) names.push(`${kind} ${name}`)
  return names
}

test('blobs are listed flat and by directory', async (t) => {
  const { fileSystem, container } = await testFileSystem(t)
  await filled(fileSystem)
  const flat: string[] = []
  for await (const { name } of container.listBlobsFlat({ prefix: 'a' })) flat.push(name)
  assert.deepEqual(flat, ['a', 'a.txt', 'a/1', 'a/2', 'a/b', 'a/b/3', 'ab'])
  assert.deepEqual(await blobNames(container, ''), ['prefix a/', 'blob a.txt', 'blob ab', 'blob c'])
  assert.deepEqual(await blobNames(container, 'a/'), ['prefix a/b/', 'blob a/1', 'blob a/2'])
  assert.deepEqual(await blobNames(container, 'a/b'), ['prefix a/b/'])
  await rejectsWith(Array.fromAsync(container.listBlobsByHierarchy('.')), 400, 'InvalidQueryParameterValue')
})

test('a listed blob tells what it is', async (t) => {
  const { container } = await testFileSystem(t)
  await container
    .getBlockBlobClient('a&<b>')
    .upload('text', 4, { metadata: { Kind: 'x & y' }, blobHTTPHeaders: { blobContentType: 'text/plain' } })
  const [blob] = await Array.fromAsync(container.listBlobsFlat({ includeMetadata: true }))
  const { name, metadata, properties } = blob!
  assert.deepEqual([name, metadata], ['a&<b>', { Kind: 'x & y' }])
  assert.deepEqual(
    [properties.contentLength, properties.contentType, properties.blobType, properties.leaseState],
    [4, 'text/plain', 'BlockBlob', 'available'],
  )
  assert.deepEqual(properties.contentMD5, (await container.getBlobClient('a&<b>').getProperties()).contentMD5)
})

test('blobs come in pages, flat and by directory', async (t) => {
  const { fileSystem, container } = await testFileSystem(t)
  await filled(fileSystem)
  const flat: number[] = []
  for await (const page of container.listBlobsFlat().byPage({ maxPageSize: 3 })) {
    flat.push(page.segment.blobItems.length)
  }
  assert.deepEqual(flat, [3, 3, 2])
  const pages: number[] = []
  for await (const { segment } of container.listBlobsByHierarchy('/').byPage({ maxPageSize: 2 })) {
    pages.push((segment.blobPrefixes ?? []).length + segment.blobItems.length)
  }
  assert.deepEqual(pages, [2, 2])
})

test('containers are listed by prefix and in pages', async (t) => {
  const { blobs } = await testLake(t)
  for (const name of ['aaa', 'aab', 'bbb']) await blobs.createContainer(name, { metadata: { of: name } })
  const pages: string[][] = []
  for await (const page of blobs.listContainers({ includeMetadata: true }).byPage({ maxPageSize: 2 })) {
    pages.push(page.containerItems.map(({ name, metadata }) => `${name} ${metadata!['of']!}`))
  }
  assert.deepEqual(pages, [['aaa aaa', 'aab aab'], ['bbb bbb']])
  const some: string[] = []
  for await (const { name } of blobs.listContainers({ prefix: 'aa' })) some.push(name)
  assert.deepEqual(some, ['aaa', 'aab'])
})
