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

const counted = "const { app } = require('@azure/functions')\n"
const imported = "import { app } from '@azure/functions'\n"

test('main may be a list and a glob, and its files CommonJS and ES modules side by side', async (t) => {
  const directory = await changedApp(t, 'cjs', {
    'package.json': '{ "main": "{a,b,c}.*js" }',
    'a.mjs': `${imported}app.http('a', { handler() {} })`,
    'b.cjs': `${counted}app.http('b', { handler() {} })`,
    'c.mjs': `${imported}app.http('c', { handler() {} })`,
  })
  const host = await startTestHost(directory)
  t.after(() => host.stop())
  const names = (await host.json<{ name: string }[]>('/admin/functions')).map(({ name }) => name)
  assert.deepEqual(names.sort(), ['a', 'b', 'c'])
})

test('main may name files in all folders below', async (t) => {
  const directory = await changedApp(t, 'cjs', { 'package.json': '{ "main": "./**/sec*.js" }' })
  const host = await startTestHost(directory)
  t.after(() => host.stop())
  assert.deepEqual(
    (await host.json<{ name: string }[]>('/admin/functions')).map(({ name }) => name),
    ['second'],
  )
})

test('log hooks see every line and may change those of the app; a broken one, or one that logs, harms nothing', async (t) => {
  const directory = await changedApp(t, 'http', {
    'app.js': `${imported}
      const seen = []
      app.hook.log((log) => {
        seen.push([log.category, log.message, log.invocationContext?.functionName, log.hookData.by])
        log.invocationContext?.warn('said by the hook')
        if (log.message === 'quiet') log.level = 'error'
        log.message = log.message.toUpperCase()
        if (log.message === 'BREAK') throw new Error('the hook broke')
      })
      app.hook.preInvocation(({ hookData }) => void (hookData.by = 'pre'))
      app.http('speak', { handler: (_, context) => {
        context.info('quiet')
        context.warn('break')
        return { jsonBody: seen }
      } })`,
  })
  const host = await startTestHost(directory)
  t.after(() => host.stop())
  const seen = (await host.json<unknown[][]>('/api/speak')).filter(([category]) => category === 'user')
  assert.deepEqual(seen, [
    ['user', 'quiet', 'speak', 'pre'],
    ['user', 'break', 'speak', 'pre'],
  ])
  const said = host.lines.filter((line) => line.startsWith('speak: '))
  assert.deepEqual(said, ['speak: said by the hook', 'speak: QUIET', 'speak: said by the hook', 'speak: break'])
})

test('a hook that throws fails the invocation; a broken appTerminate does not keep the host from ending', async (t) => {
  const directory = await changedApp(t, 'http', {
    'app.js': `${imported}
      const calls = []
      const breakIn = (hook) => ({ invocationContext }) => {
        calls.push(hook + ' ' + invocationContext.functionName)
        if (invocationContext.functionName === hook) throw new Error(hook + ' broke')
      }
      app.hook.preInvocation(breakIn('pre'))
      app.hook.postInvocation(breakIn('post'))
      app.hook.appTerminate(() => { throw new Error('terminate broke') })
      for (const name of ['pre', 'post']) app.http(name, { handler: () => void calls.push('handler ' + name) })
      app.http('calls', { handler: () => ({ jsonBody: calls }) })`,
  })
  const host = await startTestHost(directory)
  t.after(() => host.stop())
  for (const name of ['pre', 'post']) assert.equal((await host.send('GET', `/api/${name}`)).status, 500, name)
  assert.deepEqual((await host.json<string[]>('/api/calls')).slice(0, 4), [
    'pre pre',
    'pre post',
    'handler post',
    'post post',
  ])
  await host.stop()
  assert.ok(host.lines.includes('The host has not ended cleanly: terminate broke'))
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
  [
    'functions whose names differ by case alone',
    app("for (const name of ['h', 'H']) app.http(name, { handler() {} })"),
    /Function H: another one has that name but for its case/,
  ],
  ['a name that is none', app("app.http('9 lives', { handler() {} })"), /Function 9 lives: expected a name of letters/],
  [
    'an appStart hook that throws',
    app("app.hook.appStart(() => { throw new Error('start broke') }); app.http('h', { handler() {} })"),
    /The app's appStart hook failed: start broke/,
  ],
  [
    'an input binding',
    app(
      "import { input } from '@azure/functions'; app.http('h', { extraInputs: [input.storageBlob({ connection: 'A', path: 'p' })], handler() {} })",
    ),
    /Function h: the local host has no input binding of type blob/,
  ],
  [
    'an output binding',
    app(
      "import { output } from '@azure/functions'; app.http('h', { extraOutputs: [output.storageQueue({ connection: 'A', queueName: 'q' })], handler() {} })",
    ),
    /Function h: the local host has no output binding of type queue/,
  ],
  [
    'a durable function and no directory for it',
    {
      'app.js': "import * as df from 'durable-functions'; df.app.activity('a', { handler() {} })",
    },
    /The app has durable functions, and the host has no place to keep what they do: expected the option durableDirectory\./,
  ],
  [
    'a durable client and no directory for it',
    app(
      "import * as df from 'durable-functions'; df.app.client.http('c', { handler() {} }); app.http('h', { handler() {} })",
    ),
    /expected the option durableDirectory\./,
  ],
  [
    'an option of durableTask that nobody knows',
    { 'host.json': '{"version":"2.0","extensions":{"durableTask":{"colour":"red"}}}' },
    /host\.json is not valid:\n  extensions\.durableTask\.colour: the local host does not know it/,
  ],
  [
    'a connection by identity',
    app(
      "process.env.HUBS__fullyQualifiedNamespace = 'a.servicebus.windows.net'; app.eventHub('e', { connection: 'HUBS', eventHubName: 'h', handler() {} })",
    ),
    /the setting HUBS is not set\. HUBS__fullyQualifiedNamespace is, which signs in with an identity\. Expected a connection string/,
  ],
  [
    'a timer without storage',
    app("app.timer('t', { schedule: '0 0 * * * *', handler() {} })"),
    /Function t, timerTrigger: the setting AzureWebJobsStorage is not set/,
  ],
  [
    'a route that cannot be read',
    app("app.http('h', { route: 'a/{id:what}', handler() {} })"),
    /Function h, route: the route constraint what is unknown/,
  ],
  [
    'a half route parameter',
    app("app.http('h', { route: 'a/{id}.txt', handler() {} })"),
    /\{id\}\.txt is no route parameter/,
  ],
  ['a package.json that is torn', { 'package.json': '{' }, /package\.json cannot be read: /],
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
