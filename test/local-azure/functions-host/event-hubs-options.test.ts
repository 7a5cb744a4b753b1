/** What host.json says of Event Hubs triggers. */
import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { throughJsonNet } from '../../../local/host/triggers/json-net.ts'
import { arrival, eventHubsJson, HubWorld, seenBy, texts } from './hub-world.ts'
import { changedApp, eventually, temporaryDirectory } from './support.ts'

let directory: string
let world: HubWorld
before(async () => {
  directory = await temporaryDirectory()
  world = await HubWorld.start(directory, { started: 1, ended: 1, seldom: 1, byHost: 1, failing: 1, steady: 3 })
})
after(async () => {
  await world.close()
  await rm(directory, { recursive: true })
})

test('fromEnqueuedTime: a partition without a checkpoint starts at that time', async (t) => {
  await world.send('started', ['old'])
  await pause(50)
  const enqueuedTimeUtc = new Date().toISOString()
  await pause(50)
  await world.send('started', ['new'])
  const app = await changedApp(t, 'event-hubs', {
    'host.json': eventHubsJson({ initialOffsetOptions: { type: 'fromEnqueuedTime', enqueuedTimeUtc } }),
  })
  const host = await world.host(t, 'started', app)
  assert.deepEqual(texts(await arrival(host, 'started', ({ length }) => length > 0)), ['new'])
})

test('fromEnd: a partition without a checkpoint starts with what comes after', async (t) => {
  await world.send('ended', ['old'])
  const app = await changedApp(t, 'event-hubs', {
    'host.json': eventHubsJson({ initialOffsetOptions: { type: 'fromEnd' } }),
  })
  const host = await world.host(t, 'ended', app)
  const send = async () => {
    await world.send('ended', ['new'])
    return texts(await seenBy(host, 'ended'))
  }
  const seen = await eventually('something new', send, ({ length }) => length > 0)
  assert.deepEqual([...new Set(seen)], ['new'])
})

test('batchCheckpointFrequency: every third batch is checkpointed, and at a drain what is left', async (t) => {
  const app = await changedApp(t, 'event-hubs', { 'host.json': eventHubsJson({ batchCheckpointFrequency: 3 }) })
  const host = await world.host(t, 'seldom', app)
  for (const body of ['0', '1', '2', '3']) {
    if (body === '2') assert.equal(await world.checkpointOf('seldom'), undefined)
    await world.send('seldom', [body])
    await arrival(host, 'seldom', (all) => texts(all).includes(body))
  }
  await world.checkpointed('seldom', 2)
  await host.send('POST', '/admin/host/drain')
  await world.checkpointed('seldom', 3)
})

test('the retry policy of host.json is for functions without one of their own', async (t) => {
  const retry = { strategy: 'fixedDelay', maxRetryCount: 1, delayInterval: '00:00:00' }
  const app = await changedApp(t, 'event-hubs', { 'host.json': JSON.stringify({ version: '2.0', retry }) })
  const host = await world.host(t, 'byHost,failing', app)
  await world.send('byHost', ['1'])
  await world.send('failing', ['fail'])
  await world.checkpointed('byHost', 0)
  await world.checkpointed('failing', 0)
  const counts = async (name: string) => (await seenBy(host, name)).map(({ retry: context }) => context?.retryCount)
  assert.deepEqual(await counts('byHost'), [undefined, 1])
  assert.deepEqual(await counts('failing'), [undefined, 1, 2])
})

test('two hosts whose share is uneven come to rest: no partition changes hands any more', async (t) => {
  await world.host(t, 'steady')
  await world.host(t, 'steady')
  const store = world.checkpointStore()
  const renewals = new Map<string, { ownerId: string; tags: Set<string> }>()
  const look = async () => {
    for (const { partitionId, ownerId, etag } of await store.listOwnership('127.0.0.1', 'steady', '$Default')) {
      const known = renewals.get(partitionId)
      if (known?.ownerId === ownerId) known.tags.add(etag!)
      else renewals.set(partitionId, { ownerId, tags: new Set() })
    }
    return [...renewals.values()]
  }
  const isAtRest = (all: Awaited<ReturnType<typeof look>>): boolean =>
    all.length === 3 && new Set(all.map(({ ownerId }) => ownerId)).size === 2 && all.every(({ tags }) => tags.size >= 6)
  await eventually('six renewals of each partition by its owner', look, isAtRest)
})

/** A body and what a function without dataType gets of it: .NET reads dates in it and writes them again. */
const bodies: readonly (readonly [body: string, value: unknown])[] = [
  ['{"at":"2026-01-31T12:00:00.500Z"}', { at: '2026-01-31T12:00:00.5Z' }],
  ['["2026-01-31T12:00:00.000Z"]', ['2026-01-31T12:00:00Z']],
  ['"2026-01-31T12:00:00+02:00"', '2026-01-31T10:00:00+00:00'],
  ['"2026-01-31T12:00:00"', '2026-01-31T12:00:00'],
  ['"2026-01-31"', '2026-01-31'],
  ['"2026-13-31T12:00:00Z"', '2026-13-31T12:00:00Z'],
]

for (const [body, value] of bodies) {
  test(`dates are written anew where there is no dataType: ${body}`, () => {
    assert.deepEqual(throughJsonNet(body), value)
  })
}
