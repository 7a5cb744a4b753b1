import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { FeedItem } from '../../../../local/feed/feed-item.ts'
import { expectRun, type ExpectedRun } from '../../../../local/feed/oracle.ts'
import { planDifferences } from '../../../../local/feed/plan-check.ts'
import { logOf } from '../support.ts'
import { eventsOf, feedOf, fieldsOf, startedAt, textOf, withPartitions, writeFiles, type FeedGiven } from './support.ts'

type Files = Readonly<Record<string, string | Buffer>>

const series = { time: { field: 't', format: 'iso' }, fields: { value: 'v' } }
const read = (files: Files, given: Partial<FeedGiven> = {}): Promise<FeedItem[]> =>
  Array.fromAsync(
    feedOf({ stream: withPartitions('telemetry', 4), paths: writeFiles(files), mapping: series, ...given }).items,
  )
const csv = (...rows: string[]): string => ['t,v', ...rows].join('\n')
const at = (clock: string, value = 1): string => `2026-01-01T${clock}Z,${value}`
const judge = (items: readonly FeedItem[]): ExpectedRun => {
  const log = logOf(items, 4, startedAt)
  const expected = expectRun({ description: withPartitions('telemetry', 4), keepAll: false, log })
  assert.deepEqual(planDifferences(expected.outcomes, log), [])
  return expected
}
const clocks = (items: readonly FeedItem[]): string[] =>
  eventsOf(items).map((item) => `${String(fieldsOf(item)['deviceId'])} ${String(fieldsOf(item)['time']).slice(11, 16)}`)

test('files go on together by time, each in its own order', async () => {
  const items = await read({
    'a.csv': csv(at('00:00:00'), at('00:20:00'), at('00:10:00'), at('00:50:00')),
    'b.csv': csv(at('00:15:00'), at('00:20:00'), at('00:40:00')),
  })
  assert.deepEqual(clocks(items), ['a 00:00', 'b 00:15', 'a 00:20', 'a 00:10', 'b 00:20', 'b 00:40', 'a 00:50'])
  assert.deepEqual(
    items.map(({ index }) => index),
    items.map((_, i) => i),
  )
})

test('a source stays on one partition, or where the mapping says so a file does', async () => {
  const rows = Array.from({ length: 40 }, (_, i) => `${at('00:00:00')},d${i % 20}`)
  const text = ['t,v,d', ...rows].join('\n')
  const bySource = eventsOf(await read({ 'a.csv': text }, { mapping: { ...series, source: 'd' } }))
  for (let i = 20; i < 40; i += 1) assert.equal(bySource[i]!.partition, bySource[i - 20]!.partition)
  assert.equal(new Set(bySource.map(({ partition }) => partition)).size, 4)
  const files = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`${i}.csv`, text]))
  const byFile = eventsOf(await read(files, { mapping: { ...series, source: 'd', key: 'file' } }))
  for (const item of byFile) {
    assert.equal(item.partition, Number(String(fieldsOf(item)['id']).split('.')[0]) % 4)
  }
})

test('what does not parse or map arrives byte for byte and is dead, at its place', async () => {
  const text = Buffer.concat([
    Buffer.from(
      `[{"t":"2026-01-01T00:00:00Z","v":1}, {"t":"noon","v":2}, {"t":"2026-01-01T00:00:01Z","v":"x"}, {"t" 1`,
    ),
    Buffer.from([0xff]),
    Buffer.from('}, 7, {"t":"2026-01-01T00:00:02Z","v":3}]'),
  ])
  const items = await read({ 'a.json': text })
  assert.deepEqual(
    eventsOf(items).map((item) => (item.kind === 'unmapped' ? textOf(item) : fieldsOf(item)['value'])),
    [1, '{"t":"noon","v":2}', '{"t":"2026-01-01T00:00:01Z","v":"x"}', '{"t" 1\xff}', '7', 3],
  )
  const { ledger } = judge(items)
  assert.deepEqual([ledger.accepted, ledger.dead], [2, 4])
})

test('the readings say what was read, what was not understood, and why', async () => {
  const paths = writeFiles({ 'a.csv': csv(at('00:00:00'), 'noon,1', '2026-01-01T00:00:01Z'), 'b.csv': csv() })
  const { items, readings } = feedOf({ stream: withPartitions('telemetry', 4), paths, mapping: series })
  await Array.fromAsync(items)
  assert.deepEqual(readings, [
    {
      file: 'a.csv',
      bytes: 54,
      bytesRead: 54,
      records: 3,
      unmapped: 2,
      firstUnmapped: 'record 2: time: expected iso in t',
    },
    { file: 'b.csv', bytes: 3, bytesRead: 3, records: 0, unmapped: 0, firstUnmapped: null },
  ])
})

test('a reading goes on with the records, and is whole at the end', async () => {
  const rows = Array.from({ length: 2_000 }, (_, i) => at(new Date(i * 1_000).toISOString().slice(11, 19)))
  for (const paths of [writeFiles({ 'a.csv': csv(...rows) }), writeFiles({ 'a.csv.gz': gzipSync(csv(...rows)) })]) {
    const { items, readings } = feedOf({ stream: withPartitions('telemetry', 4), paths, mapping: series })
    const seen: number[] = []
    for await (const { kind } of items) if (kind === 'recorded') seen.push(readings[0]!.bytesRead)
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    )
    assert.ok(seen.every((bytes) => bytes > 0 && bytes <= readings[0]!.bytes))
    assert.equal(readings[0]!.bytesRead, readings[0]!.bytes)
  }
})

test('rows that step back beyond the lateness stay late, whatever other files are at', async () => {
  const steps = ['02:00', '02:05', '02:10', '02:05', '02:08', '02:09', '02:15'].map((clock) => at(`${clock}:00`))
  const ahead = Array.from({ length: 24 }, (_, hour) => at(`${String(hour).padStart(2, '0')}:00:00`))
  const { ledger } = judge(
    await read({ 'a.csv': csv(...steps), 'b.csv': csv(...ahead) }, { mapping: { ...series, key: 'file' } }),
  )
  // 02:05 is 5 minutes back; 02:08 and 02:09 are within the two minutes that the stream waits.
  assert.deepEqual([ledger.accepted, ledger.late], [steps.length + ahead.length - 1, 1])
})

test('heartbeats follow the records, an hour apart at full speed and a minute where the feed is paced', async () => {
  const rows = csv(at('00:00:00'), at('00:00:59'), at('00:01:00'), at('00:30:00'), at('01:00:00'))
  const told = async (isPaced: boolean): Promise<string[]> =>
    (await read({ 'a.csv': rows }, { isPaced }))
      .filter(({ kind, partition }) => kind === 'heartbeat' && partition === 3)
      .map((item) => String(fieldsOf(item)['at']).slice(0, 19))
  assert.deepEqual(await told(false), ['2026-01-01T00:58:00', '2026-01-02T01:00:00'])
  assert.deepEqual(await told(true), [
    '2025-12-31T23:59:00',
    '2026-01-01T00:28:00',
    '2026-01-01T00:58:00',
    '2026-01-02T01:00:00',
  ])
})

test('shifted to now, all times move by one constant and the newest is when the run began', async () => {
  const files = { 'a.csv': csv(at('00:00:00'), at('03:00:00'), 'noon,1', at('02:00:00')), 'b.csv': csv(at('01:00:00')) }
  const items = await read(files, { shiftToNow: true, isPaced: true })
  const times = eventsOf(items).filter(({ kind }) => kind === 'recorded')
  assert.deepEqual(
    times.map((item) => (Date.parse(String(fieldsOf(item)['time'])) - startedAt) / 3_600_000),
    [-3, -2, 0, -1],
  )
  assert.deepEqual(
    times.map(({ dueMs }) => dueMs / 3_600_000),
    [0, 1, 3, 3],
  )
  const last = items.at(-1)!
  assert.equal(Date.parse(String(fieldsOf(last)['at'])), startedAt + 86_400_000)
  assert.equal(judge(items).ledger.accepted, 3)
})

test('nothing is shifted where no record has a time', async () => {
  const items = await read({ 'a.csv': csv('noon,1') }, { shiftToNow: true })
  assert.deepEqual(items.map(textOf), ['noon,1'])
})

test('a time that has yet to come makes nothing else late, and its window closes all the same', async () => {
  const future = '2999-01-01T00:00:00Z,1'
  const { ledger } = judge(await read({ 'a.csv': csv(at('00:00:00'), future, at('00:00:01'), at('02:00:00')) }))
  assert.deepEqual([ledger.accepted, ledger.late], [4, 0])
  const both = await read({ 'a.csv': csv(at('00:00:00'), future, at('00:00:01')), 'b.csv': csv(at('00:30:00')) })
  assert.deepEqual(clocks(both), ['a 00:00', 'a 00:00', 'a 00:00', 'b 00:30'])
  const alone = await read({ 'a.csv': csv(future) })
  assert.equal(fieldsOf(alone.at(-1)!)['at'], new Date(startedAt + 86_400_000).toISOString())
})

test('without a mapping the records are events of the stream already', async () => {
  const event = {
    deviceId: 'd1',
    id: 'e1',
    time: '2026-01-01T00:00:00.000Z',
    temperature: 20,
    light: true,
    status: 'ok',
  }
  const lines = [event, { ...event, id: 'e2', time: '2026-01-01T01:00:00+01:00' }, { ...event, id: undefined }]
  const text = lines.map((line) => JSON.stringify(line)).join('\n')
  const items = eventsOf(await read({ 'a.jsonl.gz': gzipSync(text) }, { mapping: undefined }))
  assert.deepEqual(items.slice(0, 2).map(fieldsOf), [event, { ...event, id: 'e2' }])
  assert.deepEqual([items[2]!.kind, textOf(items[2]!)], ['unmapped', text.split('\n')[2]])
  const table = 'deviceId,id,time,temperature,light\nd1,e1,2026-01-01T00:00:00Z,20,true\n'
  const [row] = eventsOf(await read({ 'a.csv': table }, { mapping: undefined }))
  assert.deepEqual(fieldsOf(row!), {
    deviceId: 'd1',
    id: 'e1',
    time: '2026-01-01T00:00:00.000Z',
    temperature: 20,
    light: true,
  })
})

test('a file that cannot be read on fails the feed, named with its cause and what was sent of it', async () => {
  const message = async (files: Files, shiftToNow = false): Promise<string> => {
    try {
      await read(files, { shiftToNow })
    } catch (error) {
      return (error as Error).message
    }
    return 'nothing failed'
  }
  const array = '[{"t":"2026-01-01T00:00:00Z","v":1},{"t":"2026-01-01T00:00:01Z","v":1},{'
  const bracket = 'expected the closing bracket of the JSON array, the file ends before it'
  assert.equal(
    await message({ 'a.json': array }),
    `a.json: ${bracket}. 2 records of it were sent, and none after them; with a whole file the same command goes on there.`,
  )
  assert.equal(await message({ 'a.json': array }, true), `a.json: ${bracket}. Nothing was sent.`)
  assert.equal(
    await message({ 'a.csv': 'time,v\n' }),
    'a.csv: expected the columns t that the mapping reads, found time, v. 0 records of it were sent, and none after them; with a whole file the same command goes on there.',
  )
  assert.equal(
    await message({ 'a.csv.gz': 'no gzip' }),
    'a.csv.gz: incorrect header check. 0 records of it were sent, and none after them; with a whole file the same command goes on there.',
  )
})
