import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { FeedItem } from '../../../../local/feed/feed-item.ts'
import { expectRun } from '../../../../local/feed/oracle.ts'
import { planDifferences } from '../../../../local/feed/plan-check.ts'
import { description, logOf, noon } from '../support.ts'
import { eventsOf, feedOf, fieldsOf, startedAt, withPartitions, writeFiles } from './support.ts'

const line = (client: string, clock: string, agent = 'Mozilla/5.0 (X11)'): string =>
  `${client} - - [01/Jan/2026:${clock} +0000] "GET /a?utm_campaign=x HTTP/1.1" 200 - "-" "${agent}"`

const read = (files: Readonly<Record<string, Buffer | string>>, partitions = 2): Promise<FeedItem[]> =>
  Array.fromAsync(feedOf({ stream: withPartitions('clickstream', partitions), paths: writeFiles(files) }).items)

test('a line becomes a page view of its client at its recorded time', async () => {
  const items = await read({ 'a.log': `${line('198.51.100.7', '12:00:05')}\n` })
  assert.deepEqual(fieldsOf(items[0]!), {
    source: '198.51.100.7',
    id: 'a.log:1',
    type: 'page_view',
    time: '2026-01-01T12:00:05.000Z',
    userId: '198.51.100.7',
    url: '/a?utm_campaign=x',
    ip: '198.51.100.7',
    status: 200,
    userAgent: 'Mozilla/5.0 (X11)',
  })
})

test('files follow one another, compressed or not, with and without a last line end', async () => {
  const items = await read({
    'a.log': `${line('1.1.1.1', '12:00:00')}\r\n${line('1.1.1.1', '12:00:00')}`,
    'b.log.gz': gzipSync(`${line('1.1.1.1', '12:00:01')}\n${line('1.1.1.1', '12:00:02')}\n`),
  })
  assert.deepEqual(
    eventsOf(items).map((item) => fieldsOf(item)['id']),
    ['a.log:1', 'a.log:2', 'b.log.gz:1', 'b.log.gz:2'],
  )
  assert.deepEqual(
    items.map(({ index, properties }) => [index, properties['feedIndex']]),
    items.map((_, i) => [i, i]),
  )
})

test('malformed lines are sent as they are, byte for byte', async () => {
  const cut = Buffer.concat([Buffer.from(line('1.1.1.1', '12:00:00').slice(0, -1)), Buffer.from([0xe4, 0xff])])
  const items = await read({
    'a.log': Buffer.concat([cut, Buffer.from('\n\n'), Buffer.from(line('1.1.1.1', '12:00:01'))]),
  })
  assert.deepEqual(Buffer.from(items[0]!.body), cut)
  assert.equal(items[1]!.body.length, 0)
  assert.equal(fieldsOf(items[2]!)['id'], 'a.log:3')
})

test('a client stays on one partition', async () => {
  const clients = Array.from({ length: 50 }, (_, i) => `10.0.0.${i % 10}`)
  const items = eventsOf(await read({ 'a.log': clients.map((client) => line(client, '12:00:00')).join('\n') }))
  for (let i = 10; i < 50; i += 1) assert.equal(items[i]!.partition, items[i - 10]!.partition)
  assert.deepEqual(new Set(items.map(({ partition }) => partition)), new Set([0, 1]))
})

test('items are due at the pace of the recorded times, which never step back', async () => {
  const items = await read({
    'a.log': ['12:00:10', '12:00:05', '12:00:30', 'x', '13:00:00'].map((clock) => line('1.1.1.1', clock)).join('\n'),
  })
  assert.deepEqual(
    eventsOf(items).map(({ dueMs }) => dueMs),
    [0, 0, 20_000, 20_000, 3_590_000],
  )
})

test('every partition is told the time at least once an hour, and at the end a day more', async () => {
  const items = await read({
    'a.log': ['12:00:00', '12:59:59', '13:00:00', '17:00:00'].map((clock) => line('1.1.1.1', clock)).join('\n'),
  })
  const told = items.map((item) =>
    item.kind === 'heartbeat' ? [item.partition, Date.parse(String(fieldsOf(item)['at'])) - noon] : 'event',
  )
  const hour = 3_600_000
  const behind = 120_000
  assert.deepEqual(told, [
    'event',
    'event',
    ...[0, 1].map((partition) => [partition, hour - behind]),
    'event',
    ...[0, 1].map((partition) => [partition, 5 * hour - behind]),
    'event',
    ...[0, 1].map((partition) => [partition, 5 * hour + 24 * hour]),
  ])
})

test('lines of an hour in any order are never late, however full of gaps the hours are', async () => {
  const seconds = Array.from({ length: 600 }, (_, i) => String((i * 37) % 60).padStart(2, '0'))
  const lines = seconds.map((second, i) =>
    line(`10.0.0.${i % 20}`, `${String(10 + Math.floor(i / 120) * 2)}:05:${second}`),
  )
  const items = await read({ 'a.log': lines.join('\n') }, 4)
  const log = logOf(items, 4, startedAt)
  const { ledger, outcomes } = expectRun({ description, keepAll: false, log })
  assert.deepEqual([ledger.accepted, ledger.late, ledger.dead], [600, 0, 0])
  assert.deepEqual(planDifferences(outcomes, log), [])
})

test('an empty file gives nothing', async () => {
  assert.deepEqual(await read({ 'a.log': '' }), [])
})

test('a compressed file that is cut short fails the feed, which says how much of it was sent', async () => {
  const lines = Array.from({ length: 10_000 }, (_, i) => line('1.1.1.1', '12:00:00', `agent ${i * 7919}`))
  const whole = gzipSync(lines.join('\n'))
  const paths = writeFiles({ 'a.log.gz': whole.subarray(0, whole.length >> 1) })
  const { items, readings } = feedOf({ stream: withPartitions('clickstream', 2), paths })
  const sent: FeedItem[] = []
  await assert.rejects(
    async () => {
      for await (const item of items) sent.push(item)
    },
    (error: Error) => {
      const records = eventsOf(sent).length
      assert.ok(records > 100)
      assert.equal(readings[0]!.records, records)
      assert.equal(
        error.message,
        `a.log.gz: unexpected end of file. ${records} records of it were sent, and none after them; with a whole file the same command goes on there.`,
      )
      return true
    },
  )
})
