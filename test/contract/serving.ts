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
import { RetryableError } from '../../shared/errors.ts'
import type { Serving } from '../../shared/ports/serving.ts'
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

    const store = async (...documents: readonly (HeadDocument | ChunkDocument)[]): Promise<void> => {
      for (const document of documents) {
        const { kind } =
          document.kind === 'head'
            ? await serving.writeHead(document, undefined)
            : await serving.writeChunk(document, undefined)
        assert.equal(kind, 'written')
      }
    }

    const readRange = async (...range: Parameters<Serving['readRange']>) => {
      const { heads, chunks } = await serving.readRange(...range)
      return { heads: heads.map(own), chunks: chunks.map(own) }
    }

    test('a window that was never written has no head and no chunks', async () => {
      const { head, chunks, ru } = await serving.readWindow(newSeries(), start, 3)
      assert.deepEqual([head, chunks], [undefined, [undefined, undefined, undefined]])
      assert.ok(ru > 0)
    })

    test('a window is read as it was written, its chunks by number', async () => {
      const series = newSeries()
      const [head, first, third] = [headAt(series, start), chunkAt(series, start, 0), chunkAt(series, start, 2)]
      await store(third, first, head, chunkAt(series, start + minute, 1))
      const window = await serving.readWindow(series, start, 3)
      assert.deepEqual(own(window.head!.value), head)
      assert.deepEqual(
        window.chunks.map((chunk) => chunk && own(chunk.value)),
        [first, undefined, third],
      )
    })

    test('what exists is not created again', async () => {
      const series = newSeries()
      await store(headAt(series, start), chunkAt(series, start, 0))
      assert.equal((await serving.writeHead(headAt(series, start, [9]), undefined)).kind, 'conflict')
      assert.equal((await serving.writeChunk(chunkAt(series, start, 0, [9]), undefined)).kind, 'conflict')
      const { head, chunks } = await serving.readWindow(series, start, 1)
      assert.deepEqual([head?.value.vector, chunks[0]?.value.vector], [[1], [1]])
    })

    test('a document is replaced by who has read its present version, and by nobody else', async () => {
      const series = newSeries()
      await store(headAt(series, start), chunkAt(series, start, 0))
      const old = await serving.readWindow(series, start, 1)
      assert.equal((await serving.writeHead(headAt(series, start, [2]), old.head!.etag)).kind, 'written')
      assert.equal((await serving.writeChunk(chunkAt(series, start, 0, [2]), old.chunks[0]!.etag)).kind, 'written')
      assert.equal((await serving.writeHead(headAt(series, start, [3]), old.head!.etag)).kind, 'conflict')
      assert.equal((await serving.writeChunk(chunkAt(series, start, 0, [3]), old.chunks[0]!.etag)).kind, 'conflict')
      const { head, chunks } = await serving.readWindow(series, start, 1)
      assert.deepEqual([head?.value.vector, chunks[0]?.value.vector], [[2], [2]])
      assert.equal((await serving.writeHead(headAt(series, start, [4]), head!.etag)).kind, 'written')
    })

    test('a document that is not there is not replaced', async () => {
      const series = newSeries()
      await store(headAt(series, start))
      const { head } = await serving.readWindow(series, start, 0)
      assert.equal((await serving.writeHead(headAt(series, start + minute), head!.etag)).kind, 'conflict')
      assert.equal((await serving.readWindow(series, start + minute, 0)).head, undefined)
    })

    test('a write whose answer was lost has arrived, and sent again it is a conflict', async () => {
      const series = newSeries()
      for (const vector of [[1], [2]]) {
        const { head } = await serving.readWindow(series, start, 0)
        subject.failNextWrite('after')
        await assert.rejects(serving.writeHead(headAt(series, start, vector), head?.etag), RetryableError)
        assert.equal((await serving.writeHead(headAt(series, start, vector), head?.etag)).kind, 'conflict')
        assert.deepEqual((await serving.readWindow(series, start, 0)).head?.value.vector, vector)
      }
    })

    test('a write that failed before its effect can be sent again', async () => {
      const series = newSeries()
      subject.failNextWrite('before')
      await assert.rejects(serving.writeChunk(chunkAt(series, start, 0), undefined), RetryableError)
      await store(chunkAt(series, start, 0))
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
        const { head, chunks } = await serving.readWindow(series, starts[2]!, 1)
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
        await serving.writeHead(headAt(series, start), undefined),
        await serving.writeHead(headAt(series, start), undefined),
        await serving.readWindow(series, start, 1),
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
