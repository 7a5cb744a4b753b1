/** What becomes of a batch when its invocation, its host or the ownership of its partition ends before it. */
import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { watchOwnership } from '../../../local/host/triggers/ownership.ts'
import { arrival, HubWorld, seenBy, texts } from './hub-world.ts'
import { changedApp, eventually, temporaryDirectory, type TestHost } from './support.ts'

let directory: string
let world: HubWorld
before(async () => {
  directory = await temporaryDirectory()
  world = await HubWorld.start(directory, { timed: 1, drained: 1, robbed: 2, stopped: 1, killed: 1, away: 1 })
})
after(async () => {
  await world.close()
  await rm(directory, { recursive: true })
})

const hanging = { HANGING: 'true' }
const drainState = async (host: TestHost): Promise<string> =>
  (await host.json<{ state: string }>('/admin/host/drain/status')).state

test('an invocation that takes longer than functionTimeout has failed: it is retried by the policy, then checkpointed past', async (t) => {
  const app = await changedApp(t, 'event-hubs', {
    'host.json': JSON.stringify({ version: '2.0', functionTimeout: '00:00:01' }),
  })
  const host = await world.host(t, 'timed', app, hanging)
  await world.send('timed', ['hang'])
  const seen = await arrival(host, 'timed', ({ length }) => length === 2)
  assert.match(
    seen[1]!.retry!.exception!.message,
    /^Timeout value of 00:00:01 exceeded by function timed \(invocation /,
  )
  await world.checkpointed('timed', 0)
  assert.ok(host.lines.some((line) => line.includes('its code runs on in the background')))
  await world.send('timed', ['next'])
  assert.deepEqual(texts(await arrival(host, 'timed', ({ length }) => length === 3)), ['hang', 'hang', 'next'])
})

test('drain: what runs ends and is checkpointed, nothing new is taken, HTTP is still served', async (t) => {
  const host = await world.host(t, 'drained', 'event-hubs', hanging)
  assert.equal(await drainState(host), 'Disabled')
  await world.send('drained', ['1'])
  await arrival(host, 'drained', ({ length }) => length === 1)
  for (let times = 0; times < 2; times += 1) assert.equal((await host.send('POST', '/admin/host/drain')).status, 202)
  assert.equal(await drainState(host), 'InProgress')
  await world.send('drained', ['2'])
  await host.send('POST', '/api/release')
  await eventually(
    'the end of the drain',
    () => drainState(host),
    (state) => state === 'Completed',
  )
  assert.equal(await world.checkpointOf('drained'), 0)
  assert.deepEqual(texts(await seenBy(host, 'drained')), ['1'])
  await host.stop()
  const next = await world.host(t, 'drained')
  assert.deepEqual(texts(await arrival(next, 'drained', ({ length }) => length > 0)), ['2'])
})

test('a host that is told to end lets the invocation end, but does not checkpoint it: the next delivers it again', async (t) => {
  const host = await world.host(t, 'stopped', 'event-hubs', hanging)
  await world.send('stopped', ['1'])
  await arrival(host, 'stopped', ({ length }) => length === 1)
  await host.stop()
  assert.equal(await world.checkpointOf('stopped'), undefined)
  const next = await world.host(t, 'stopped')
  assert.deepEqual(texts(await arrival(next, 'stopped', ({ length }) => length > 0)), ['1'])
})

test('a host killed in the middle of an invocation leaves no checkpoint: the next delivers it again', async (t) => {
  const host = await world.host(t, 'killed', 'event-hubs', hanging)
  await world.send('killed', ['1'])
  await arrival(host, 'killed', ({ length }) => length === 1)
  host.kill()
  const next = await world.host(t, 'killed')
  assert.deepEqual(texts(await arrival(next, 'killed', ({ length }) => length > 0)), ['1'])
  await world.checkpointed('killed', 0)
})

test('a partition that is taken over in the middle of an invocation gets no checkpoint of it', async (t) => {
  const first = await world.host(t, 'robbed', 'event-hubs', hanging)
  for (const partitionId of ['0', '1']) await world.send('robbed', [partitionId], { partitionId })
  await arrival(first, 'robbed', ({ length }) => length === 2)
  const second = await world.host(t, 'robbed')
  const [taken] = texts(await arrival(second, 'robbed', ({ length }) => length > 0)) as [string]
  await world.send('robbed', ['later'], { partitionId: taken })
  await world.checkpointed('robbed', 1, taken)
  await first.send('POST', '/api/release')
  await world.checkpointed('robbed', 0, taken === '0' ? '1' : '0')
  assert.equal(await world.checkpointOf('robbed', taken), 1)
})

test('ownership is looked at once more before a checkpoint: none is written into a partition that is somebody else’s', async () => {
  const partition = {
    fullyQualifiedNamespace: '127.0.0.1',
    eventHubName: 'nobodys',
    consumerGroup: '$Default',
    partitionId: '0',
  }
  const lost: string[] = []
  const [first, second] = ['a', 'b'].map((ownerId) => {
    const store = watchOwnership(world.checkpointStore(), (partitionId) => lost.push(`${ownerId}${partitionId}`))
    return { store, ownerId }
  }) as [
    { store: ReturnType<typeof watchOwnership>; ownerId: string },
    { store: ReturnType<typeof watchOwnership>; ownerId: string },
  ]
  const [claimed] = await first.store.claimOwnership([{ ...partition, ownerId: first.ownerId }])
  await first.store.updateCheckpoint({ ...partition, offset: '1', sequenceNumber: 1 })
  assert.equal(await world.checkpointOf('nobodys'), 1)
  await second.store.claimOwnership([{ ...claimed!, ownerId: second.ownerId }])
  await first.store.updateCheckpoint({ ...partition, offset: '2', sequenceNumber: 2 })
  assert.equal(await world.checkpointOf('nobodys'), 1)
  assert.deepEqual(lost, ['a0'])
})

test('while the storage is away nothing is lost: it goes on from the last checkpoint', async (t) => {
  const host = await world.host(t, 'away')
  await world.send('away', ['before'])
  await world.checkpointed('away', 0)
  const bringBack = await world.loseStorage()
  await world.send('away', ['meanwhile'])
  await arrival(host, 'away', (all) => texts(all).includes('meanwhile'))
  await bringBack()
  await world.checkpointed('away', 1)
  await world.send('away', ['after'])
  await world.checkpointed('away', 2)
  assert.deepEqual([...new Set(texts(await seenBy(host, 'away')))], ['before', 'meanwhile', 'after'])
})
