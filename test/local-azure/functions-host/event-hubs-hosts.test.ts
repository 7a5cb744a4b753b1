import { rm } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { arrival, HubWorld, seenBy, texts, type Seen } from './hub-world.ts'
import { eventually, startTestHost, temporaryDirectory } from './support.ts'

let directory: string
let world: HubWorld
before(async () => {
  directory = await temporaryDirectory()
  world = await HubWorld.start(directory, { stolen: 2, shared: 4 })
})
after(async () => {
  await world.close()
  await rm(directory, { recursive: true })
})

test('two hosts share the partitions; when one is killed the other takes all of them and skips nothing', async (t) => {
  const first = await world.host(t, 'shared')
  const second = await world.host(t, 'shared')
  const partitions = (seen: readonly Seen[]) =>
    new Set(seen.map(({ metadata }) => (metadata['partitionContext'] as { partitionId: string }).partitionId))
  let round = 0
  const feed = async (): Promise<readonly Seen[][]> => {
    round += 1
    for (let partition = 0; partition < 4; partition += 1)
      await world.send('shared', [`${round}/${partition}`], { partitionId: String(partition) })
    return [await seenBy(first, 'shared'), await seenBy(second, 'shared')]
  }
  await eventually('both at work', feed, ([a, b]) => partitions(a!).size > 0 && partitions(b!).size === 2)
  first.kill()
  const last = (round += 1)
  for (let partition = 0; partition < 4; partition += 1)
    await world.send('shared', [`${last}/${partition}`], { partitionId: String(partition) })
  const isAll = (seen: readonly Seen[]): boolean =>
    [0, 1, 2, 3].every((partition) => texts(seen).includes(`${last}/${partition}`))
  await arrival(second, 'shared', isAll)
})

test('a host whose partition was taken over stops retrying: what the other host does counts', async (t) => {
  const first = await world.host(t, 'stolen')
  await first.send('PUT', '/api/broken/true')
  for (const partitionId of ['0', '1']) await world.send('stolen', [partitionId], { partitionId })
  await arrival(first, 'stolen', (all) => new Set(texts(all)).size === 2)
  const second = await world.host(t, 'stolen')
  const [taken] = texts(await arrival(second, 'stolen', ({ length }) => length > 0))
  const tries = async (): Promise<number> =>
    texts(await seenBy(first, 'stolen')).filter((text) => text === taken).length
  let last = -1
  await eventually(
    'the end of the retries',
    async () => {
      const before = last
      await pause(2_500)
      last = await tries()
      return last === before
    },
    (ended) => ended,
  )
  await world.checkpointed('stolen', 0, taken)
})

test('a host that starts before its storage and its hubs, or loses them, goes on when they are there', async (t) => {
  const folder = await temporaryDirectory()
  t.after(() => rm(folder, { recursive: true }))
  const first = await HubWorld.start(folder, { binary: 1 })
  const { ports } = first
  await first.close()
  const host = await startTestHost('event-hubs', first.settings('binary'))
  t.after(() => host.stop())
  for (const body of ['before', 'after']) {
    const again = await HubWorld.start(folder, { binary: 1 }, ports)
    await again.send('binary', [body])
    await arrival(host, 'binary', (all) => texts(all).includes(body))
    await again.close()
  }
})
