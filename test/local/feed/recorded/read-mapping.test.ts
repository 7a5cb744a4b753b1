import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Mapping } from '../../../../local/feed/recorded/mapping.ts'
import { presets } from '../../../../local/feed/recorded/presets.ts'
import { readMapping } from '../../../../local/feed/recorded/read-mapping.ts'
import { descriptionOf } from '../support.ts'

const problems = (json: unknown, stream = 'telemetry'): readonly string[] => {
  const read = readMapping(json, descriptionOf(stream))
  return 'problems' in read ? read.problems : []
}
const mapping = (json: object): Mapping => {
  const read = readMapping({ time, ...json }, descriptionOf('telemetry'))
  assert.ok('mapping' in read, JSON.stringify(read))
  return read.mapping
}
const time = { field: 't', format: 'iso' }
const problemsOf = (json: object): readonly string[] => problems({ time, ...json })

test('a mapping that says only when has the rest by default', () => {
  assert.deepEqual(mapping({}), {
    format: undefined,
    time: { field: 't', format: 'iso', zone: 'UTC' },
    source: { file: 'name' },
    id: { record: 'number' },
    key: 'source',
    fields: {},
    constants: {},
    missing: [''],
    delimiter: ',',
    columns: undefined,
    needs: ['t'],
  })
})

test('a mapping that says everything is read whole', () => {
  const read = mapping({
    format: 'csv',
    time: { field: 't', format: 'dd.MM.yyyy HH:mm', zone: 'Europe/Oslo' },
    source: { constant: 'boiler' },
    id: 'n',
    key: 'file',
    fields: {
      temperature: { field: 'f', unit: 'fahrenheit-to-celsius' },
      humidity: { field: 'h', scale: 0.1 },
      co: 'co',
    },
    constants: { status: 'ok', light: true },
    missing: ['NA'],
    delimiter: ';',
    columns: ['t', 'n', 'f', 'h', 'co'],
  })
  assert.deepEqual(read, {
    format: 'csv',
    time: { field: 't', format: 'dd.MM.yyyy HH:mm', zone: 'Europe/Oslo' },
    source: { constant: 'boiler' },
    id: { field: 'n' },
    key: 'file',
    fields: {
      temperature: { field: 'f', unit: 'fahrenheit-to-celsius', scale: 1, offset: 0 },
      humidity: { field: 'h', unit: undefined, scale: 0.1, offset: 0 },
      co: { field: 'co', unit: undefined, scale: 1, offset: 0 },
    },
    constants: { status: 'ok', light: true },
    missing: ['NA'],
    delimiter: ';',
    columns: ['t', 'n', 'f', 'h', 'co'],
    needs: ['t', 'n', 'f', 'h', 'co'],
  })
})

test('every problem is named at once, by its field, with what was expected', () => {
  const found = problems({
    format: 'xml',
    time: { format: 'HH:mm', zone: 'Mars' },
    source: { constant: 7 },
    id: { file: 'name' },
    key: 'device',
    fields: {
      temprature: 'a',
      light: { field: 'b', scale: 2 },
      humidity: 3,
      co: { field: '', unit: 'miles', offset: 'x' },
    },
    constants: { battery: 300, deviceId: 'x' },
    missing: '',
    delimiter: '',
    columns: [1],
    colour: 'red',
  })
  const fields =
    'sentAt, temperature, humidity, pressure, vibration, battery, co, lpg, smoke, value, light, motion, status'
  assert.deepEqual(found, [
    'colour: not known, expected one of format, time, source, id, key, fields, constants, missing, delimiter, columns',
    'format: expected csv, ndjson, json, access-log, got "xml"',
    'time.field: expected a text, got nothing',
    'time.format: expected iso, epoch-s, epoch-ms, or a pattern with the day such as yyyy-MM-dd HH:mm:ss, got "HH:mm"',
    'time.zone: expected a zone such as UTC, +02:00 or Europe/Oslo, got "Mars"',
    'source: expected the name of a field, {"constant": "…"} or {"file": "name"}, got an object',
    'id: expected the name of a field, {"record": "number"}, got an object',
    `fields.temprature: expected a field of telemetry: schemaVersion, ${fields}`,
    'fields.light: expected no scale for a field that holds a boolean',
    'fields.humidity: expected the name of a field, or an object with field, unit, scale, offset, got a number',
    'fields.co.field: expected a text, got ""',
    'fields.co.unit: expected fahrenheit-to-celsius, kelvin-to-celsius, pascal-to-hectopascal, fraction-to-percent, seconds-to-milliseconds, got "miles"',
    'fields.co.offset: expected a number, got "x"',
    'constants.battery: expected a value that the stream telemetry takes there, got a number',
    "constants.deviceId: expected not here, the mapping's source fills it",
    'key: expected source, file, got "device"',
    'missing: expected a list of texts, got ""',
    'delimiter: expected one character that is no quote and no line end, got ""',
    'columns: expected a list of texts, got an array',
  ])
})

test('what every event of the stream must have has to be mapped', () => {
  assert.deepEqual(problems({ time, fields: { url: 'u' } }, 'clickstream'), [
    'fields.type: expected here or in constants, every event of clickstream has it',
    'fields.userId: expected here or in constants, every event of clickstream has it',
  ])
})

test('a field cannot be mapped and constant at once', () => {
  assert.deepEqual(problemsOf({ fields: { co: 'co' }, constants: { co: 1 } }), [
    'constants.co: expected once, it is in fields too',
  ])
})

test('source, id and time have places of their own', () => {
  assert.deepEqual(problemsOf({ fields: { deviceId: 'd', id: 'i', time: 't' } }), [
    "fields.deviceId: expected not here, the mapping's source fills it",
    "fields.id: expected not here, the mapping's id fills it",
    "fields.time: expected not here, the mapping's time fills it",
  ])
})

test('times that count in UTC by themselves have no zone, and the zone of this machine is none', () => {
  assert.deepEqual(problemsOf({ time: { field: 't', format: 'epoch-s', zone: 'UTC' } }), [
    'time.zone: expected none with epoch-s, which counts in UTC',
  ])
  assert.deepEqual(problemsOf({ time: { field: 't', format: 'iso', zone: 'local' } }), [
    'time.zone: expected a zone such as UTC, +02:00 or Europe/Oslo, got "local"',
  ])
})

test('what is no object is no mapping', () => {
  assert.deepEqual(problems([]), ['expected a JSON object, got an array'])
  assert.deepEqual(problems(null), ['expected a JSON object, got null'])
  assert.deepEqual(problems('nab'), ['expected a JSON object, got a text'])
  assert.deepEqual(problems({}), ['time: expected an object with field, format and perhaps zone, got nothing'])
})

test('every preset fits the stream that it is for', () => {
  const streams = { 'access-log': 'clickstream', nab: 'telemetry', 'sensor-boards': 'telemetry' }
  assert.deepEqual(Object.keys(streams), Object.keys(presets))
  for (const [name, stream] of Object.entries(streams)) assert.deepEqual(problems(presets[name], stream), [], name)
})
