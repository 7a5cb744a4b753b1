/** What every implementation of the Serving port promises. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import {
  frontierSeries,
  servingSchemaVersion,
  windowDay,
  type ChunkDocument,
  type FrontierDocument,
  type HeadDocument,
  type WindowSeries,
} from '../../shared/contracts/serving-documents.ts'
import { InvariantError, RetryableError, TerminalError } from '../../shared/errors.ts'
import { mostWrites, type Serving, type WriteResult } from '../../shared/ports/serving.ts'
import { own, type Subject } from './subject.ts'

const minute = 60_000
const hour = 3_600_000
const day = 86_400_000
const start = Date.UTC(2026, 0, 1, 12)

export const describeServing = (name: string, open: () => Promise<Subject<Serving>>): void => {
  suite(`serving in ${name}`, () => {
    let subject: Subject<Serving>
    let serving: Serving
    before(async () => {
      subject = await open()
      serving = subject.port
    })
    after(() => subject.close())

    const writeOne = (document: HeadDocument | ChunkDocument, etag: string | undefined): Promise<WriteResult> =>
      serving.write([{ document, etag }])

    const store = async (...documents: readonly (HeadDocument | ChunkDocument)[]): Promise<void> => {
      for (const document of documents) assert.equal((await writeOne(document, undefined)).kind, 'written')
    }

    const readWindow = async (series: WindowSeries, windowStart: number, chunks: number) =>
      (await serving.readWindows(series, [windowStart], chunks)).windows[0]!

    const readRange = async (...range: Parameters<Serving['readRange']>) => {
      const { heads, chunks } = await serving.readRange(...range)
      return { heads: heads.map(own), chunks: chunks.map(own) }
    }

    test('a window that was never written has no head and no chunks', async () => {
      const { windows, ru } = await serving.readWindows(newSeries(), [start], 3)
      assert.deepEqual(windows, [{ head: undefined, chunks: [undefined, undefined, undefined] }])
      assert.ok(ru > 0)
    })

    test('a window is read as it was written, its chunks by number', async () => {
      const series = newSeries()
      const [head, first, third] = [headAt(series, start), chunkAt(series, start, 0), chunkAt(series, start, 2)]
      await store(third, first, head, chunkAt(series, start + minute, 1))
      const window = await readWindow(series, start, 3)
      assert.deepEqual(own(window.head!.value), head)
      assert.deepEqual(
        window.chunks.map((chunk) => chunk && own(chunk.value)),
        [first, undefined, third],
      )
    })

    test('what exists is not created again', async () => {
      const series = newSeries()
      await store(headAt(series, start), chunkAt(series, start, 0))
      assert.equal((await writeOne(headAt(series, start, [9]), undefined)).kind, 'conflict')
      assert.equal((await writeOne(chunkAt(series, start, 0, [9]), undefined)).kind, 'conflict')
      const { head, chunks } = await readWindow(series, start, 1)
      assert.deepEqual([head?.value.vector, chunks[0]?.value.vector], [[1], [1]])
    })

    test('a document is replaced by who has read its present version, and by nobody else', async () => {
      const series = newSeries()
      await store(headAt(series, start), chunkAt(series, start, 0))
      const old = await readWindow(series, start, 1)
      assert.equal((await writeOne(headAt(series, start, [2]), old.head!.etag)).kind, 'written')
      assert.equal((await writeOne(chunkAt(series, start, 0, [2]), old.chunks[0]!.etag)).kind, 'written')
      assert.equal((await writeOne(headAt(series, start, [3]), old.head!.etag)).kind, 'conflict')
      assert.equal((await writeOne(chunkAt(series, start, 0, [3]), old.chunks[0]!.etag)).kind, 'conflict')
      const { head, chunks } = await readWindow(series, start, 1)
      assert.deepEqual([head?.value.vector, chunks[0]?.value.vector], [[2], [2]])
      assert.equal((await writeOne(headAt(series, start, [4]), head!.etag)).kind, 'written')
    })

    test('a document that is not there is not replaced', async () => {
      const series = newSeries()
      await store(headAt(series, start))
      const { head } = await readWindow(series, start, 0)
      assert.equal((await writeOne(headAt(series, start + minute), head!.etag)).kind, 'conflict')
      assert.equal((await readWindow(series, start + minute, 0)).head, undefined)
    })

    test('a write whose answer was lost has arrived, and sent again it is a conflict', async () => {
      const series = newSeries()
      for (const vector of [[1], [2]]) {
        const { head } = await readWindow(series, start, 0)
        subject.failNextWrite('after')
        await assert.rejects(writeOne(headAt(series, start, vector), head?.etag), RetryableError)
        assert.equal((await writeOne(headAt(series, start, vector), head?.etag)).kind, 'conflict')
        assert.deepEqual((await readWindow(series, start, 0)).head?.value.vector, vector)
      }
    })

    test('a write that failed before its effect can be sent again', async () => {
      const series = newSeries()
      subject.failNextWrite('before')
      await assert.rejects(writeOne(chunkAt(series, start, 0), undefined), RetryableError)
      await store(chunkAt(series, start, 0))
    })

    test('windows are read in the order in which they are asked for, those that are not there among them', async () => {
      const [series, other] = [newSeries(), newSeries()]
      const starts = Array.from({ length: 7 }, (_, i) => start + i * minute)
      await store(...starts.map((at) => headAt(series, at)), chunkAt(series, starts[3]!, 1), headAt(other, start))
      const asked = [starts[5]!, start - minute, starts[3]!, starts[0]!]
      const { windows } = await serving.readWindows(series, asked, 2)
      assert.deepEqual(
        windows.map(({ head, chunks }) => [head && own(head.value), chunks.map((chunk) => chunk && own(chunk.value))]),
        [
          [headAt(series, starts[5]!), [undefined, undefined]],
          [undefined, [undefined, undefined]],
          [headAt(series, starts[3]!), [undefined, chunkAt(series, starts[3]!, 1)]],
          [headAt(series, starts[0]!), [undefined, undefined]],
        ],
      )
      assert.deepEqual((await serving.readWindows(series, [], 2)).windows, [])
    })

    test('windows of several days are read together, and what is read says what has to be replaced', async () => {
      const series = newSeries()
      const starts = [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2), Date.UTC(2026, 0, 3), Date.UTC(2026, 0, 3, 1)]
      await store(...starts.map((at) => headAt(series, at)))
      const { windows } = await serving.readWindows(series, starts.toReversed(), 0)
      assert.deepEqual(
        windows.map(({ head }) => head?.value.windowStart),
        starts.toReversed(),
      )
      const writes = windows.slice(0, 2).map(({ head }) => ({
        document: headAt(series, head!.value.windowStart, [2]),
        etag: head!.etag,
      }))
      assert.equal((await serving.write(writes)).kind, 'written')
      assert.equal((await serving.write(writes)).kind, 'conflict')
    })

    test('more windows are read at once than fit into one query', async () => {
      const series = newSeries()
      const starts = Array.from({ length: 1_100 }, (_, i) => start + i * 1_000)
      await store(headAt(series, starts[0]!), headAt(series, starts[600]!), headAt(series, starts[1_099]!))
      const { windows } = await serving.readWindows(series, starts, 0)
      assert.deepEqual(
        windows.flatMap(({ head }, i) => (head === undefined ? [] : [i])),
        [0, 600, 1_099],
      )
    })

    test('documents are written together or not at all', async () => {
      const series = newSeries()
      const documents = [chunkAt(series, start, 0), headAt(series, start), headAt(series, start + minute)]
      const creating = documents.map((document) => ({ document, etag: undefined }))
      assert.equal((await serving.write(creating)).kind, 'written')
      const { head, chunks } = await readWindow(series, start, 1)
      const replacing = [
        { document: chunkAt(series, start, 0, [2]), etag: chunks[0]!.etag },
        { document: headAt(series, start, [2]), etag: head!.etag },
        { document: headAt(series, start + minute, [2]), etag: head!.etag },
      ]
      assert.equal((await serving.write(replacing)).kind, 'conflict')
      const there = await readWindow(series, start, 1)
      assert.deepEqual([there.head?.value.vector, there.chunks[0]?.value.vector], [[1], [1]])
      assert.equal((await serving.write(replacing.slice(0, 2))).kind, 'written')
      const now = await readWindow(series, start, 1)
      assert.deepEqual([now.head?.value.vector, now.chunks[0]?.value.vector], [[2], [2]])
    })

    test('one write takes 100 documents of one day of one series, and neither more nor others', async () => {
      const series = newSeries()
      const heads = Array.from({ length: mostWrites + 1 }, (_, i) => headAt(series, start + i * minute))
      const writes = heads.map((document) => ({ document, etag: undefined }))
      await assert.rejects(serving.write(writes), TerminalError)
      const tomorrow = { document: headAt(series, start + day), etag: undefined }
      await assert.rejects(serving.write([...writes.slice(0, 2), tomorrow]), TerminalError)
      assert.deepEqual((await readRange(series, start, start + 2 * day, [])).heads, [])
      assert.equal((await serving.write(writes.slice(1))).kind, 'written')
      assert.equal((await readRange(series, start, start + day, [])).heads.length, mostWrites)
    })

    test('documents that are too large together are not written', async () => {
      const series = newSeries()
      const large = [0, 1].map((chunk) => ({ ...chunkAt(series, start, chunk), data: 'A'.repeat(1_100_000) }))
      const writes = large.map((document) => ({ document, etag: undefined }))
      await assert.rejects(serving.write(writes), InvariantError)
      assert.deepEqual((await readRange(series, start, start + minute, undefined)).chunks, [])
      for (const one of writes) assert.equal((await serving.write([one])).kind, 'written')
    })

    test('a range holds the windows that start in it, of its series alone, ordered by start', async () => {
      const [series, other] = [newSeries(), newSeries()]
      const starts = [start - minute, start, start + minute, start + 2 * minute]
      await store(...starts.toReversed().map((at) => headAt(series, at)), headAt(other, start))
      await store(...starts.toReversed().map((at) => chunkAt(series, at, 0)), chunkAt(other, start, 0))
      assert.deepEqual(await readRange(series, start, start + 2 * minute, undefined), {
        heads: [headAt(series, start), headAt(series, start + minute)],
        chunks: [chunkAt(series, start, 0), chunkAt(series, start + minute, 0)],
      })
    })

    test('a range goes over the ends of days', async () => {
      const series = newSeries()
      const midnight = Date.UTC(2026, 0, 2)
      const starts = [midnight - minute, midnight, midnight + day - minute, midnight + day, midnight + day + minute]
      const heads = starts.map((at) => headAt(series, at))
      await store(...heads.toReversed())
      assert.deepEqual((await readRange(series, starts[0]!, starts[4]!, undefined)).heads, heads.slice(0, 4))
      assert.deepEqual((await readRange(series, midnight, midnight + day, undefined)).heads, heads.slice(1, 3))
      assert.deepEqual((await readRange(series, midnight, midnight, undefined)).heads, [])
    })

    test('a range of coarse windows goes over the ends of months and years', async () => {
      for (const [every, first] of [
        [hour, Date.UTC(2026, 10, 30, 22)],
        [day, Date.UTC(2025, 11, 30)],
      ] as const) {
        const series = newSeries(every)
        const starts = [0, 1, 2, 3].map((i) => first + i * every)
        const heads = starts.map((at) => headAt(series, at))
        await store(...heads.toReversed(), ...starts.map((at) => chunkAt(series, at, 0)))
        assert.deepEqual((await readRange(series, first, first + 4 * every, [])).heads, heads)
        assert.deepEqual((await readRange(series, first + 2 * every, first + 9 * every, [])).heads, heads.slice(2))
        const { head, chunks } = await readWindow(series, starts[2]!, 1)
        assert.deepEqual([own(head!.value), own(chunks[0]!.value)], [heads[2], chunkAt(series, starts[2]!, 0)])
      }
    })

    test('a range gives the chunks that are asked for: all, some or none', async () => {
      const series = newSeries()
      const chunks = [0, 1, 10, 2].map((chunk) => chunkAt(series, start, chunk))
      await store(...chunks.toReversed(), headAt(series, start))
      const heads = [headAt(series, start)]
      const range = [series, start, start + minute] as const
      // By id, which is text: 10 stands before 2.
      assert.deepEqual(await readRange(...range, undefined), { heads, chunks })
      assert.deepEqual(await readRange(...range, [2, 1, 7]), { heads, chunks: [chunks[1], chunks[3]] })
      assert.deepEqual(await readRange(...range, []), { heads, chunks: [] })
    })

    test('the frontier is written by who has read its present version', async () => {
      const series = frontierSeries('readings', newSeries().name)
      assert.equal(await serving.readFrontier(series), undefined)
      assert.equal((await serving.writeFrontier(frontierAt(series, 1_000), undefined)).kind, 'written')
      assert.equal((await serving.writeFrontier(frontierAt(series, 2_000), undefined)).kind, 'conflict')
      const read = await serving.readFrontier(series)
      assert.deepEqual(own(read!.value), frontierAt(series, 1_000))
      assert.equal((await serving.writeFrontier(frontierAt(series, 3_000), read!.etag)).kind, 'written')
      assert.equal((await serving.writeFrontier(frontierAt(series, 4_000), read!.etag)).kind, 'conflict')
      assert.equal((await serving.readFrontier(series))?.value.frontier, 3_000)
    })

    test('every read and write costs request units', async () => {
      const series = newSeries()
      const costs = [
        await writeOne(headAt(series, start), undefined),
        await writeOne(headAt(series, start), undefined),
        await serving.readWindows(series, [start], 1),
        await serving.readWindows(series, [start, start + minute], 1),
        await serving.readRange(series, start, start + minute, undefined),
      ]
      for (const { ru } of costs) assert.ok(ru > 0)
    })
  })
}

let made = 0

/** A series that no other test of this process uses. */
const newSeries = (everyMs = minute): WindowSeries => ({ name: `readings:live:rooms@${(made += 1)}`, everyMs })

const headAt = (series: WindowSeries, windowStart: number, vector: readonly number[] = [1]): HeadDocument => ({
  id: `${windowStart}:head`,
  series: series.name,
  day: windowDay(windowStart, series.everyMs),
  kind: 'head',
  schemaVersion: servingSchemaVersion,
  windowStart,
  windowEnd: windowStart + series.everyMs,
  vector,
  clock: 1_000,
  slabs: [1],
  groups: 2,
  approximate: false,
  final: false,
  totals: 'AAEC',
  ttl: 86_400,
})

const chunkAt = (
  series: WindowSeries,
  windowStart: number,
  chunk: number,
  vector: readonly number[] = [1],
): ChunkDocument => ({
  id: `${windowStart}:${chunk}`,
  series: series.name,
  day: windowDay(windowStart, series.everyMs),
  kind: 'chunk',
  schemaVersion: servingSchemaVersion,
  windowStart,
  chunk,
  vector,
  data: 'AAEC',
  ttl: 86_400,
})

const frontierAt = (series: string, frontier: number): FrontierDocument => ({
  id: 'frontier',
  series,
  day: '-',
  kind: 'frontier',
  schemaVersion: servingSchemaVersion,
  frontier,
  open: { 'rooms@1:1h': { start, parts: 3 } },
})
