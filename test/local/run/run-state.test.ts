import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { finishRun, openRun } from '../../../local/run/run-state.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const fresh = { definition: 'd1', now: 1_000, reset: false, bounded: true }

test('an unfinished run is resumed as it was, a finished one begun anew', async () => {
  const folder = temporaryFolder()
  const first = await openRun(folder, fresh)
  assert.equal(first.resumed, false)
  const again = await openRun(folder, { ...fresh, now: 2_000 })
  assert.deepEqual(again, { state: first.state, resumed: true })
  // What is captured, too: the sequences of another hub would be taken for those of the new one.
  const kept = ['event-hubs', 'cosmos', 'storage', 'lake', 'durable']
  for (const name of kept) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'x'), '')
  }
  await finishRun(folder, first.state)
  const anew = await openRun(folder, { ...fresh, now: 3_000 })
  assert.deepEqual([anew.resumed, anew.state.startedAt], [false, 3_000])
  assert.deepEqual(kept.filter((name) => existsSync(join(folder, name))), []) // prettier-ignore
})

test('an endless run goes on with its state and with event ids of its own', async () => {
  const folder = temporaryFolder()
  const first = await openRun(folder, { ...fresh, bounded: false })
  const again = await openRun(folder, { ...fresh, bounded: false, now: 2_000 })
  assert.equal(again.resumed, true)
  assert.notEqual(again.state.runId, first.state.runId)
})

test('state of another definition is refused, naming --reset, and emptied only by it', async () => {
  const folder = temporaryFolder()
  await openRun(folder, fresh)
  await assert.rejects(openRun(folder, { ...fresh, definition: 'd2' }), /Nothing was started or changed.*--reset/)
  assert.equal((await openRun(folder, { ...fresh, definition: 'd2', reset: true })).resumed, false)
})
