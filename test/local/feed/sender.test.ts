import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEventHubs, type RunningEventHubs } from '../../../local/event-hubs/server.ts'
import { generateEvents } from '../../../local/feed/generator.ts'
import { shopVisitors } from '../../../local/feed/shop-visitors.ts'
import type { FeedItem } from '../../../local/feed/feed-item.ts'
import { readHubLog, sentIndexes, type LogEntry } from '../../../local/feed/hub-log.ts'
import { sendFeed, type SendOptions } from '../../../local/feed/sender.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { noon } from './support.ts'

const hub = 'clickstream'
const startHub = (directory: string, port = 0): Promise<RunningEventHubs> =>
  startEventHubs({ port, directory, hubs: [{ name: hub, partitions: 4, consumerGroups: [] }] })

const openHub = async (t: TestContext): Promise<RunningEventHubs> => {
  const running = await startHub(temporaryFolder())
  t.after(() => running.close())
  return running
}

const feed = (durationMs: number, rate = 500): FeedItem[] => [
  ...generateEvents(shopVisitors(), {
    seed: 2,
    rate,
    durationMs,
    startedAt: noon,
    partitions: 4,
    runId: 'run',
    ownHeartbeats: true,
  }),
]

const send = (
  running: RunningEventHubs,
  items: SendOptions['items'],
  options: Partial<SendOptions> = {},
): Promise<number> =>
  sendFeed({
    connectionString: running.connectionString,
    hub,
    items,
    speed: 'full',
    alreadySent: new Set(),
    signal: new AbortController().signal,
    ...options,
  })

const indexes = (entries: readonly LogEntry[]): unknown[] => entries.map(({ properties }) => properties['feedIndex'])
const planned = (items: readonly FeedItem[], partition: number): number[] =>
  items.filter((item) => item.partition === partition).map(({ index }) => index)

test(
  'the hub has every item once, in order, on its partition, with its bytes and properties',
  { timeout: 60_000 },
  async (t) => {
    const running = await openHub(t)
    const items = feed(10_000)
    assert.equal(await send(running, items), items.length)
    const log = await readHubLog(running.connectionString, hub)
    assert.equal(log.length, 4)
    for (const [partition, entries] of log.entries()) {
      assert.deepEqual(indexes(entries), planned(items, partition))
      assert.deepEqual(
        entries.map(({ sequence }) => sequence),
        entries.map((_, i) => i),
      )
      for (const { body, properties } of entries) {
        const item = items[properties['feedIndex'] as number]!
        assert.deepEqual(Buffer.from(body), Buffer.from(item.body))
        assert.deepEqual(properties, item.properties)
      }
    }
    assert.deepEqual(
      [...sentIndexes(log)].sort((a, b) => a - b),
      items.map(({ index }) => index),
    )
  },
)

test('an empty hub has an empty log', { timeout: 60_000 }, async (t) => {
  const running = await openHub(t)
  assert.deepEqual(await readHubLog(running.connectionString, hub), [[], [], [], []])
})

test('what the hub has already is not sent again', { timeout: 60_000 }, async (t) => {
  const running = await openHub(t)
  const items = feed(2_000)
  await send(running, items.slice(0, 400))
  const alreadySent = sentIndexes(await readHubLog(running.connectionString, hub))
  assert.equal(await send(running, items, { alreadySent }), items.length - 400)
  const log = await readHubLog(running.connectionString, hub)
  for (const [partition, entries] of log.entries()) assert.deepEqual(indexes(entries), planned(items, partition))
})

test('no item is sent before it is due', { timeout: 60_000 }, async (t) => {
  const running = await openHub(t)
  const items = feed(6_000, 100)
  const startedAt = Date.now()
  await send(running, items, { speed: 4 })
  const log = (await readHubLog(running.connectionString, hub)).flat()
  assert.equal(log.length, items.length)
  for (const { enqueuedAt, properties } of log) {
    const { dueMs } = items[properties['feedIndex'] as number]!
    // Events gather for 50 ms; half of that may be early.
    assert.ok(enqueuedAt - startedAt >= dueMs / 4 - 26, `due at ${dueMs / 4}, sent at ${enqueuedAt - startedAt}`)
  }
})

test('an aborted feed ends, and what it says it has sent is in the hub', { timeout: 60_000 }, async (t) => {
  const running = await openHub(t)
  const abort = new AbortController()
  const endless = generateEvents(shopVisitors(), {
    seed: 2,
    rate: 500,
    durationMs: Infinity,
    startedAt: noon,
    partitions: 4,
    runId: 'run',
    ownHeartbeats: false,
  })
  const sending = send(running, endless, { speed: 1, signal: abort.signal })
  await sleep(700)
  abort.abort()
  const sent = await sending
  assert.ok(sent > 0)
  assert.equal((await readHubLog(running.connectionString, hub)).flat().length, sent)
})

test('a hub that goes away for a while gets everything all the same, in order', { timeout: 90_000 }, async (t) => {
  const directory = temporaryFolder()
  const first = await startHub(directory)
  const items = feed(4_000)
  const sending = send(first, items, { speed: 1 })
  await sleep(1_200)
  await first.close()
  await sleep(800)
  const second = await startHub(directory, first.port)
  t.after(() => second.close())
  assert.equal(await sending, items.length)
  const log = await readHubLog(second.connectionString, hub)
  for (const [partition, entries] of log.entries()) {
    // Where only the acknowledgement was lost, items came twice.
    const once = [...new Set(indexes(entries))]
    assert.deepEqual(once, planned(items, partition))
  }
})

test('where the feed fails, what it had given before is in the hub', { timeout: 60_000 }, async (t) => {
  const running = await openHub(t)
  const items = feed(1_000)
  const failing = function* (): Generator<FeedItem> {
    yield* items
    throw new Error('the file ends here')
  }
  await assert.rejects(send(running, failing()), /the file ends here/)
  assert.equal((await readHubLog(running.connectionString, hub)).flat().length, items.length)
})

test('an item that no batch can hold fails the feed and is named', { timeout: 60_000 }, async (t) => {
  const running = await openHub(t)
  const [item] = feed(1_000)
  const huge = { ...item!, body: Buffer.alloc(2_000_000) }
  await assert.rejects(send(running, [huge]), /Item 0 is larger than the hub takes/)
})
