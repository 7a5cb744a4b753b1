/** Parts of the sample data, so that the tests are fast; whole they are counted in test/local/feed/recorded/sample-data.test.ts. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { runRecorded, sample, skipWithoutSamples as skip } from '../support/recorded-run.ts'
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

test(
  'two series, a partition each, one with an hour that comes twice: 11 of its rows are late',
  { skip, timeout: 230_000 },
  async (t) => {
    const folder = temporaryFolder()
    const expected: Rows = {}
    let late = 0
    const feeds = ['nyc_taxi.csv', 'machine_temperature_system_failure.csv'].flatMap((name) => {
      const [header = '', ...rows] = readFileSync(sample('nab', 'realKnownCause', name), 'utf8')
        .trim()
        .split('\n')
      // The hour that comes twice is 2014-01-07 02:00.
      const part = rows.filter((row) => /^2014-(01-07 0|07-0[12])/.test(row))
      writeFileSync(join(folder, name), [header, ...part].join('\n'))
      let newest = -Infinity
      for (const row of part) {
        const [time = '', value] = row.split(',')
        const at = Date.parse(`${time}Z`)
        if (newest - at > 120_000) late += 1
        else count(expected, basename(name, '.csv'), Number(value))
        newest = Math.max(newest, at)
      }
      return ['--feed', `telemetry=${join(folder, name)}`]
    })
    const report = await runRecorded(t, 'telemetry', [...feeds, '--mapping', 'nab', '--shift-to-now'])
    const served = Object.entries(report.counts['devices']!).map(([device, { readings }]) => {
      const { least, most } = report.extremes['devices']![device]!
      return [device, { readings, least, most }]
    })
    assert.deepEqual(Object.fromEntries(served), expected)
    assert.deepEqual([late, report.ledger.late, served.length], [11, 11, 2])
  },
)
