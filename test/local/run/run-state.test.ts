import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseOptions, runName, type RunOptions } from '../../../local/run/options.ts'
import { finishRun, openRun } from '../../../local/run/run-state.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const fresh = { definition: 'd1', now: 1_000, reset: false, bounded: true }

test('an unfinished run is resumed as it was, a finished one begun anew', async () => {
  const folder = temporaryFolder()
  const first = await openRun(folder, fresh)
  assert.equal(first.resumed, false)
  const again = await openRun(folder, { ...fresh, now: 2_000 })
  assert.deepEqual(again, { state: first.state, resumed: true })
  mkdirSync(join(folder, 'cosmos'))
  writeFileSync(join(folder, 'cosmos', 'x'), '')
  await finishRun(folder, first.state)
  const anew = await openRun(folder, { ...fresh, now: 3_000 })
  assert.deepEqual([anew.resumed, anew.state.startedAt, existsSync(join(folder, 'cosmos'))], [false, 3_000, false])
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

const parsed = (...args: string[]): RunOptions => {
  const result = parseOptions(args, ['clickstream'])
  assert.ok('options' in result, JSON.stringify(result))
  return result.options
}

const problems = (...args: string[]): readonly string[] => {
  const result = parseOptions(args, ['clickstream'])
  return 'problems' in result ? result.problems : []
}

test('the same command names the same state, another one another', () => {
  const file = join(import.meta.dirname, 'run-state.test.ts')
  const names = [
    parsed('--for', '20s', '--seed', '7'),
    parsed('--for', '20s', '--seed', '8'),
    parsed('--for', '21s', '--seed', '7'),
    parsed('--for', '20s', '--seed', '7', '--keep-all'),
    parsed('--for', '20s', '--seed', '7', '--chaos'),
    parsed('--feed', `clickstream=${file}`),
    parsed('--feed', `clickstream=${file}`, '--feed', `clickstream=${file}`),
  ].map(runName)
  assert.equal(new Set(names).size, names.length)
  assert.equal(runName(parsed('--for', '20000ms', '--seed', '7')), names[0])
  assert.equal(runName(parsed('--rate', '5')), undefined)
})

test('options that do not go together are named', () => {
  const file = join(import.meta.dirname, 'run-state.test.ts')
  assert.deepEqual(problems('--for', '20s', '--feed', `clickstream=${file}`), [
    '--for: expected without --feed: a recording ends by itself',
  ])
  assert.deepEqual(problems('--report', 'x'), [
    '--report: expected together with --for or --feed: only a run that ends has a report',
  ])
  assert.deepEqual(problems('--feed', 'clickstream=/nowhere/at.all'), [
    '--feed: expected an existing file, found none at /nowhere/at.all',
  ])
  const needsTime = ['--chaos: expected together with --for of at least 10s']
  assert.deepEqual([problems('--chaos'), problems('--chaos', '--for', '5s')], [needsTime, needsTime])
  assert.match(problems('--colour', 'red')[0]!, /Unknown option '--colour'/)
})
