/** Recordings of the sample data, whole, as the oracle counts them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { expectRun, type ExpectedRun } from '../../../../local/feed/oracle.ts'
import { planDifferences } from '../../../../local/feed/plan-check.ts'
import { descriptionOf, logOf } from '../support.ts'
import { feedOf, startedAt } from './support.ts'

const folder = process.env['MILLRACE_SAMPLE_DATA']
const skip = folder === undefined && 'MILLRACE_SAMPLE_DATA does not name the folder of the sample data'
const telemetry = descriptionOf('telemetry')

const expectFed = async (paths: readonly string[], mapping: string, lateness: string): Promise<ExpectedRun> => {
  const { items } = feedOf({ stream: telemetry, paths, mapping })
  const log = logOf(await Array.fromAsync(items), telemetry.hub.partitions, startedAt)
  const { devices } = telemetry.rollups
  const description = { ...telemetry, time: { ...telemetry.time, lateness }, rollups: { devices: devices! } }
  const expected = expectRun({ description, keepAll: false, log })
  assert.deepEqual(planDifferences(expected.outcomes, log), [])
  return expected
}

type Row = readonly [count: number, least: number, most: number]

/** Over all windows of the rollup `devices`. */
const byDevice = ({ windows }: ExpectedRun, least: string, most: string): Record<string, Row> => {
  const rows: Record<string, Row> = {}
  for (const { groups } of windows.get('devices')!.values()) {
    for (const [key, group] of groups) {
      const [device] = JSON.parse(key) as [string]
      const [count, low, high] = rows[device] ?? [0, Infinity, -Infinity]
      rows[device] = [
        count + group.get('readings')!.count,
        Math.min(low, ...group.get(least)!.values),
        Math.max(high, ...group.get(most)!.values),
      ]
    }
  }
  return rows
}

test('50,270 messages of three boards: counts and extremes of each', { skip }, async () => {
  const path = join(folder!, 'iot', 'telemetry.json.gz')
  const expected = await expectFed([path], 'sensor-boards', telemetry.time.lateness)
  const messages = JSON.parse(gunzipSync(readFileSync(path)).toString()) as { device: string; data: { temp: number } }[]
  const rows: Record<string, Row> = {}
  for (const { device, data } of messages) {
    const [count, least, most] = rows[device] ?? [0, Infinity, -Infinity]
    rows[device] = [count + 1, Math.min(least, data.temp), Math.max(most, data.temp)]
  }
  assert.equal(messages.length, 50_270)
  assert.deepEqual([expected.ledger.accepted, expected.ledger.duplicate, expected.ledger.late], [50_270, 0, 0])
  assert.deepEqual(Object.keys(rows).length, 3)
  assert.deepEqual(byDevice(expected, 'coldest', 'hottest'), rows)
})

for (const { lateness, seconds } of [
  { lateness: telemetry.time.lateness, seconds: 120 },
  { lateness: '125s', seconds: 125 },
]) {
  test(`two series, one with an hour that comes twice: 11 of its rows are late by ${lateness}`, { skip }, async () => {
    const paths = ['nyc_taxi.csv', 'machine_temperature_system_failure.csv'].map((name) =>
      join(folder!, 'nab', 'realKnownCause', name),
    )
    const expected = await expectFed(paths, 'nab', lateness)
    const rows: Record<string, Row> = {}
    let late = 0
    for (const path of paths) {
      let newest = ''
      for (const line of readFileSync(path, 'utf8').trim().split('\n').slice(1)) {
        const [time = '', value] = line.split(',')
        if (Date.parse(newest) - Date.parse(time) > seconds * 1_000) {
          late += 1
          continue
        }
        newest = time > newest ? time : newest
        const [count, least, most] = rows[basename(path, '.csv')] ?? [0, Infinity, -Infinity]
        rows[basename(path, '.csv')] = [count + 1, Math.min(least, Number(value)), Math.max(most, Number(value))]
      }
    }
    assert.equal(late, 11)
    assert.deepEqual([expected.ledger.accepted, expected.ledger.late], [10_320 + 22_695 - 11, 11])
    assert.deepEqual(byDevice(expected, 'least', 'most'), rows)
  })
}
