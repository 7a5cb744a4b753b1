import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { newHub, startDurableHost, type DurableHost } from './durable-world.ts'
import { eventually } from './support.ts'

const notes = join(temporaryFolder(), 'notes')
let host: DurableHost
before(async () => {
  host = await startDurableHost(newHub(), { NOTES: notes })
})
after(() => host.stop())

const noted = (line: string) =>
  eventually(
    `the note "${line}"`,
    () => Promise.resolve(readNotes()),
    (lines) => lines.includes(line),
  )

const readNotes = (): readonly string[] => {
  try {
    return readFileSync(notes, 'utf8').split('\n')
  } catch {
    return []
  }
}

test('a suspended orchestration stands still, keeps what comes, and goes on when it is resumed', async () => {
  const id = await host.begin('events', ['a', 'b'])
  await host.reached(id, 'its start', ({ runtimeStatus }) => runtimeStatus === 'Running')
  await host.ask(`suspend/${id}`, { reason: 'lunch' })
  await host.reached(id, 'its pause', ({ runtimeStatus }) => runtimeStatus === 'Suspended')
  await host.raise(id, 'a', 1)
  await host.raise(id, 'b', 2)
  // Another orchestration, begun after the events: had this one seen them it would have ended.
  await host.output('sequence', [1, 2])
  assert.equal((await host.status(id)).runtimeStatus, 'Suspended')
  await host.ask(`resume/${id}`, { reason: 'eaten' })
  assert.deepEqual((await host.ended(id)).output, [1, 2])
})

test('a suspended orchestration can be terminated', async () => {
  const id = await host.begin('events', ['a'])
  await host.ask(`suspend/${id}`, { reason: '' })
  await host.reached(id, 'its pause', ({ runtimeStatus }) => runtimeStatus === 'Suspended')
  await host.ask(`terminate/${id}`, { reason: 'enough' })
  const { runtimeStatus, output } = await host.ended(id)
  assert.deepEqual([runtimeStatus, output], ['Terminated', 'enough'])
})

test('a terminated orchestration does nothing any more, though its activity runs to its end', async () => {
  const id = await host.begin('slowly', 1_000)
  await noted(`begin ${id} 0`)
  await host.ask(`terminate/${id}`, { reason: 'enough' })
  const { runtimeStatus, output } = await host.ended(id)
  assert.deepEqual([runtimeStatus, output], ['Terminated', 'enough'])
  await noted(`end ${id} 0`)
  await host.output('sequence', [1, 2])
  assert.deepEqual(
    readNotes().filter((line) => line.includes(id)),
    [`begin ${id} 0`, `end ${id} 0`],
  )
})

test('a parent hears that its sub-orchestration was terminated', async () => {
  const id = await host.begin('parentOfWaiting', 'terminated-child')
  await host.reached('terminated-child', 'the child', ({ runtimeStatus }) => runtimeStatus === 'Running')
  await host.ask('terminate/terminated-child', { reason: 'enough' })
  const { runtimeStatus, output } = await host.ended(id)
  assert.deepEqual([runtimeStatus, output], ['Completed', 'enough \n '])
})

test('nothing can be told to an orchestration that is not there or has ended', async () => {
  await host.output('sequence', [], 'has-ended')
  for (const operation of ['terminate', 'suspend', 'resume', 'raiseEvent/e']) {
    const missing = await host.manage('POST', `/instances/no-such/${operation}`, {})
    const ended = await host.manage('POST', `/instances/has-ended/${operation}`, {})
    assert.deepEqual([missing.status, ended.status], [404, 410], operation)
  }
})

test('an ended orchestration can be purged, a running one cannot', async () => {
  await host.output('sequence', [1], 'to-purge')
  const running = await host.begin('events', ['a'])
  assert.deepEqual(await host.ask('purge/to-purge', {}), { instancesDeleted: 1 })
  assert.equal((await host.manage('GET', '/instances/to-purge')).status, 404)
  assert.deepEqual(await host.ask('purge/to-purge', {}), { instancesDeleted: 0 })
  assert.equal((await host.manage('DELETE', `/instances/${running}`)).status, 412)
  await host.ask(`terminate/${running}`, { reason: '' })
  await host.ended(running)
})

test('a purge by status and time takes those alone, and wants a time', async () => {
  const from = new Date().toISOString()
  await host.output('sequence', [1], 'purge-completed')
  await host.ended(await host.begin('failing', null, 'purge-failed'))
  const running = await host.begin('events', ['a'], 'purge-running')
  assert.deepEqual(await host.ask('purge-by', { from, runtimeStatus: ['Failed'] }), { instancesDeleted: 1 })
  assert.equal((await host.status('purge-completed')).runtimeStatus, 'Completed')
  const all = await host.ask<{ instancesDeleted: number }>('purge-by', { from })
  assert.ok(all.instancesDeleted >= 1)
  assert.deepEqual(await host.ask('purge-by', { from }), { instancesDeleted: 0 })
  assert.equal((await host.manage('DELETE', '/instances/')).status, 400)
  await host.ask(`terminate/${running}`, { reason: '' })
  await host.ended(running)
})

test('a failed orchestration is rewound: what failed is done again, what was done is not', async () => {
  const id = await host.begin('rewindable', null, 'rewindable')
  await host.raise(id, 'early', 'kept')
  await host.raise(id, 'go')
  for (const reason of [/attempt 1/, /failTimes' failed: attempt 2/, /flakyAfterNote' failed/]) {
    const failed = await host.ended(id)
    assert.equal(failed.runtimeStatus, 'Failed')
    assert.match(String(failed.output), reason)
    await host.ask(`rewind/${id}`, { reason: 'mended' })
  }
  const { runtimeStatus, output } = await host.ended(id)
  assert.deepEqual(
    [runtimeStatus, output],
    ['Completed', [`${id} a`, 2, `${id} c`, 3, 2, 'kept']],
    JSON.stringify(output),
  )
  for (const name of ['a', 'e']) {
    assert.equal(readNotes().filter((line) => line === `begin ${id} ${name}`).length, 1, name)
  }
})

test('an orchestration is rewound only where it has failed and held no locks', async () => {
  await host.output('sequence', [], 'not-failed')
  await assert.rejects(host.ask('rewind/not-failed', { reason: '' }), /has status Completed, but only/)
  await assert.rejects(host.ask('rewind/no-such', { reason: '' }), /No instance with ID 'no-such' found/)
  const { instanceId } = await host.ended(await host.begin('holdingAndFailing'))
  await assert.rejects(host.ask(`rewind/${instanceId}`, { reason: '' }), /held locks of entities/)
})

test('an orchestration is restarted with its input, under a new id or its own', async () => {
  await host.output('sequence', [1, 2], 'to-restart')
  const response = await host.manage('POST', '/instances/to-restart/restart')
  const { id } = (await response.json()) as { id: string }
  assert.notEqual(id, 'to-restart')
  assert.deepEqual((await host.ended(id)).output, [1, 2])
  const same = await host.manage('POST', '/instances/to-restart/restart?restartWithNewInstanceId=false')
  assert.deepEqual([same.status, ((await same.json()) as { id: string }).id], [202, 'to-restart'])
  assert.equal((await host.manage('POST', '/instances/no-such/restart')).status, 400)
})
