import assert from 'node:assert/strict'
import { test } from 'node:test'
import { put, rejectsWith, testFileSystem, textOf } from './support.ts'

const before = new Date(Date.now() - 3_600_000)
const after = new Date(Date.now() + 3_600_000)
const other = '"0x0"'

test('a read with a condition that fails tells nothing new, or fails', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  await put(fileSystem, 'a')
  const file = fileSystem.getFileClient('a')
  const { etag } = await file.getProperties()
  for (const conditions of [{ ifMatch: etag! }, { ifNoneMatch: other }, { ifModifiedSince: before }]) {
    await file.read(0, undefined, { conditions })
    await file.getProperties({ conditions })
  }
  await file.read(0, undefined, { conditions: { ifUnmodifiedSince: after } })
  for (const conditions of [{ ifNoneMatch: etag! }, { ifNoneMatch: '*' }, { ifModifiedSince: after }]) {
    await rejectsWith(file.read(0, undefined, { conditions }), 304, 'ConditionNotMet')
    await rejectsWith(file.getProperties({ conditions }), 304, 'ConditionNotMet')
  }
  for (const conditions of [{ ifMatch: other }, { ifUnmodifiedSince: before }]) {
    await rejectsWith(file.read(0, undefined, { conditions }), 412, 'ConditionNotMet')
  }
})

test('a write with a condition that fails changes nothing', async (t) => {
  const { fileSystem, container } = await testFileSystem(t)
  await put(fileSystem, 'a')
  const file = fileSystem.getFileClient('a')
  const blob = container.getBlockBlobClient('a')
  await blob.stageBlock('YQ==', 'x', 1)
  const { etag } = await file.getProperties()
  for (const conditions of [
    { ifMatch: other },
    { ifNoneMatch: etag! },
    { ifModifiedSince: after },
    { ifUnmodifiedSince: before },
  ]) {
    for (const write of [
      () => file.create({ conditions }),
      () => file.setMetadata({ x: 'y' }, { conditions }),
      () => file.setHttpHeaders({ contentType: 'x/y' }, { conditions }),
      () => file.setAccessControl([], { conditions }),
      () => file.flush(1, { conditions }),
      () => file.delete(false, { conditions }),
      () => blob.upload('x', 1, { conditions }),
      () => blob.commitBlockList(['YQ=='], { conditions }),
      () => blob.delete({ conditions }),
    ]) {
      await rejectsWith(write(), 412, 'ConditionNotMet')
    }
  }
  assert.equal((await file.getProperties()).etag, etag)
  assert.equal(await textOf(fileSystem, 'a'), 'a')
})

test('a write with a condition that holds is done, once', async (t) => {
  const { fileSystem, container } = await testFileSystem(t)
  const blob = container.getBlockBlobClient('a')
  const create = { conditions: { ifNoneMatch: '*' } }
  const { etag } = await blob.upload('first', 5, create)
  await rejectsWith(blob.upload('again', 5, create), 409, 'BlobAlreadyExists')
  await blob.upload('second', 6, { conditions: { ifMatch: etag! } })
  await rejectsWith(blob.upload('third', 5, { conditions: { ifMatch: etag! } }), 412, 'ConditionNotMet')
  await rejectsWith(
    container.getBlockBlobClient('none').upload('x', 1, { conditions: { ifMatch: etag! } }),
    412,
    'ConditionNotMet',
  )
  assert.equal(await textOf(fileSystem, 'a'), 'second')
})

test('of many writers that ask to be the only one, one is', async (t) => {
  const { container } = await testFileSystem(t)
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) =>
      container.getBlockBlobClient('one').upload(`${n}`, `${n}`.length, { conditions: { ifNoneMatch: '*' } }),
    ),
  )
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('a container is changed under conditions too', async (t) => {
  const { container } = await testFileSystem(t)
  await rejectsWith(container.delete({ conditions: { ifModifiedSince: after } }), 412, 'ConditionNotMet')
  await rejectsWith(container.setMetadata({}, { conditions: { ifModifiedSince: after } }), 412, 'ConditionNotMet')
  await container.delete({ conditions: { ifUnmodifiedSince: after } })
})
