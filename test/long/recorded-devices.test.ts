/** Recordings of devices end to end: parts of the sample data, so that tests are fast, and two series whole. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { readRollup } from '../../local/run/api-client.ts'
import type { StreamReport } from '../../local/run/report.ts'
import { runRecorded, sample, serveRecorded, skipWithoutSamples as skip } from '../support/recorded-run.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

interface Message {
  readonly device: string
  readonly data: { readonly temp: number }
}

/** By device. */
type Rows = Record<string, { readings: number; least: number; most: number }>

const count = (rows: Rows, device: string, value: number): void => {
  const { readings, least, most } = rows[device] ?? { readings: 0, least: Infinity, most: -Infinity }
  rows[device] = { readings: readings + 1, least: Math.min(least, value), most: Math.max(most, value) }
}

test(
  'messages of three boards: counts and extremes of each as a script of ten lines has them',
  { skip, timeout: 230_000 },
  async (t) => {
    const all = JSON.parse(gunzipSync(readFileSync(sample('iot', 'telemetry.json.gz'))).toString()) as Message[]
    const messages = all.slice(0, 3_000)
    const path = join(temporaryFolder(), 'messages.json.gz')
    const elements = messages.map((message) => JSON.stringify(message))
    writeFileSync(
      path,
      gzipSync(`[${[...elements.slice(0, 100), '{"device":nobody}', ...elements.slice(100)].join(',\n')}]`),
    )
    const expected: Rows = {}
    for (const { device, data } of messages) count(expected, device, data.temp)
    const report = await runRecorded(t, 'telemetry', ['--feed', `telemetry=${path}`, '--mapping', 'sensor-boards'])
    const served = Object.entries(report.counts['devices']!).map(([device, { readings }]) => {
      const { coldest, hottest } = report.extremes['devices']![device]!
      return [device, { readings, least: coldest, most: hottest }]
    })
    assert.deepEqual(Object.fromEntries(served), expected)
    assert.equal(served.length, 3)
    assert.deepEqual([report.sent, report.ledger.accepted, report.ledger.dead], [3_001, 3_000, 1])
    const [read] = report.read
    assert.deepEqual(
      [read!.records, read!.unmapped, read!.firstUnmapped, read!.bytesRead],
      [3_001, 1, 'record 101: expected a whole record of the format', read!.bytes],
    )
  },
)

const series = ['nyc_taxi.csv', 'machine_temperature_system_failure.csv']
const hourMs = 3_600_000

const headerAndRows = (name: string): readonly string[] =>
  readFileSync(sample('nab', 'realKnownCause', name), 'utf8')
    .trim()
    .split('\n')

/** What a file has: a row is late if one before it in the file is newer by more than two minutes, and does not count then. */
const countRows = (rows: readonly string[], count: (at: number, value: number) => void): { readonly late: number } => {
  let late = 0
  let newest = -Infinity
  for (const row of rows) {
    const [time = '', value] = row.split(',')
    const at = Date.parse(`${time}Z`)
    if (newest - at > 120_000) late += 1
    else count(at, Number(value))
    newest = Math.max(newest, at)
  }
  return { late }
}

/** By device: what the windows of a minute give together. */
const minutesOf = (report: StreamReport): Rows =>
  Object.fromEntries(
    Object.entries(report.counts['devices']!).map(([device, { readings }]) => {
      const { least, most } = report.extremes['devices']![device]!
      return [device, { readings: readings!, least: least!, most: most! }]
    }),
  )

test(
  'two series, a partition each, one with an hour that comes twice: 11 of its rows are late',
  { skip, timeout: 230_000 },
  async (t) => {
    const folder = temporaryFolder()
    const expected: Rows = {}
    let late = 0
    const feeds = series.flatMap((name) => {
      const [header = '', ...rows] = headerAndRows(name)
      // The hour that comes twice is 2014-01-07 02:00.
      const part = rows.filter((row) => /^2014-(01-07 0|07-0[12])/.test(row))
      writeFileSync(join(folder, name), [header, ...part].join('\n'))
      late += countRows(part, (_, value) => count(expected, basename(name, '.csv'), value)).late
      return ['--feed', `telemetry=${join(folder, name)}`]
    })
    const report = await runRecorded(t, 'telemetry', [...feeds, '--mapping', 'nab', '--shift-to-now'])
    assert.deepEqual(minutesOf(report), expected)
    assert.deepEqual([late, report.ledger.late, Object.keys(expected).length], [11, 11, 2])
  },
)

test(
  'two series of months, whole: minutes together and each hour of each device as a script of ten lines has them',
  { skip, timeout: 3_600_000 },
  async (t) => {
    const state = temporaryFolder()
    const expected: Rows = {}
    const expectedHours: Rows = {}
    let late = 0
    for (const name of series) {
      const device = basename(name, '.csv')
      const counted = countRows(headerAndRows(name).slice(1), (at, value) => {
        count(expected, device, value)
        count(expectedHours, `${device} ${new Date(Math.floor(at / hourMs) * hourMs).toISOString()}`, value)
      })
      late += counted.late
    }
    const feeds = series.flatMap((name) => ['--feed', `telemetry=${sample('nab', 'realKnownCause', name)}`])
    const report = await runRecorded(t, 'telemetry', [...feeds, '--mapping', 'nab'], state)
    assert.deepEqual([late, report.ledger.late, report.ledger.accepted], [11, 11, 33_004])
    assert.deepEqual(minutesOf(report), expected)
    const url = await serveRecorded(t, state)
    const range = { from: Date.UTC(2013, 11), to: Date.UTC(2015, 2) }
    const hours: Rows = {}
    for (const { windows } of await readRollup(url, 'telemetry', 'devices', range, '1h')) {
      for (const { start, final, groups } of windows) {
        assert.ok(final)
        for (const { key, metrics } of groups!) {
          const { readings, least, most } = metrics as unknown as Rows[string]
          hours[`${key['deviceId']} ${start}`] = { readings, least, most }
        }
      }
    }
    assert.equal(Object.keys(hours).length, Object.keys(expectedHours).length)
    assert.deepEqual(hours, expectedHours)
  },
)
