import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FeedItem } from '../../../local/feed/feed-item.ts'
import { fleetDevices } from '../../../local/feed/fleet-devices.ts'
import { faultAt, fleetOf, readingAt, registryOf } from '../../../local/feed/fleet.ts'
import { generateEvents } from '../../../local/feed/generator.ts'
import { expectRun } from '../../../local/feed/oracle.ts'
import { planDifferences } from '../../../local/feed/plan-check.ts'
import { seededRandom } from '../../../local/feed/random.ts'
import { fits } from '../../../local/feed/schema-check.ts'
import { descriptionOf, logOf, noon } from './support.ts'

const telemetry = descriptionOf('telemetry')
const fleet = fleetOf(200)
const generate = (seed = 3, durationMs = 60_000): FeedItem[] => [
  ...generateEvents(fleetDevices(fleet, noon), {
    seed,
    rate: 500,
    durationMs,
    startedAt: noon,
    partitions: 4,
    runId: 'run',
    ownHeartbeats: true,
  }),
]
const items = generate()
const eventOf = ({ body }: FeedItem): Record<string, unknown> =>
  JSON.parse(Buffer.from(body).toString()) as Record<string, unknown>

test('the same seed gives the same readings, and another seed others', () => {
  assert.deepEqual(generate(5, 2_000), generate(5, 2_000))
  assert.notDeepEqual(generate(5, 2_000), generate(6, 2_000))
})

test('what is planned as good fits the schema, and what is planned as bad does not', () => {
  for (const item of items) {
    if (item.kind === 'heartbeat' || item.kind === 'malformed') continue
    assert.equal(fits(telemetry.event, eventOf(item)), item.kind !== 'schema', item.kind)
  }
})

test('the oracle says of every event what the generator planned, and knows where each device is', () => {
  const published = { devices: registryOf(fleet) }
  const log = logOf(items, 4)
  const expected = expectRun({ description: telemetry, keepAll: false, log, published })
  assert.deepEqual(planDifferences(expected.outcomes, log), [])
  const sites = new Set([...expected.windows.get('sites')!.values()].flatMap((window) => [...window.groups.keys()]))
  assert.deepEqual(
    [...sites].toSorted(),
    [...new Set([...fleet.map(({ site }) => JSON.stringify([site])), '["unknown"]'])].toSorted(),
  )
})

test('days are warmer than nights, by as much as the place swings', () => {
  const device = fleet.find((candidate) => candidate.swing > 6)!
  const random = seededRandom(1)
  const meanAt = (hour: number): number => {
    const at = Date.UTC(2026, 0, 1, hour)
    const readings = Array.from(
      { length: 500 },
      () => readingAt(random, device, at, undefined)['temperature'] as number,
    )
    return readings.reduce((sum, value) => sum + value, 0) / readings.length
  }
  assert.ok(Math.abs(meanAt(16) - meanAt(4) - 2 * device.swing) < 0.1)
})

test('one device in ten is out of order for half a minute of every three', () => {
  const faulty = fleet.filter((device) => {
    const minutes = Array.from({ length: 180 }, (_, second) => faultAt(device, noon + second * 1_000))
    const faults = minutes.filter((fault) => fault !== undefined)
    assert.ok(faults.length === 0 || faults.length === 30, `${device.id}: ${faults.length} s`)
    return faults.length > 0
  })
  assert.ok(faulty.length > 10 && faulty.length < 30, String(faulty.length))
})

test('a silent device says nothing', () => {
  const silent = fleet.filter(
    (device) => faultAt(device, noon) === 'silent' && faultAt(device, noon + 2_000) === 'silent',
  )
  const wide = fleetOf(2_000).filter((device) => faultAt(device, noon) === 'silent')
  assert.ok(wide.length > 0)
  const early = items.filter(({ dueMs, kind }) => dueMs < 2_000 && kind === 'normal')
  for (const { id } of silent) assert.ok(early.every((item) => eventOf(item)['deviceId'] !== id))
})
