import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryServing } from '../../shared/adapters/memory/serving.ts'
import {
  servingSchemaVersion,
  windowDay,
  type ChunkDocument,
  type HeadDocument,
} from '../../shared/contracts/serving-documents.ts'
import { InvariantError } from '../../shared/errors.ts'
import { writeWindows, type WindowToWrite } from '../../shared/flows/write-windows.ts'
import type { Serving } from '../../shared/ports/serving.ts'

const noon = Date.UTC(2026, 0, 1, 12)
const minute = 60_000
const series = { name: 'readings:live:rooms@1', everyMs: minute }
const common = { series: series.name, schemaVersion: servingSchemaVersion, vector: [1], ttl: 86_400 }

const aWindow = (start: number, chunks: readonly string[], of = series.name): WindowToWrite => {
  const place = { ...common, series: of, day: windowDay(start, minute), windowStart: start }
  const head: HeadDocument = {
    ...place,
    ...{ id: `${start}:head`, kind: 'head', windowEnd: start + minute, clock: 0, slabs: [1], groups: chunks.length },
    ...{ approximate: false, final: false, totals: 'AAEC' },
  }
  const documents = chunks.map((data, chunk): ChunkDocument => ({
    ...place,
    ...{ id: `${start}:${chunk}`, kind: 'chunk', chunk, data },
  }))
  return { documents: { head, chunks: documents }, served: { head: undefined, chunks: [] } }
}

/** What each write holds, as `minute:document`. */
const recorded = (serving: Serving = memoryServing()) => {
  const writes: string[][] = []
  const port: Serving = {
    ...serving,
    write: (batch) => {
      const names = batch.map(({ document: { id, windowStart } }) => `${(windowStart - noon) / minute}${id.slice(13)}`)
      writes.push(names)
      return serving.write(batch)
    },
  }
  return { serving: port, writes }
}

const group = 'AQE='

test('windows of one series and day share a batch, each with its head behind its chunks', async () => {
  const { serving, writes } = recorded()
  const day = 24 * 60
  const windows = [0, 1, day, 2].map((at) => aWindow(noon + at * minute, [group, 'AA==', group]))
  const { outcomes, ru } = await writeWindows(
    serving,
    [...windows, aWindow(noon + 3 * minute, [], 'readings:live:total@1')],
    { apart: false },
  )
  assert.deepEqual(writes, [
    ['0:0', '0:2', '0:head', '1:0', '1:2', '1:head', '2:0', '2:2', '2:head'],
    [`${day}:0`, `${day}:2`, `${day}:head`],
    ['3:head'],
  ])
  assert.deepEqual([outcomes, ru], [Array(5).fill('stands'), 130])
})

test('a batch ends with the last window that fits into it', async () => {
  const { serving, writes } = recorded()
  const windows = Array.from({ length: 120 }, (_, at) => aWindow(noon + at * minute, [group, group]))
  await writeWindows(serving, windows, { apart: false })
  assert.deepEqual(
    writes.map((batch) => [batch.length, batch.at(-1)]),
    [
      [99, '32:head'],
      [99, '65:head'],
      [99, '98:head'],
      [63, '119:head'],
    ],
  )
  const large = 'A'.repeat(700_000)
  writes.length = 0
  await writeWindows(
    serving,
    [200, 201, 202].map((at) => aWindow(noon + at * minute, [large])),
    { apart: false },
  )
  assert.deepEqual(writes, [
    ['200:0', '200:head', '201:0', '201:head'],
    ['202:0', '202:head'],
  ])
})

test('a window too large for one batch has several of its own, the head in the last', async () => {
  const { serving, writes } = recorded()
  const large = aWindow(noon, Array<string>(250).fill(group))
  const windows = [large, aWindow(noon + minute, [group]), aWindow(noon + 2 * minute, [group])]
  assert.deepEqual((await writeWindows(serving, windows, { apart: false })).outcomes, ['stands', 'stands', 'stands'])
  assert.deepEqual(
    writes.map((batch) => [batch.length, batch.at(-1)]).sort(([a], [b]) => Number(a) - Number(b)),
    [
      [4, '2:head'],
      [51, '0:head'],
      [100, '0:99'],
      [100, '0:199'],
    ],
  )
})

test('of a large window nothing is written behind a batch that somebody else has broken', async () => {
  const { serving, writes } = recorded()
  const large = aWindow(noon, Array<string>(250).fill(group))
  await serving.write([{ document: large.documents.chunks[150]!, etag: undefined }])
  writes.length = 0
  assert.deepEqual((await writeWindows(serving, [large], { apart: false })).outcomes, ['conflict'])
  assert.deepEqual(
    writes.map((batch) => batch.at(-1)),
    ['0:99', '0:199'],
  )
})

test('a window that is there as it was computed is not written', async () => {
  const { serving, writes } = recorded()
  const window = aWindow(noon, [group, 'AA=='])
  await writeWindows(serving, [window], { apart: false })
  writes.length = 0
  const [served] = (await serving.readWindows(series, [noon], 2)).windows
  const { outcomes, ru } = await writeWindows(serving, [{ ...window, served: served! }], { apart: false })
  assert.deepEqual([outcomes, ru, writes], [['stands'], 0, []])
})

test('who is too large to be stored shows when windows are written apart', async () => {
  const stored = memoryServing()
  const { serving, writes } = recorded({
    ...stored,
    write: (batch) =>
      batch.some(({ document }) => document.windowStart === noon)
        ? Promise.reject(new InvariantError('too large'))
        : stored.write(batch),
  })
  const windows = [aWindow(noon, [group]), aWindow(noon + minute, [group])]
  assert.deepEqual((await writeWindows(serving, windows, { apart: false })).outcomes, ['conflict', 'conflict'])
  const { outcomes } = await writeWindows(serving, windows, { apart: true })
  assert.deepEqual(outcomes, [new InvariantError('too large'), 'stands'])
  assert.equal(writes.length, 3)
})
