/** Laws of larger windows, sliding views, tiers and top groups: each is a merge of what is served. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { RollupAnswer, ServedWindow } from '../../shared/contracts/api.ts'
import { controlProperty, heartbeatValue } from '../../shared/contracts/heartbeat.ts'
import type { CompiledRollup } from '../../shared/core/compiled-stream.ts'
import { parseDuration } from '../../shared/core/stream/durations.ts'
import { advanceFrontier } from '../../shared/flows/advance-frontier.ts'
import { publishChanges } from '../../shared/flows/publish-changes.ts'
import { readRollup } from '../../shared/flows/read-rollup.ts'
import { partitionContents } from '../support/arbitrary-events.ts'
import { fill, ingestWorld } from '../support/ingest-world.ts'
import { noon } from '../support/raw.ts'
import { rollupQuery } from '../support/rollup-query.ts'
import { plainMerge, plainWindows, type PlainWindow } from '../support/served-parts.ts'
import { testStream } from '../support/test-stream.ts'

type World = ReturnType<typeof ingestWorld>
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
const partitions = ['0', '1', '2']
/** Whole days around all that happens: aligned to every step. */
const range = { from: noon - 12 * hour, to: noon + 36 * hour }

/** Without overflow: which groups go to `__other__` depends on the order in which they come. */
const roomy = { ...testStream, rollups: testStream.rollups.map((rollup) => ({ ...rollup, maxGroups: 20 })) }
const tiersOf: Readonly<Record<string, readonly { readonly name: string; readonly everyMs: number }[]>> = {
  total: [
    { name: '1m', everyMs: minute },
    { name: '1h', everyMs: hour },
    { name: '1d', everyMs: day },
  ],
  rooms: [
    { name: '1h', everyMs: hour },
    { name: '1d', everyMs: day },
  ],
}

const heartbeatAt = (at: number) => ({
  enqueuedAt: at,
  body: Buffer.from('{}'),
  properties: { [controlProperty]: heartbeatValue },
})

/** Events of three partitions, and how far the frontier gets after them: minutes, hours, days, or not beyond the events. */
const scenario = fc.record({
  contents: fc.tuple(partitionContents(25), partitionContents(25), partitionContents(25)),
  beats: fc.constantFrom(
    [],
    [2 * minute],
    [2 * minute, 30 * minute, 90 * minute],
    [hour, 13 * hour],
    [5 * minute, 4 * hour, 30 * hour],
  ),
})
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never

const served = async ({ contents, beats }: Scenario): Promise<World> => {
  const world = ingestWorld({ stream: roomy })
  const { ingest } = world.instance()
  const publish = async () => {
    world.clock.advance(10_000)
    await publishChanges(world.publishing, world.setting)(partitions.flatMap((id) => world.documents(id)))
    await advanceFrontier(world.publishing, world.setting)()
  }
  for (const [i, partition] of partitions.entries()) {
    const events = fill(world, partition, contents[i]!)
    await ingest(partition, events.slice(0, 12))
    await publish()
    await ingest(partition, events.slice(12))
  }
  await publish()
  for (const beat of beats) {
    for (const partition of partitions) await ingest(partition, fill(world, partition, [heartbeatAt(noon + beat)]))
    await publish()
  }
  return world
}

const read = async (
  world: World,
  rollup: CompiledRollup,
  more: Readonly<Record<string, string>>,
  over = range,
): Promise<RollupAnswer[]> => {
  const answers: RollupAnswer[] = []
  for (let from: string | null = new Date(over.from).toISOString(); from !== null;) {
    const query = rollupQuery(rollup, { ...over, from: Date.parse(from) }, more)
    const answer: RollupAnswer = await readRollup(world, world.setting, rollup, query)
    answers.push(answer)
    from = answer.next
  }
  return answers
}

const windowsOf = (answers: readonly RollupAnswer[]): ServedWindow[] => answers.flatMap(({ windows }) => windows)

/** An answered window in the form of `plainMerge`. */
const plain = (rollup: CompiledRollup, { totals, groups = [] }: ServedWindow) => ({
  totals: rollup.metrics.map(({ name }) => totals[name]),
  groups: groups.map(({ key, metrics }) => [
    rollup.by.map((field) => key[field]).join(),
    rollup.metrics.map(({ name }) => metrics[name]),
  ]),
})

/** What the windows must be that end each step and look back by `windowMs`: those with something in them. */
const expectedViews = (rollup: CompiledRollup, own: readonly PlainWindow[], stepMs: number, windowMs: number) => {
  const views: (readonly [start: number, merged: ReturnType<typeof plainMerge>])[] = []
  const ends = new Set(
    own.flatMap(({ start }) => {
      const first = (Math.floor(start / stepMs) + 1) * stepMs
      return Array.from({ length: windowMs / stepMs }, (_, i) => first + i * stepMs)
    }),
  )
  for (const end of [...ends].sort((a, b) => a - b)) {
    const parts = own.filter(({ start }) => start >= end - windowMs && start < end)
    views.push([end - windowMs, plainMerge(rollup, parts)])
  }
  return views
}

const assertViews = (
  rollup: CompiledRollup,
  windows: readonly ServedWindow[],
  expected: ReturnType<typeof expectedViews>,
): void => {
  assert.deepEqual(
    windows.map((window) => [Date.parse(window.start), plain(rollup, window)]),
    expected,
  )
}

test('tiers equal merging the base windows', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const world = await served(given)
      const frontier = (await world.serving.readFrontier('readings:live'))?.value.frontier ?? 0
      for (const rollup of roomy.rollups) {
        const own = await plainWindows(world.serving, rollup, undefined, range)
        for (const tier of tiersOf[rollup.name]!) {
          const before = own.filter(({ start }) => (Math.floor(start / tier.everyMs) + 1) * tier.everyMs <= frontier)
          assert.deepEqual(
            (await plainWindows(world.serving, rollup, tier, range)).map(({ start, ...rest }) => [
              start,
              plainMerge(rollup, [{ start, ...rest }]),
            ]),
            expectedViews(rollup, before, tier.everyMs, tier.everyMs),
          )
        }
      }
    }),
    { numRuns: 60 },
  )
})

test('a step of n windows equals merging the n windows', async () => {
  const steps = fc.constantFrom('1m', '2m', '3m', '1h', '90m', '12h', '1d')
  await fc.assert(
    fc.asyncProperty(scenario, steps, async (given, step) => {
      const world = await served(given)
      const stepMs = parseDuration(step)!
      const over = { from: Math.floor(range.from / stepMs) * stepMs, to: Math.ceil(range.to / stepMs) * stepMs }
      for (const rollup of roomy.rollups) {
        const own = await plainWindows(world.serving, rollup, undefined, over)
        const answers = await read(world, rollup, { step }, over)
        assertViews(rollup, windowsOf(answers), expectedViews(rollup, own, stepMs, stepMs))
        const { frontier } = answers[0]!
        for (const { start, end, final } of windowsOf(answers)) {
          assert.equal(final, frontier !== null && end <= frontier, `${start} with the frontier at ${frontier}`)
        }
      }
    }),
    { numRuns: 60 },
  )
})

test('a sliding view equals merging its parts', async () => {
  const views = fc.constantFrom(['1m', '2m'], ['1m', '5m'], ['5m', '1h'], ['1h', '3h'])
  await fc.assert(
    fc.asyncProperty(scenario, views, async (given, [step, window]) => {
      const world = await served(given)
      for (const rollup of roomy.rollups) {
        const own = await plainWindows(world.serving, rollup, undefined, range)
        const answers = await read(world, rollup, { step: step, window: window })
        assertViews(
          rollup,
          windowsOf(answers),
          expectedViews(rollup, own, parseDuration(step)!, parseDuration(window)!),
        )
      }
    }),
    { numRuns: 60 },
  )
})

test('the top groups are those that sorting all gives', async () => {
  const rooms = roomy.rollups.find(({ name }) => name === 'rooms')!
  const numbers: Readonly<Record<string, (metrics: Readonly<Record<string, unknown>>) => number>> = {
    events: ({ events }) => events as number,
    highest: ({ highest }) => (highest as number | null) ?? -Infinity,
    'values.p90': ({ values }) => (values as { p90: number } | null)?.p90 ?? -Infinity,
  }
  await fc.assert(
    fc.asyncProperty(
      scenario,
      fc.integer({ min: 1, max: 8 }),
      fc.constantFrom('1m', '1h'),
      async (given, top, step) => {
        const world = await served(given)
        const all = windowsOf(await read(world, rooms, { step }))
        for (const [by, number] of Object.entries(numbers)) {
          const found = windowsOf(await read(world, rooms, { step, by, top: String(top) }))
          const sorted = all.map((window) => ({
            ...window,
            // Sorting is stable, and groups stand in the order of their keys.
            groups: window
              .groups!.toSorted((a, b) => {
                const [x, y] = [number(a.metrics), number(b.metrics)]
                return x === y ? 0 : y - x
              })
              .slice(0, top),
          }))
          assert.deepEqual(found, sorted)
        }
      },
    ),
    { numRuns: 40 },
  )
})
