/** What the hub in memory does on command, as the cloud's does in the course of time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryHub, type MemoryHub } from '../../shared/adapters/memory/hub.ts'
import { RetryableError } from '../../shared/errors.ts'

const filledHub = (count: number): MemoryHub => {
  const hub = memoryHub(1)
  for (let i = 0; i < count; i += 1) hub.append('0', { body: Buffer.from(String(i)), enqueuedAt: i, properties: {} })
  return hub
}

const sequencesRead = async (hub: MemoryHub, from: number, to: number): Promise<number[]> =>
  (await Array.fromAsync(hub.read('0', from, to))).flat().map(({ sequence }) => sequence)

test('what has outlived the retention is left out of a read, and the partition says where it begins', async () => {
  const hub = filledHub(10)
  hub.trim('0', 6)
  assert.deepEqual(await hub.partition('0'), { isEmpty: false, beginningSequence: 6, lastSequence: 9 })
  assert.deepEqual(await sequencesRead(hub, 3, 8), [6, 7, 8])
  assert.deepEqual(await sequencesRead(hub, 0, 4), [])
})

test('a partition whose events are all gone is empty but goes on counting', async () => {
  const hub = filledHub(3)
  hub.trim('0', 3)
  assert.deepEqual(await hub.partition('0'), { isEmpty: true, beginningSequence: 3, lastSequence: 2 })
  await assert.rejects(sequencesRead(hub, 0, 2), RetryableError)
  assert.equal(hub.append('0', { body: Buffer.from(''), enqueuedAt: 9, properties: {} }).sequence, 3)
})

test('a recreated hub is empty, counts anew and was created at another time', async () => {
  const hub = filledHub(3)
  const { createdOn } = await hub.properties()
  hub.recreate('2026-02-01T00:00:00.000Z')
  assert.notEqual((await hub.properties()).createdOn, createdOn)
  assert.deepEqual(await hub.partition('0'), { isEmpty: true, beginningSequence: 0, lastSequence: -1 })
})
