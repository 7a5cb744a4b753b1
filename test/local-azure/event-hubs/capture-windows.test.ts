/** Where capture files end. Times are in seconds from the moment at which capture was switched on. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  dueCut,
  type CapturePosition,
  type Cut,
  type LogView,
  type WindowRule,
} from '../../../local/event-hubs/capture/windows.ts'

const begin = Date.UTC(2026, 0, 1)
const at = (seconds: number): number => begin + seconds * 1_000
const start: CapturePosition = { next: 0, windowStart: begin }
const rule: WindowRule = { intervalMs: 10_000, sizeLimitBytes: 1_000, skipEmpty: true }

/** A log of events that came at these times, each of this size. */
const logOf = (times: readonly number[], bytes = 100): LogView => {
  const first = (holds: (index: number) => boolean): number => {
    const found = times.findIndex((_, i) => holds(i))
    return found < 0 ? times.length : found
  }
  return {
    last: { sequence: times.length - 1 },
    offsetOf: (sequence) => sequence * bytes,
    enqueuedAt: (sequence) => at(times[sequence]!),
    sequenceAtOffset: (offset, inclusive) => first((i) => (inclusive ? i * bytes >= offset : i * bytes > offset)),
    sequenceAtTime: (instant, inclusive) =>
      first((i) => (inclusive ? at(times[i]!) >= instant : at(times[i]!) > instant)),
  }
}

/** All files that are due at `now`, as [first, end, second in their name]. */
const cutsAt = (log: LogView, now: number, options: Partial<WindowRule> = {}): (readonly number[])[] =>
  cutAll(log, now, options).map(({ from, to, windowStart }) => [from, to, (windowStart - begin) / 1_000])

const cutAll = (log: LogView, now: number, options: Partial<WindowRule>): Cut[] => {
  const cuts: Cut[] = []
  for (let position = start; ;) {
    const cut = dueCut(position, log, { ...rule, ...options }, at(now))
    if (cut === undefined) return cuts
    cuts.push(cut)
    position = cut.then
  }
}

test('a file is due when the interval is over, not before, and holds what came until then', () => {
  const log = logOf([1, 9.999, 10, 12])
  assert.deepEqual(cutsAt(log, 9.999), [])
  assert.deepEqual(cutsAt(log, 10), [[0, 2, 0]])
  assert.deepEqual(cutsAt(log, 20), [
    [0, 2, 0],
    [2, 4, 10],
  ])
})

test('a file is due at once when it is full, and the next window begins there', () => {
  const log = logOf([1, 2, 2.5, 3.5, 4])
  assert.deepEqual(cutsAt(log, 4, { sizeLimitBytes: 300 }), [[0, 3, 0]])
  assert.deepEqual(cutsAt(log, 11.999, { sizeLimitBytes: 300 }), [[0, 3, 0]])
  assert.deepEqual(cutsAt(log, 12, { sizeLimitBytes: 300 }), [
    [0, 3, 0],
    [3, 5, 2],
  ])
})

test('of interval and size the first one ends the file', () => {
  assert.deepEqual(cutsAt(logOf([1, 11, 12, 13]), 20, { sizeLimitBytes: 200 }), [
    [0, 1, 0],
    [1, 3, 10],
  ])
})

test('files that fill within one second have names of their own, in order', () => {
  const names = cutsAt(logOf([5, 5, 5, 5, 5]), 30, { sizeLimitBytes: 100 })
  assert.deepEqual(names, [
    [0, 1, 0],
    [1, 2, 5],
    [2, 3, 6],
    [3, 4, 7],
    [4, 5, 8],
  ])
})

test('empty windows are passed over, and the next file is named by the window of its first event', () => {
  assert.deepEqual(cutsAt(logOf([]), 1_000), [])
  assert.deepEqual(cutsAt(logOf([57]), 1_000), [[0, 1, 50]])
})

test('without that, every window has a file', () => {
  assert.deepEqual(cutsAt(logOf([25]), 40, { skipEmpty: false }), [
    [0, 0, 0],
    [0, 0, 10],
    [0, 1, 20],
    [1, 1, 30],
  ])
})

test('a clock that goes back makes no file and loses none', () => {
  const log = logOf([11, 11])
  const [cut] = cutAll(log, 20, {})
  assert.equal(dueCut(cut!.then, log, rule, at(5)), undefined)
})

test('whenever it is looked, each event is in exactly one file and names ascend with sequences', () => {
  const times = fc.array(fc.integer({ min: 0, max: 8_000 }), { maxLength: 60 })
  const looks = fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 30 })
  fc.assert(
    fc.property(times, looks, fc.integer({ min: 1, max: 1_200 }), fc.boolean(), (gaps, pauses, size, skipEmpty) => {
      const came = gaps.reduce<number[]>((all, gap) => [...all, (all.at(-1) ?? 0) + gap / 1_000], [])
      const options = { ...rule, sizeLimitBytes: size, skipEmpty }
      let [now, position] = [0, start]
      const files: Cut[] = []
      // At the end all that came is due.
      for (const pause of [...pauses, 600]) {
        now += pause
        const log = logOf(came.filter((time) => time <= now))
        for (;;) {
          const cut = dueCut(position, log, options, at(now))
          if (cut === undefined) break
          files.push(cut)
          position = cut.then
        }
      }
      const held = files.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i))
      assert.deepEqual(held, [...came.keys()].filter((sequence) => came[sequence]! <= now).slice(0, position.next))
      assert.ok(position.next >= came.filter((time) => time <= now - 10).length)
      for (const [i, { windowStart }] of files.entries()) {
        assert.equal(windowStart % 1_000, 0)
        assert.ok(i === 0 || windowStart > files[i - 1]!.windowStart)
      }
    }),
  )
})
