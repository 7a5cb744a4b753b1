import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { idsOf, outputOf, overlapsIn, putInstances, readRecord } from './durable-record.ts'
import { newHub, startDurableHost, type DurableHost } from './durable-world.ts'
import { eventually } from './support.ts'

/** In the middle of a function (`begin`), or between its end and the commit of what follows from it (`end`). */
const killPoints = [
  'begin 1',
  'end 1',
  'begin 4',
  'end 9',
  'begin 15',
  'end 22',
  'begin 30',
  'end 31',
  'begin 2',
  'end 40',
]

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Runs a host until it has killed itself; answers its process id, where it lived long enough to tell. */
const runUntilKilled = async (
  start: (settings: Record<string, string>) => Promise<DurableHost>,
  killPoint: string,
): Promise<void> => {
  try {
    const { pid } = await start({ KILL_AT: killPoint })
    await eventually(
      'the end of the host',
      () => Promise.resolve(isRunning(pid)),
      (running) => !running,
    )
  } catch (error) {
    // Killed before it could say that it was ready.
    assert.match(String(error), /ended before it was ready/)
  }
}

test('hosts that are killed in the middle of activities and of episodes lose nothing and repeat only what was not committed', async (t) => {
  const record = join(temporaryFolder(), 'record')
  const hub = newHub()
  const ids = idsOf(12)
  putInstances(hub, ids)
  const one = 'AzureFunctionsJobHost__extensions__durableTask__maxConcurrent'
  const start = (settings: Record<string, string>) =>
    startDurableHost(hub, {
      ...{ RECORD: record, [`${one}ActivityFunctions`]: '1', [`${one}OrchestratorFunctions`]: '1' },
      ...settings,
    })
  for (const killPoint of killPoints) await runUntilKilled(start, killPoint)

  const host = await start({})
  t.after(() => host.stop())
  for (const id of ids) {
    const { runtimeStatus, output } = await host.ended(id)
    assert.deepEqual([runtimeStatus, output], ['Completed', outputOf(id)])
  }
  const runs = readRecord(record)
  const pids = new Set(runs.map(({ pid }) => pid))
  assert.equal(pids.size, killPoints.length + 1)
  const lastPid = runs.at(-1)!.pid
  assert.deepEqual(overlapsIn(runs, new Set([...pids].filter((pid) => pid !== lastPid))), [])
  // A kill cuts off at most one activity: only that one runs again. The failing one is tried twice by itself.
  const pieces = runs.filter(({ hook, name }) => hook === 'begin' && name.toLowerCase().endsWith('piece'))
  const least = ids.length * (4 + 2)
  assert.ok(pieces.length >= least && pieces.length <= least + killPoints.length, `${pieces.length} of ${least}`)
})
