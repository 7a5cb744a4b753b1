import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { durable, newHub, startDurableHost, type DurableHost } from './durable-world.ts'
import { changedApp, eventually, startTestHost } from './support.ts'

let host: DurableHost
before(async () => {
  host = await startDurableHost()
})
after(() => host.stop())

interface EntityState {
  readonly entityExists: boolean
  readonly entityState?: unknown
}

const read = (key: string) => host.ask<EntityState>(`entity/${key}`, { entity: 'counter' })

const counts = (key: string, value: number) =>
  eventually(
    `counter ${key} at ${value}`,
    () => read(key),
    ({ entityState }) => entityState === value,
  )

test('an entity is not there, is signalled, and has a state', async () => {
  assert.deepEqual(await read('new'), { entityExists: false })
  await host.ask('signal/new', { entity: 'counter', operation: 'add', input: 5 })
  await host.ask('signal/new', { entity: 'Counter', operation: 'add', input: 6 })
  await counts('new', 11)
})

test('an entity that ends itself is gone', async () => {
  await host.ask('signal/ending', { entity: 'counter', operation: 'add', input: 1 })
  await counts('ending', 1)
  await host.ask('signal/ending', { entity: 'counter', operation: 'end' })
  await eventually(
    'its end',
    () => read('ending'),
    ({ entityExists }) => !entityExists,
  )
})

test('an orchestration signals and calls an entity, and hears of its failure as Azure tells it', async () => {
  assert.deepEqual(await host.output('withEntity', 'called'), { value: 3, failure: '[object Object]' })
})

test('an entity signals another', async () => {
  await host.ask('signal/teller', { entity: 'counter', operation: 'tell', input: 'told' })
  await counts('told', 1)
})

test('what an orchestration has locked nobody else comes between', async () => {
  const transfers = Array.from({ length: 6 }, (_, i) => ({
    ...{ from: i % 2 === 0 ? 'left' : 'right', to: i % 2 === 0 ? 'right' : 'left', times: 4 },
  }))
  const outputs = await Promise.all(transfers.map((transfer) => host.output('transfer', transfer)))
  assert.deepEqual(outputs, [false, false, false, false, false, false])
  await counts('left', 0)
  await counts('right', 0)
})

test('an operation of somebody else waits for the release', async () => {
  const id = await host.begin('holding', 'held')
  await host.reached(id, 'the lock', ({ customStatus }) => customStatus === 'locked')
  await host.ask('signal/held', { entity: 'counter', operation: 'add', input: 1 })
  await host.output('withEntity', 'another')
  assert.deepEqual(await read('held'), { entityExists: false })
  await host.raise(id, 'let go')
  assert.equal((await host.ended(id)).runtimeStatus, 'Failed')
  await counts('held', 1)
})

test('an orchestration that is terminated holds no lock, also one that it still waits for', async () => {
  const holding = await host.begin('holding', 'kept')
  await host.reached(holding, 'the lock', ({ customStatus }) => customStatus === 'locked')
  const waiting = await host.begin('holding', 'kept')
  await host.reached(waiting, 'its start', ({ runtimeStatus }) => runtimeStatus === 'Running')
  for (const id of [waiting, holding]) {
    await host.ask(`terminate/${id}`, { reason: '' })
    await host.ended(id)
  }
  await host.ask('signal/kept', { entity: 'counter', operation: 'add', input: 1 })
  await counts('kept', 1)
})

test('an entity function that returns no state fails its operations, and nothing else', async (t) => {
  const entity =
    "app.generic('stateless', { trigger: { type: 'entityTrigger', name: 'context' }, handler: () => undefined })"
  const directory = await changedApp(t, 'durable', {
    'stateless.js': `import { app } from '@azure/functions'
      import * as df from 'durable-functions'
      ${entity}
      df.app.orchestration('callingStateless', function* (context) {
        try {
          yield context.df.callEntity(new df.EntityId('stateless', 'k'), 'do')
        } catch (error) {
          return error.message
        }
      })`,
  })
  const own = durable(await startTestHost(directory, {}, { durableDirectory: newHub() }))
  t.after(() => own.stop())
  assert.equal(await own.output('callingStateless'), 'It returned no state of an entity.')
})

test('entities are read, listed, told and cleared away over HTTP', async () => {
  for (const key of ['x-1', 'x-2', 'x-3']) {
    assert.equal((await host.manage('POST', `/entities/counter/${key}?op=add`, 1)).status, 202)
    await counts(key, 1)
  }
  const read = await host.manage('GET', '/entities/counter/x-1')
  assert.deepEqual([read.status, await read.json()], [200, 1])
  assert.equal((await host.manage('GET', '/entities/counter/no-such')).status, 404)
  assert.equal((await host.manage('POST', '/entities/no-such/a?op=add', 1)).status, 400)
  const listed = await host.manage('GET', '/entities/counter?fetchState=true&top=100')
  const found = (await listed.json()) as { entityId: { name: string; key: string }; state: unknown }[]
  assert.deepEqual(
    found.filter(({ entityId }) => entityId.key.startsWith('x-')).map(({ entityId, state }) => [entityId, state]),
    ['x-1', 'x-2', 'x-3'].map((key) => [{ name: 'counter', key }, 1]),
  )
  const page = await host.manage('GET', '/entities/counter?top=1')
  assert.equal(((await page.json()) as unknown[]).length, 1)
  assert.notEqual(page.headers.get('x-ms-continuation-token'), null)
  assert.equal((await host.manage('DELETE', '/instances/@counter@x-1')).status, 200)
  assert.equal((await host.manage('GET', '/entities/counter/x-1')).status, 404)
})
