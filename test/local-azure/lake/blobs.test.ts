import type { BlockBlobClient } from '@azure/storage-blob'
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { rejectsWith, testFileSystem, testLake, textOf } from './support.ts'

const text = async (blob: BlockBlobClient): Promise<string> => String(await blob.downloadToBuffer())
const blockId = (number: number): string => Buffer.from(`block-${number}`).toString('base64')

test('a container is created, described, leased by name and deleted', async (t) => {
  const { blobs } = await testLake(t)
  const container = blobs.getContainerClient('box')
  assert.equal(await container.exists(), false)
  assert.equal((await container.createIfNotExists({ metadata: { a: '1' } })).succeeded, true)
  assert.equal((await container.createIfNotExists()).succeeded, false)
  await container.setMetadata({ b: '2' })
  assert.deepEqual((await container.getProperties()).metadata, { b: '2' })
  assert.deepEqual((await container.getAccessPolicy()).signedIdentifiers, [])
  await container.delete()
  await rejectsWith(container.getBlockBlobClient('a').upload('1', 1), 404, 'ContainerNotFound')
  await rejectsWith(blobs.getContainerClient('Box_').create(), 400, 'InvalidResourceName')
})

test('a blob is put, read back with what it was put with, replaced and deleted', async (t) => {
  const { container } = await testFileSystem(t)
  const blob = container.getBlockBlobClient('a/b')
  const { etag, contentMD5 } = await blob.upload('Hello', 5, {
    metadata: { Kind: 'note' },
    blobHTTPHeaders: { blobContentType: 'text/plain', blobCacheControl: 'no-store' },
  })
  const md5 = createHash('md5').update('Hello').digest()
  assert.deepEqual(Buffer.from(contentMD5!), md5)
  const found = await blob.getProperties()
  assert.deepEqual(
    [found.etag, found.contentLength, found.contentType, found.cacheControl, found.blobType, found.metadata],
    [etag, 5, 'text/plain', 'no-store', 'BlockBlob', { kind: 'note' }],
  )
  assert.deepEqual(Buffer.from(found.contentMD5!), md5)
  assert.equal(await text(blob), 'Hello')
  await blob.upload('Bye', 3)
  assert.deepEqual([await text(blob), (await blob.getProperties()).metadata], ['Bye', {}])
  await blob.delete()
  assert.equal(await blob.exists(), false)
  await rejectsWith(blob.delete(), 404, 'BlobNotFound')
  assert.equal((await blob.deleteIfExists()).succeeded, false)
})

test('both interfaces see the same files', async (t) => {
  const { fileSystem, container } = await testFileSystem(t)
  await container.getBlockBlobClient('by/blob').upload('blob', 4)
  await fileSystem.getFileClient('by/lake').upload(Buffer.from('lake'))
  assert.equal(await textOf(fileSystem, 'by/blob'), 'blob')
  assert.equal(await text(container.getBlockBlobClient('by/lake')), 'lake')
  await fileSystem.getFileClient('by/blob').append('!', 4, 1, { flush: true })
  assert.equal(await text(container.getBlockBlobClient('by/blob')), 'blob!')
  assert.equal((await container.getBlobClient('by/blob').getProperties()).contentMD5, undefined)
})

test('a body that is not what its MD5 says is refused, and what was there stays', async (t) => {
  const { container } = await testFileSystem(t)
  const blob = container.getBlockBlobClient('a')
  await blob.upload('first', 5)
  const transactionalContentMD5 = createHash('md5').update('other').digest()
  await rejectsWith(blob.upload('second', 6, { transactionalContentMD5 }), 400, 'Md5Mismatch')
  await rejectsWith(blob.stageBlock(blockId(1), 'x', 1, { transactionalContentMD5 }), 400, 'Md5Mismatch')
  assert.equal(await text(blob), 'first')
})

test('blocks are staged in any order and committed as the list says', async (t) => {
  const { container } = await testFileSystem(t)
  const blob = container.getBlockBlobClient('blocks')
  await blob.stageBlock(blockId(2), 'world', 5)
  await blob.stageBlock(blockId(1), 'Hello ', 6)
  assert.equal(await blob.exists(), false)
  assert.deepEqual((await blob.getBlockList('all')).uncommittedBlocks?.length, 2)
  await rejectsWith(blob.commitBlockList([blockId(1), blockId(3)]), 400, 'InvalidBlockList')
  await blob.commitBlockList([blockId(1), blockId(2)], { metadata: { a: 'b' } })
  assert.equal(await text(blob), 'Hello world')
  await blob.stageBlock(blockId(3), '!', 1)
  await blob.stageBlock(blockId(4), 'unused', 6)
  await blob.commitBlockList([blockId(2), blockId(3), blockId(3)])
  assert.equal(await text(blob), 'world!!')
  const { committedBlocks, uncommittedBlocks } = await blob.getBlockList('all')
  assert.deepEqual(committedBlocks, [
    { name: blockId(2), size: 5 },
    { name: blockId(3), size: 1 },
    { name: blockId(3), size: 1 },
  ])
  assert.deepEqual(uncommittedBlocks, [])
  await rejectsWith(blob.stageBlock('no base64!', 'x', 1), 400, 'InvalidQueryParameterValue')
})

test('large blobs arrive in blocks at once, as a buffer and as a stream, and come back in ranges', async (t) => {
  const { container } = await testFileSystem(t)
  const bytes = randomBytes(10_000_000)
  const options = { blockSize: 1_000_000, maxSingleShotSize: 1_000_000, concurrency: 4 }
  const blob = container.getBlockBlobClient('large')
  await blob.uploadData(bytes, options)
  assert.deepEqual(await blob.downloadToBuffer(0, undefined, { blockSize: 1_500_000, concurrency: 3 }), bytes)
  assert.deepEqual(await blob.downloadToBuffer(999_999, 3), bytes.subarray(999_999, 1_000_002))
  const stream = container.getBlockBlobClient('stream')
  await stream.uploadStream(Readable.from([bytes]), 2_000_000, 2)
  assert.deepEqual(await stream.downloadToBuffer(), bytes)
})

test('whoever reads while others write sees one writer or another, never something between', async (t) => {
  const { container } = await testFileSystem(t)
  const blob = container.getBlockBlobClient('a')
  const length = 300_000
  const write = (letter: string) => blob.upload(letter.repeat(length), length)
  await write('a')
  const reads: Promise<string>[] = []
  await Promise.all(
    ['b', 'c'].map(async (letter) => {
      for (let turn = 0; turn < 10; turn += 1) {
        reads.push(text(blob))
        await write(letter)
      }
    }),
  )
  const seen = await Promise.all(reads)
  for (const one of seen) assert.equal(one, one[0]!.repeat(length))
})

test('a copy within the account has the bytes and properties of its source and a life of its own', async (t) => {
  const { container } = await testFileSystem(t)
  const source = container.getBlockBlobClient('source')
  await source.upload('bytes', 5, { metadata: { a: 'b' }, blobHTTPHeaders: { blobContentType: 'text/plain' } })
  const copy = container.getBlockBlobClient('deep/copy')
  const poller = await copy.beginCopyFromURL(source.url)
  assert.equal((await poller.pollUntilDone()).copyStatus, 'success')
  await source.delete()
  assert.equal(await text(copy), 'bytes')
  const { metadata, contentType } = await copy.getProperties()
  assert.deepEqual([metadata, contentType], [{ a: 'b' }, 'text/plain'])
  const again = container.getBlockBlobClient('again')
  await again.syncCopyFromURL(copy.url, { metadata: { c: 'd' } })
  await again.syncUploadFromURL(copy.url)
  await copy.delete()
  assert.equal(await text(again), 'bytes')
  await rejectsWith(again.syncCopyFromURL(copy.url), 404, 'BlobNotFound')
  await rejectsWith(again.syncCopyFromURL('http://127.0.0.1:1/x/y/z'), 400, 'InvalidSourceUri')
})

test('what the lake has not is refused by name', async (t) => {
  const { container, blobs } = await testFileSystem(t)
  const blob = container.getBlockBlobClient('a')
  await blob.upload('1', 1)
  await rejectsWith(container.getAppendBlobClient('b').create(), 501, 'NotImplemented')
  await rejectsWith(container.getPageBlobClient('b').create(512), 501, 'NotImplemented')
  await rejectsWith(blob.createSnapshot(), 501, 'NotImplemented')
  await rejectsWith(blob.setAccessTier('Cool'), 501, 'NotImplemented')
  await rejectsWith(blobs.getProperties(), 501, 'NotImplemented')
  await rejectsWith(blob.upload('1', 1, { tags: { a: 'b' } }), 400, 'UnsupportedHeader')
  await rejectsWith(blob.upload('1', 1, { contentChecksumAlgorithm: 'StorageCrc64' }), 400, 'UnsupportedHeader')
})
