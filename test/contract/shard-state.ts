/** What every implementation of the ShardState port promises. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { StateDocument } from '../../shared/contracts/state-documents.ts'
import { RetryableError, TerminalError } from '../../shared/errors.ts'
import type { CommitResult, ShardState } from '../../shared/ports/shard-state.ts'
import { aDirtyHour, aMark, aSeen, aSlab, anOutbox, newShard, progressAt } from './state-samples.ts'
import { own, type Subject } from './subject.ts'

export const describeShardState = (name: string, open: () => Promise<Subject<ShardState>>): void => {
  suite(`shard state in ${name}`, () => {
    let subject: Subject<ShardState>
    let state: ShardState
    before(async () => {
      subject = await open()
      state = subject.port
    })
    after(() => subject.close())

    /** Commits and answers the new fence. */
    const commit = async (shard: string, documents: readonly StateDocument[], fence?: string): Promise<string> =>
      etagOf(await state.commit(shard, documents, fence))

    const storedProgress = async (shard: string) => own((await state.loadProgress(shard))!.value)

    test('a shard without a commit holds nothing', async () => {
      const shard = newShard()
      assert.equal(await state.loadProgress(shard), undefined)
      assert.deepEqual(await state.loadDetails(shard, 0, 0), { slabs: [], seen: [], dirty: [] })
      assert.deepEqual((await state.loadWindow(shard, 'pages@1', 0, 2)).slabs, [])
      assert.deepEqual(await state.windowsEnding(shard, 0, 1_000_000), [])
      assert.deepEqual(await state.outbox(shard), [])
    })

    test('a commit stores all documents, and its fence is what progress then has', async () => {
      const shard = newShard()
      const slab = aSlab(shard, {})
      const seen = aSeen(shard, 9, 5_000)
      const outbox = anOutbox(shard, 9)
      const fence = await commit(shard, [progressAt(shard, 9), slab, seen, outbox])
      const progress = await state.loadProgress(shard)
      assert.equal(progress?.etag, fence)
      assert.deepEqual(own(progress.value), progressAt(shard, 9))
      const details = await state.loadDetails(shard, 0, 0)
      assert.deepEqual([details.slabs.map(own), details.seen.map(own)], [[slab], [seen]])
      assert.deepEqual((await state.outbox(shard)).map(own), [outbox])
    })

    test('each commit moves the fence, replaces what has the same id and keeps the rest', async () => {
      const shard = newShard()
      const first = await commit(shard, [progressAt(shard, 1), aSlab(shard, { slab: 0 }), aSlab(shard, { slab: 1 })])
      const changed = aSlab(shard, { slab: 1, sequence: 2, data: 'Y2hhbmdlZA==' })
      const second = await commit(shard, [progressAt(shard, 2), changed], first)
      assert.notEqual(second, first)
      assert.deepEqual(await storedProgress(shard), progressAt(shard, 2))
      const { slabs } = await state.loadDetails(shard, 0, 0)
      assert.deepEqual(slabs.map(own), [aSlab(shard, { slab: 0 }), changed])
    })

    test('without the right fence nothing of a commit is stored', async () => {
      const shard = newShard()
      const old = await commit(shard, [progressAt(shard, 1)])
      const fence = await commit(shard, [progressAt(shard, 2)], old)
      for (const wrong of [undefined, old]) {
        const result = await state.commit(shard, [progressAt(shard, 3), aSlab(shard, {})], wrong)
        assert.equal(result.kind, 'fenced')
      }
      assert.equal((await state.loadProgress(shard))?.etag, fence)
      assert.deepEqual(await storedProgress(shard), progressAt(shard, 2))
      assert.deepEqual((await state.loadDetails(shard, 0, 0)).slabs, [])
    })

    test('a fence for a shard without progress is refused', async () => {
      const [shard, other] = [newShard(), newShard()]
      const fence = await commit(other, [progressAt(other, 1)])
      assert.equal((await state.commit(shard, [progressAt(shard, 1)], fence)).kind, 'fenced')
      assert.equal(await state.loadProgress(shard), undefined)
    })

    test('of two owners at once exactly one commits', async () => {
      const shard = newShard()
      const fence = await commit(shard, [progressAt(shard, 1)])
      const results = await Promise.all(
        [2, 3].map((sequence) => state.commit(shard, [progressAt(shard, sequence), aSeen(shard, sequence, 0)], fence)),
      )
      assert.deepEqual(results.map(({ kind }) => kind).sort(), ['committed', 'fenced'])
      const { seen } = await state.loadDetails(shard, 0, 0)
      const { lastSequence } = await storedProgress(shard)
      assert.deepEqual(seen.map(own), [aSeen(shard, lastSequence, 0)])
    })

    test('a commit that failed before its effect can be sent again', async () => {
      const shard = newShard()
      const chunk = [progressAt(shard, 1), aSlab(shard, {})]
      subject.failNextWrite('before')
      await assert.rejects(state.commit(shard, chunk, undefined), RetryableError)
      assert.equal(await state.loadProgress(shard), undefined)
      assert.equal((await state.commit(shard, chunk, undefined)).kind, 'committed')
    })

    test('a commit whose answer was lost has arrived once: sent again it is fenced', async () => {
      const shard = newShard()
      for (const sequence of [1, 2]) {
        const chunk = [progressAt(shard, sequence), aSlab(shard, { sequence })]
        const etag = (await state.loadProgress(shard))?.etag
        subject.failNextWrite('after')
        await assert.rejects(state.commit(shard, chunk, etag), RetryableError)
        assert.equal((await state.commit(shard, chunk, etag)).kind, 'fenced')
        assert.deepEqual(await storedProgress(shard), progressAt(shard, sequence))
      }
    })

    test('a commit above 2 MB is too large and stores nothing', async () => {
      const shard = newShard()
      const half = 'A'.repeat(1_100_000)
      const fence = await commit(shard, [progressAt(shard, 1)])
      const slabs = [0, 1].map((slab) => aSlab(shard, { slab, data: half }))
      assert.equal((await state.commit(shard, [progressAt(shard, 2), ...slabs], fence)).kind, 'too-large')
      assert.equal((await state.loadProgress(shard))?.etag, fence)
      assert.deepEqual((await state.loadDetails(shard, 0, 0)).slabs, [])
    })

    test('a commit of a single document above 2 MB is too large', async () => {
      const shard = newShard()
      const chunk = [progressAt(shard, 1), aSlab(shard, { data: 'A'.repeat(2_200_000) })]
      assert.equal((await state.commit(shard, chunk, undefined)).kind, 'too-large')
      assert.equal(await state.loadProgress(shard), undefined)
    })

    test('a commit holds 100 documents, and with more it is refused whole', async () => {
      const shard = newShard()
      const slabs = Array.from({ length: 100 }, (_, slab) => aSlab(shard, { slab }))
      await assert.rejects(state.commit(shard, [progressAt(shard, 1), ...slabs], undefined), TerminalError)
      assert.equal(await state.loadProgress(shard), undefined)
      await commit(shard, [progressAt(shard, 1), ...slabs.slice(1)])
      assert.equal((await state.loadDetails(shard, 0, 0)).slabs.length, 99)
    })

    test('a commit with a document of another shard is refused whole', async () => {
      const [shard, other] = [newShard(), newShard()]
      await assert.rejects(state.commit(shard, [progressAt(shard, 1), aSlab(other, {})], undefined), TerminalError)
      assert.equal(await state.loadProgress(shard), undefined)
      assert.deepEqual((await state.loadDetails(other, 0, 0)).slabs, [])
    })

    test('a commit costs request units', async () => {
      const shard = newShard()
      const result = await state.commit(shard, [progressAt(shard, 1), aSlab(shard, {})], undefined)
      assert.ok(result.ru > 0)
    })

    test('details are those of windows that end after, and of identities seen from, a given instant', async () => {
      const [shard, other] = [newShard(), newShard()]
      const slabs = [1_000, 2_000, 3_000].map((windowStart) => aSlab(shard, { windowStart }))
      const seen = [4_000, 5_000, 6_000].map((seenUntil, i) => aSeen(shard, i, seenUntil))
      await commit(shard, [progressAt(shard, 1), ...seen.toReversed(), ...slabs.toReversed()])
      await commit(other, [progressAt(other, 1), aSlab(other, { windowStart: 9_000 }), aSeen(other, 9, 9_000)])
      const details = await state.loadDetails(shard, slabs[0]!.windowEnd, 5_000)
      assert.deepEqual(details.slabs.map(own), slabs.slice(1))
      assert.deepEqual(details.seen.map(own), seen.slice(1))
    })

    test('a window is read slab by slab up to the one that is not full', async () => {
      const shard = newShard()
      const window = Array.from({ length: 12 }, (_, slab) => aSlab(shard, { slab, groups: slab === 11 ? 1 : 2 }))
      const others = [aSlab(shard, { rollup: 'pages@2' }), aSlab(shard, { windowStart: 61_000 })]
      await commit(shard, [progressAt(shard, 1), ...others, ...window.toReversed()])
      const read = await state.loadWindow(shard, 'pages@1', 1_000, 2)
      assert.deepEqual(read.slabs.map(own), window)
      assert.ok(read.ru > 0)
    })

    test('a window whose last slab is full is read whole', async () => {
      const shard = newShard()
      const window = [0, 1].map((slab) => aSlab(shard, { slab, groups: 2 }))
      await commit(shard, [progressAt(shard, 1), ...window])
      assert.deepEqual((await state.loadWindow(shard, 'pages@1', 1_000, 2)).slabs.map(own), window)
    })

    test('windows are read together as each by itself, in the order in which they are asked for', async () => {
      const [shard, other] = [newShard(), newShard()]
      const long = Array.from({ length: 3 }, (_, slab) => aSlab(shard, { slab, groups: slab === 2 ? 1 : 2 }))
      const full = aSlab(shard, { windowStart: 61_000, groups: 2 })
      const another = aSlab(shard, { rollup: 'traffic@1', groups: 1 })
      await commit(shard, [progressAt(shard, 1), full, another, ...long.toReversed()])
      await commit(other, [progressAt(other, 1), aSlab(other, { windowStart: 121_000 })])
      const asked = [
        { rollup: 'traffic@1', windowStart: 1_000, groupsPerSlab: 1 },
        { rollup: 'pages@1', windowStart: 121_000, groupsPerSlab: 2 },
        { rollup: 'pages@1', windowStart: 61_000, groupsPerSlab: 2 },
        { rollup: 'pages@1', windowStart: 1_000, groupsPerSlab: 2 },
      ]
      const { windows, ru } = await state.loadWindows(shard, asked)
      assert.deepEqual(
        windows.map((slabs) => slabs.map(own)),
        [[another], [], [full], long],
      )
      assert.ok(ru > 0)
      for (const [i, { rollup, windowStart, groupsPerSlab }] of asked.entries()) {
        assert.deepEqual((await state.loadWindow(shard, rollup, windowStart, groupsPerSlab)).slabs, windows[i])
      }
    })

    test('ended windows are found with their newest sequence and all their slabs', async () => {
      const [shard, other] = [newShard(), newShard()]
      const end = aSlab(shard, { windowStart: 1_000 }).windowEnd
      await commit(shard, [
        progressAt(shard, 1),
        aSlab(shard, { windowStart: 0 }),
        aSlab(shard, { windowStart: 500, slab: 0, sequence: 9 }),
        aSlab(shard, { windowStart: 500, slab: 1, sequence: 7 }),
        aSlab(shard, { windowStart: 1_000, rollup: 'traffic@1', sequence: 3 }),
        aSlab(shard, { windowStart: 1_001 }),
      ])
      await commit(other, [progressAt(other, 1), aSlab(other, { windowStart: 700 })])
      const ended = await state.windowsEnding(shard, end - 1_000, end)
      assert.deepEqual(
        ended.toSorted((a, b) => a.windowStart - b.windowStart),
        [
          { rollup: 'pages@1', windowStart: 500, windowEnd: end - 500, sequence: 9, slabs: 2 },
          { rollup: 'traffic@1', windowStart: 1_000, windowEnd: end, sequence: 3, slabs: 1 },
        ],
      )
    })

    const places = [
      { sequence: -1, clock: 0, newest: -1, advancedTo: -1 },
      { sequence: 9, clock: 60_000, newest: 70_000, advancedTo: 50_000 },
      { sequence: 19, clock: 120_000, newest: 70_000, advancedTo: 50_000 },
      { sequence: 120, clock: 180_000, newest: 190_000, advancedTo: 170_000 },
    ]

    test('marks are found by each of their numbers, of equal ones the last below and the first above', async () => {
      const [shard, other] = [newShard(), newShard()]
      const marks = places.map((place) => aMark(shard, place))
      await commit(shard, [progressAt(shard, 1), aSlab(shard, {}), ...marks.toReversed()])
      await commit(other, [progressAt(other, 1), aMark(other, { ...places[1]!, sequence: 11 })])
      const last = async (...by: ['sequence' | 'clock' | 'newest' | 'advancedTo', number]) =>
        (await state.lastMark(shard, ...by))?.at.sequence
      const first = async (...by: ['sequence' | 'clock' | 'newest' | 'advancedTo', number]) =>
        (await state.firstMark(shard, ...by))?.at.sequence
      assert.deepEqual(
        [await last('newest', 70_000), await last('newest', 69_999), await last('newest', -2)],
        [19, -1, undefined],
      )
      assert.deepEqual([await last('clock', 119_999), await last('sequence', 1_000)], [9, 120])
      assert.deepEqual(
        [await first('advancedTo', 0), await first('advancedTo', 50_001), await first('advancedTo', 170_001)],
        [9, 120, undefined],
      )
      assert.deepEqual((await state.marks(shard, 9, 120)).map(own), marks.slice(1))
      assert.deepEqual((await state.marks(shard, -1, 18)).map(own), marks.slice(0, 2))
      assert.deepEqual(await state.marks(newShard(), -1, 1_000), [])
    })

    test('dirty hours are read by the hour, and all of them are details', async () => {
      const shard = newShard()
      const hours = [0, 3_600_000, 36_000_000].map((hour) => aDirtyHour(shard, hour, 7))
      await commit(shard, [progressAt(shard, 1), ...hours.toReversed()])
      assert.deepEqual((await state.dirtyHours(shard, 3_600_000, 36_000_000)).map(own), [hours[1]])
      assert.deepEqual((await state.dirtyHours(shard, 0, 36_000_001)).map(own), hours)
      assert.equal((await state.loadDetails(shard, 0, 0)).dirty.length, 3)
    })

    test('the outbox is read oldest first, and what is deleted is gone', async () => {
      const [shard, other] = [newShard(), newShard()]
      const letters = [2, 30, 100].map((sequence) => anOutbox(shard, sequence))
      await commit(shard, [progressAt(shard, 100), ...letters.toReversed()])
      await commit(other, [progressAt(other, 1), anOutbox(other, 1)])
      assert.deepEqual((await state.outbox(shard)).map(own), letters)
      await state.deleteOutbox(shard, letters[1]!.id)
      await state.deleteOutbox(shard, letters[1]!.id)
      assert.deepEqual((await state.outbox(shard)).map(own), [letters[0], letters[2]])
      assert.equal((await state.outbox(other)).length, 1)
    })

    test('a deletion whose answer was lost can be sent again', async () => {
      const shard = newShard()
      const outbox = anOutbox(shard, 1)
      await commit(shard, [progressAt(shard, 1), outbox])
      subject.failNextWrite('after')
      await assert.rejects(state.deleteOutbox(shard, outbox.id), RetryableError)
      await state.deleteOutbox(shard, outbox.id)
      assert.deepEqual(await state.outbox(shard), [])
    })

    test('what is stored is what was handed over, whatever becomes of it afterwards', async () => {
      const shard = newShard()
      const warnings: Record<string, number> = { 'clock-ahead': 1 }
      await commit(shard, [{ ...progressAt(shard, 1), warnings }])
      warnings['clock-ahead'] = 2
      const read = await state.loadProgress(shard)
      assert.deepEqual(read?.value.warnings, { 'clock-ahead': 1 })
      read.value.ledger.received = 99
      assert.deepEqual((await storedProgress(shard)).ledger, progressAt(shard, 1).ledger)
    })
  })
}

const etagOf = (result: CommitResult): string => {
  assert.equal(result.kind, 'committed')
  return result.etag
}
