import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { idsOf, outputOf, overlapsIn, putInstances, readRecord } from './durable-record.ts'
import { newHub, startDurableHost } from './durable-world.ts'
import { eventually } from './support.ts'

test('a record in which something runs twice at once tells so', () => {
  const run = (hook: 'begin' | 'end', pid: string) => ({ hook, name: 'fn', key: 'k', pid })
  const overlapping = [run('begin', '1'), run('begin', '2'), run('end', '1'), run('end', '2')]
  assert.equal(overlapsIn(overlapping, new Set())[0], 'fn k: begun by 2 while 1 was at it')
  assert.deepEqual(overlapsIn([run('begin', '1'), run('begin', '2'), run('end', '2')], new Set(['1'])), [])
})

test('two hosts share 200 instances, run no instance or activity at once, and no activity twice', async (t) => {
  const record = join(temporaryFolder(), 'record')
  const hub = newHub()
  const ids = idsOf(200)
  const settings = { RECORD: record }
  const [one, other] = await Promise.all([startDurableHost(hub, settings), startDurableHost(hub, settings)])
  t.after(() => Promise.all([one.stop(), other.stop()]))
  putInstances(hub, ids)
  for (const [i, id] of ids.entries()) {
    // Either host tells what the other has done.
    const { runtimeStatus, output } = await (i % 2 === 0 ? one : other).ended(id)
    assert.deepEqual([runtimeStatus, output], ['Completed', outputOf(id)])
  }
  const runs = readRecord(record)
  assert.deepEqual(overlapsIn(runs, new Set()), [])
  assert.equal(new Set(runs.map(({ pid }) => pid)).size, 2)
  const begun = runs.filter(({ hook }) => hook === 'begin')
  const pieces = begun.filter(({ name }) => name === 'piece').map(({ key }) => key)
  assert.equal(pieces.length, 4 * ids.length)
  assert.equal(new Set(pieces).size, pieces.length)
  assert.equal(begun.filter(({ name }) => name === 'failingPiece').length, 2 * ids.length)
})

test('a drained host ends what runs and takes nothing new; another one goes on with it', async (t) => {
  const hub = newHub()
  const record = join(temporaryFolder(), 'record')
  const one = await startDurableHost(hub, { RECORD: record, NOTES: record })
  t.after(() => one.stop())
  const id = await one.begin('slowly', 500)
  const notes = () => Promise.resolve(existsSync(record) ? readFileSync(record, 'utf8') : '')
  await eventually('its first activity', notes, (text) => text.includes(`begin ${id} 0`))
  await one.send('POST', '/admin/host/drain')
  const state = () => one.json<{ state: string }>('/admin/host/drain/status')
  await eventually('the end of the drain', state, (answer) => answer.state === 'Completed')
  assert.match(await notes(), new RegExp(`end ${id} 0`))
  assert.equal((await one.status(id)).runtimeStatus, 'Running')
  const other = await startDurableHost(hub, { RECORD: record, NOTES: record })
  t.after(() => other.stop())
  // Clients of the drained host go on.
  assert.equal((await one.ended(id)).output, 'done')
  assert.equal((await notes()).match(new RegExp(`begin ${id} `, 'g'))?.length, 3)
})

test('a host that ends still serves the durable clients of what it lets end', async (t) => {
  const hub = newHub()
  const record = join(temporaryFolder(), 'record')
  const one = await startDurableHost(hub, { NOTES: record })
  t.after(() => one.stop())
  const id = await one.begin('toldLate', 500)
  const notes = () => Promise.resolve(existsSync(record) ? readFileSync(record, 'utf8') : '')
  await eventually('its activity', notes, (text) => text.includes(`begin ${id}`))
  await one.stop()
  const other = await startDurableHost(hub, { NOTES: record })
  t.after(() => other.stop())
  const { output } = await other.ended(id)
  assert.equal(output, 'by the activity')
  assert.equal((await notes()).match(new RegExp(`begin ${id}`, 'g'))?.length, 1)
})
