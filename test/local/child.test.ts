import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { PortTakenError, startChild } from '../../local/child.ts'

const children = join(import.meta.dirname, '..', 'fixtures', 'children')
const echo = join(children, 'echo.ts')

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const untilGone = async (pid: number): Promise<void> => {
  for (let attempt = 0; isAlive(pid); attempt += 1) {
    assert.ok(attempt < 100, `process ${pid} is still there`)
    await sleep(100)
  }
}

test('a child gets its options, says what it says, and ends when asked', async () => {
  const lines: string[] = []
  const exits: (number | null)[] = []
  const child = await startChild(
    echo,
    { a: 1 },
    { name: 'echo', onLine: (line) => lines.push(line), onExit: (code) => exits.push(code) },
  )
  assert.deepEqual(child.ready, { options: { a: 1 }, pid: child.pid })
  await child.stop()
  assert.equal(isAlive(child.pid), false)
  assert.deepEqual([lines, exits], [['a line'], [0]])
})

test('a child that cannot start is rejected with its own words, and told from one whose port is taken', async () => {
  const exits: unknown[] = []
  const options = { name: 'echo', onExit: () => exits.push(true) }
  await assert.rejects(startChild(echo, { fail: 'no disk' }, options), {
    name: 'Error',
    message: 'echo cannot start: no disk',
  })
  await assert.rejects(startChild(echo, { fail: 'taken' }, options), PortTakenError)
  assert.deepEqual(exits, [], 'it was never there to be lost')
})

test('a child that is killed is reported lost', async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>()
  const child = await startChild(echo, {}, { name: 'echo', onExit: (_code, signal) => resolve(signal) })
  child.kill()
  assert.equal(await promise, 'SIGKILL')
})

const orphaned = async (options: object): Promise<void> => {
  const parent = spawn(process.execPath, [join(children, 'parent.ts'), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const pid = Number(line.toString().trim())
  assert.ok(isAlive(pid))
  parent.kill('SIGKILL')
  await untilGone(pid)
}

test('when the parent is killed its children end', () => orphaned({}))

test('a child that cannot close ends all the same when its parent is gone', () => orphaned({ stuck: true }))
