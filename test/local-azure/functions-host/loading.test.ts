import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { startHost } from '../../../local/host/host.ts'
import { changedApp, eventually, fixture, hostModule, startTestHost, temporaryDirectory } from './support.ts'

const startCjs = async (t: TestContext) => {
  const directory = await temporaryDirectory()
  const terminated = join(directory, 'terminated')
  const host = await startTestHost('cjs', { TERMINATED_FILE: terminated, A_SETTING: 'from settings' })
  t.after(async () => {
    await host.stop()
    await rm(directory, { recursive: true })
  })
  return { host, terminated }
}

test('a CommonJS app loads: every file that main names, and no other', async (t) => {
  const { host } = await startCjs(t)
  const names = (await host.json<{ name: string }[]>('/admin/functions')).map(({ name }) => name)
  assert.deepEqual(names.sort(), ['late', 'mended', 'order', 'replaced', 'second'])
})

test('settings are in the environment, logs carry the function, and nothing registers after startup', async (t) => {
  const { host } = await startCjs(t)
  assert.deepEqual(await host.json('/api/second'), {
    refusal: 'A function can only be registered during app startup.',
    setting: 'from settings',
  })
  assert.ok(host.lines.includes('second: said by second'))
})

test('hooks run in their order around an invocation and may replace handler, result and error', async (t) => {
  const { host, terminated } = await startCjs(t)
  assert.equal(await (await host.send('GET', '/api/replaced')).text(), 'made by hook')
  const mended = await host.send('GET', '/api/mended')
  assert.deepEqual([mended.status, await mended.text()], [200, 'mended'])
  assert.deepEqual(await host.json('/api/order'), [
    'appStart',
    'pre replaced',
    'post replaced pre ok',
    'pre mended',
    'post mended pre for the hook',
    'pre order',
  ])
  await host.stop()
  assert.equal(await readFile(terminated, 'utf8'), 'terminated')
})

/** What is wrong with an app, the files that make it so, and what the host says. */
const wrong: readonly (readonly [what: string, files: Record<string, string>, message: RegExp])[] = [
  ['no main', { 'package.json': '{}' }, /package\.json: expected main to name the app's entry file/],
  [
    'a main that is not there',
    { 'package.json': '{"main":"dist/a.js"}' },
    /main is "dist\/a\.js", but no such file.*Build the app first/,
  ],
  [
    'a file that throws',
    { 'app.js': "throw new Error('bad import')" },
    /The app's file app\.js could not be loaded: bad import/,
  ],
  ['no function', { 'app.js': '' }, /The app registered no function/],
  [
    'a trigger that this host lacks',
    app("app.storageQueue('q', { queueName: 'a', connection: 'A', handler() {} })"),
    /Function q: the local host has no queueTrigger/,
  ],
  [
    'a connection that is not set',
    app("app.eventHub('e', { connection: 'NO_SUCH', eventHubName: 'h', handler() {} })"),
    /Function e, eventHubTrigger: the setting NO_SUCH is not set/,
  ],
  [
    'a %SETTING% that is not set',
    app(
      "process.env.HUBS = 'Endpoint=sb://127.0.0.1;SharedAccessKeyName=a;SharedAccessKey=b'; app.eventHub('e', { connection: 'HUBS', eventHubName: '%NO_SUCH%', handler() {} })",
    ),
    /Function e, eventHubTrigger: the setting NO_SUCH is not set/,
  ],
  [
    'an event hub without a name',
    app(
      "process.env.HUBS = 'Endpoint=sb://127.0.0.1;SharedAccessKeyName=a;SharedAccessKey=b'; app.eventHub('e', { connection: 'HUBS', eventHubName: '', handler() {} })",
    ),
    /Function e, eventHubTrigger: eventHubName: expected/,
  ],
  [
    'a schedule that is none',
    app("app.timer('t', { schedule: 'often', handler() {} })"),
    /Function t, schedule: "often" is no NCRONTAB expression/,
  ],
  [
    'a function registered twice',
    app("for (const _ of [1, 2]) app.http('h', { handler() {} })"),
    /A function with the name "h" is already registered/,
  ],
  ['a wrong host.json', { 'host.json': '{"version":"1"}' }, /host\.json is not valid:\n  version: expected "2\.0"/],
]

function app(text: string): Record<string, string> {
  return { 'app.js': `import { app } from '@azure/functions'\n${text}` }
}

for (const [what, files, message] of wrong) {
  test(`a host does not start with ${what} and says so`, async (t) => {
    const directory = await changedApp(t, 'http', files)
    await assert.rejects(startTestHost(directory), message)
  })
}

test('a host that does not start ends, whatever its app keeps open', async (t) => {
  const directory = await changedApp(
    t,
    'http',
    app("setInterval(() => {}, 1000); app.timer('t', { schedule: 'often', handler() {} })"),
  )
  const child = fork(hostModule, [], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  t.after(() => child.kill('SIGKILL'))
  child.send({ options: { appDirectory: directory, port: 0, settings: {} } })
  assert.equal(await new Promise((resolve) => child.once('exit', resolve)), 1)
})

test('a host ends with the process that started it, even by a kill', async (t) => {
  const parent = fork(join(import.meta.dirname, 'parent.ts'), [], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  t.after(() => parent.kill('SIGKILL'))
  const pid = Number(await new Promise((resolve) => parent.once('message', resolve)))
  assert.equal(isRunning(pid), true)
  parent.kill('SIGKILL')
  await eventually(
    'the end of the host',
    () => Promise.resolve(isRunning(pid)),
    (running) => !running,
  )
})

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a host does not start on a port that is taken', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  await assert.rejects(startHost({ appDirectory: fixture('http'), port, settings: {} }), /the port is taken/)
})
