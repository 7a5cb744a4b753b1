import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { acquireLock } from '../../local/lock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('a folder is held by one process and free again after its release', async () => {
  const folder = temporaryFolder()
  const lock = await acquireLock(folder)
  await assert.rejects(acquireLock(folder), new RegExp(`process ${process.pid}\\) runs in ${folder}`))
  lock.release()
  ;(await acquireLock(folder)).release()
})

test('of two that start at once only one gets the folder', async () => {
  const folder = temporaryFolder()
  const attempts = await Promise.allSettled([acquireLock(folder), acquireLock(folder), acquireLock(folder)])
  assert.equal(attempts.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('the lock of a process that is gone is taken over', async () => {
  const folder = temporaryFolder()
  const { pid } = spawnSync(process.execPath, ['--version'])
  writeFileSync(join(folder, 'lock'), JSON.stringify({ pid, started: '1' }))
  ;(await acquireLock(folder)).release()
})

test('a process number that is used again does not hold the folder', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: process.pid, started: 'long ago' }))
  ;(await acquireLock(folder)).release()
})

test('a lock file that a kill left half-written does not hold the folder', async () => {
  const folder = join(temporaryFolder(), 'new')
  mkdirSync(folder)
  writeFileSync(join(folder, 'lock'), '{"pid":')
  ;(await acquireLock(folder)).release()
  assert.equal(existsSync(join(folder, 'lock')), false)
})
