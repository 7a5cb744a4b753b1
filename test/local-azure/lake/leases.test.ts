import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { put, rejectsWith, testFileSystem, textOf } from './support.ts'

test('what is leased is written by the holder of the lease alone', async (t) => {
  const { fileSystem, container } = await testFileSystem(t)
  await put(fileSystem, 'a')
  const file = fileSystem.getFileClient('a')
  const blob = container.getBlockBlobClient('a')
  const lease = file.getDataLakeLeaseClient()
  await lease.acquireLease(-1)
  const writes = (options: { readonly conditions?: { readonly leaseId: string } } = {}) => [
    () => file.create({ ...options }),
    () => file.append('x', 0, 1, { ...options }),
    () => file.setMetadata({ x: 'y' }, { ...options }),
    () => file.setHttpHeaders({}, { ...options }),
    () => blob.upload('x', 1, { ...options }),
    () => blob.stageBlock('YQ==', 'x', 1, { ...options }),
    () => blob.commitBlockList([], { ...options }),
    () => file.delete(false, { ...options }),
  ]
  for (const write of writes()) await rejectsWith(write(), 412, 'LeaseIdMissing')
  for (const write of writes({ conditions: { leaseId: randomUUID() } })) {
    await rejectsWith(write(), 412, 'LeaseIdMismatchWithBlobOperation')
  }
  await rejectsWith(file.move('b'), 412, 'LeaseIdMissing')
  assert.equal(await textOf(fileSystem, 'a'), 'a')
  const conditions = { leaseId: lease.leaseId }
  await file.append('!', 1, 1, { conditions })
  await file.flush(2, { conditions })
  assert.equal((await file.getProperties()).leaseState, 'leased')
  await file.delete(false, { conditions })
  assert.equal(await file.exists(), false)
})

test('a read needs no lease, but one that it names must be the right one', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  await put(fileSystem, 'a')
  const file = fileSystem.getFileClient('a')
  const unheld = { conditions: { leaseId: randomUUID() } }
  await rejectsWith(file.getProperties(unheld), 412, 'LeaseNotPresentWithBlobOperation')
  await file.getDataLakeLeaseClient().acquireLease(-1)
  assert.equal(await textOf(fileSystem, 'a'), 'a')
  await rejectsWith(file.getProperties(unheld), 412, 'LeaseIdMismatchWithBlobOperation')
})

test('a lease is acquired by one, renewed, changed and released', async (t) => {
  const { fileSystem } = await testFileSystem(t)
  await put(fileSystem, 'a')
  const file = fileSystem.getFileClient('a')
  const [mine, yours] = [file.getDataLakeLeaseClient(), file.getDataLakeLeaseClient()]
  await mine.acquireLease(15)
  await mine.acquireLease(30)
  await rejectsWith(yours.acquireLease(15), 409, 'LeaseAlreadyPresent')
  await rejectsWith(yours.renewLease(), 409, 'LeaseIdMismatchWithLeaseOperation')
  await rejectsWith(yours.releaseLease(), 409, 'LeaseIdMismatchWithLeaseOperation')
  await mine.renewLease()
  const before = mine.leaseId
  await mine.changeLease(randomUUID())
  assert.notEqual(mine.leaseId, before)
  await mine.renewLease()
  const { leaseState, leaseStatus, leaseDuration } = await file.getProperties()
  assert.deepEqual([leaseState, leaseStatus, leaseDuration], ['leased', 'locked', 'fixed'])
  await mine.releaseLease()
  assert.equal((await file.getProperties()).leaseState, 'available')
  await yours.acquireLease(15)
  await rejectsWith(mine.acquireLease(15), 409, 'LeaseAlreadyPresent')
  await rejectsWith(file.getDataLakeLeaseClient().acquireLease(5), 400, 'InvalidHeaderValue')
})

test('a lease ends by itself, and its holder may renew it while nobody else has taken it', async (t) => {
  const { fileSystem, advance } = await testFileSystem(t)
  await put(fileSystem, 'a')
  const file = fileSystem.getFileClient('a')
  const [mine, yours] = [file.getDataLakeLeaseClient(), file.getDataLakeLeaseClient()]
  await mine.acquireLease(15)
  advance(16)
  assert.equal((await file.getProperties()).leaseState, 'expired')
  await mine.renewLease()
  assert.equal((await file.getProperties()).leaseState, 'leased')
  advance(16)
  await yours.acquireLease(15)
  await rejectsWith(mine.renewLease(), 409, 'LeaseIdMismatchWithLeaseOperation')
})

test('a lease that has ended is gone once somebody has written without it', async (t) => {
  const { fileSystem, advance } = await testFileSystem(t)
  const file = fileSystem.getFileClient('a')
  const mine = file.getDataLakeLeaseClient()
  await put(fileSystem, 'a')
  for (const write of [() => put(fileSystem, 'a'), () => file.setMetadata({ by: 'you' })]) {
    await mine.acquireLease(15)
    advance(16)
    await write()
    assert.equal((await file.getProperties()).leaseState, 'available')
    await rejectsWith(mine.renewLease(), 409, 'LeaseIdMismatchWithLeaseOperation')
  }
})

test('a lease is broken at once or by and by, and until then still holds', async (t) => {
  const { fileSystem, advance } = await testFileSystem(t)
  await put(fileSystem, 'a')
  const file = fileSystem.getFileClient('a')
  const [mine, yours] = [file.getDataLakeLeaseClient(), file.getDataLakeLeaseClient()]
  await rejectsWith(mine.breakLease(0), 409, 'LeaseNotPresentWithLeaseOperation')
  await mine.acquireLease(-1)
  assert.equal((await yours.breakLease(20)).leaseTime, 20)
  assert.equal((await file.getProperties()).leaseState, 'breaking')
  await rejectsWith(yours.acquireLease(15), 409, 'LeaseAlreadyPresent')
  await rejectsWith(mine.acquireLease(15), 409, 'LeaseIsBreakingAndCannotBeAcquired')
  await rejectsWith(mine.renewLease(), 409, 'LeaseIsBrokenAndCannotBeRenewed')
  await rejectsWith(file.setMetadata({}), 412, 'LeaseIdMissing')
  advance(21)
  assert.equal((await file.getProperties()).leaseState, 'broken')
  await file.setMetadata({})
  await yours.acquireLease(-1)
  assert.equal((await yours.breakLease(0)).leaseTime, 0)
  assert.equal((await file.getProperties()).leaseState, 'broken')
})

test('a leased container is deleted by the holder of the lease alone', async (t) => {
  const { container } = await testFileSystem(t)
  const lease = container.getBlobLeaseClient()
  await lease.acquireLease(-1)
  await container.getBlockBlobClient('a').upload('1', 1)
  assert.equal((await container.getProperties()).leaseState, 'leased')
  await rejectsWith(container.delete(), 412, 'LeaseIdMissing')
  const wrong = { conditions: { leaseId: randomUUID() } }
  await rejectsWith(container.delete(wrong), 412, 'LeaseIdMismatchWithContainerOperation')
  await container.delete({ conditions: { leaseId: lease.leaseId } })
})
