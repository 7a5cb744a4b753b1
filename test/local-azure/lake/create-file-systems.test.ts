import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFileSystems } from '../../../local/create-file-systems.ts'
import { put, testLake, textOf } from './support.ts'

test('the file systems of a run are made once, and what is in them stays', async (t) => {
  const { lake, dataLake } = await testLake(t)
  await createFileSystems(lake.connectionString)
  await put(dataLake.getFileSystemClient('raw'), 'captured')
  await createFileSystems(lake.connectionString)
  const names = await Array.fromAsync(dataLake.listFileSystems())
  assert.deepEqual(
    names.map(({ name }) => name),
    ['dead-letters', 'lake', 'raw'],
  )
  assert.equal(await textOf(dataLake.getFileSystemClient('raw'), 'captured'), 'captured')
})
