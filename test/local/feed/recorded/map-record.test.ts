import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordMapper } from '../../../../local/feed/recorded/map-record.ts'
import { readMapping } from '../../../../local/feed/recorded/read-mapping.ts'
import { descriptionOf } from '../support.ts'

type Values = Readonly<Record<string, unknown>>

/** The event, or the problem in words. */
const map = (mapping: object, values: Values | undefined, stream = 'telemetry'): unknown => {
  const description = descriptionOf(stream)
  const read = readMapping({ time: { field: 't', format: 'iso' }, ...mapping }, description)
  assert.ok('mapping' in read, JSON.stringify(read))
  const mapped = recordMapper(read.mapping, description, 'pumps/p 1.csv.gz')({ number: 7, bytes: Buffer.of(), values })
  return 'problem' in mapped ? mapped.problem : mapped.event(mapped.time)
}
const t = '2026-01-01T00:00:00Z'
const fieldOf = (name: string, from: object | string, value: unknown): unknown => {
  const event = map({ fields: { [name]: from } }, { t, x: value })
  return typeof event === 'string' ? event : (event as Values)[name]
}

test('an event has source, id, time, constants and fields under the names that its stream gives them', () => {
  assert.deepEqual(map({ fields: { value: 'x' }, constants: { status: 'ok' } }, { t, x: '1.5', y: 'unused' }), {
    deviceId: 'pumps/p 1',
    id: 'pumps/p 1.csv.gz:7',
    time: '2026-01-01T00:00:00.000Z',
    status: 'ok',
    value: 1.5,
  })
})

test('source and id come from fields, numbers too, or the source is the same for all', () => {
  const event = map({ source: 'device', id: 'n' }, { t, device: 4, n: 'a' }) as Values
  assert.deepEqual([event['deviceId'], event['id']], ['4', 'a'])
  assert.equal((map({ source: { constant: 'boiler' } }, { t }) as Values)['deviceId'], 'boiler')
})

test('fields lie under their names, with dots too, or deeper', () => {
  const fields = { fields: { value: 'a.b' } }
  assert.equal((map(fields, { t, 'a.b': 1 }) as Values)['value'], 1)
  assert.equal((map(fields, { t, a: { b: 2 } }) as Values)['value'], 2)
  for (const a of [undefined, null, 'x', [], { c: 1 }]) {
    assert.equal(Object.hasOwn(map(fields, { t, a }) as Values, 'value'), false)
  }
  assert.equal(Object.hasOwn(map({ fields: { value: 'constructor.name' } }, { t }) as Values, 'value'), false)
})

test('units are converted, then scaled, then moved', () => {
  assert.equal(fieldOf('temperature', { field: 'x', unit: 'fahrenheit-to-celsius' }, 212), 100)
  assert.equal(fieldOf('temperature', { field: 'x', unit: 'kelvin-to-celsius' }, '273.15'), 0)
  assert.equal(fieldOf('pressure', { field: 'x', unit: 'pascal-to-hectopascal' }, 101_325), 1013.25)
  assert.equal(fieldOf('humidity', { field: 'x', unit: 'fraction-to-percent' }, 0.5), 50)
  assert.equal(fieldOf('value', { field: 'x', unit: 'seconds-to-milliseconds' }, 1.5), 1500)
  assert.equal(fieldOf('value', { field: 'x', unit: 'fahrenheit-to-celsius', scale: 2, offset: -1 }, 32), -1)
  assert.equal(fieldOf('value', { field: 'x', scale: 0.5, offset: 3 }, 4), 5)
})

test('numbers, truth values and texts are what the stream wants, from text or not', () => {
  for (const [value, number] of [
    ['21.5', 21.5],
    [' -1e3 ', -1_000],
    ['+.5', 0.5],
    ['5.', 5],
    [0, 0],
  ] as const) {
    assert.equal(fieldOf('value', 'x', value), number)
  }
  for (const value of ['x', '1,5', '0x10', 'NaN', 'Infinity', '1 000', ' ', true, {}, [1]]) {
    assert.equal(fieldOf('value', 'x', value), 'value: expected a number in x', JSON.stringify(value))
  }
  for (const value of [true, 'true', 'TRUE', '1', 1]) assert.equal(fieldOf('light', 'x', value), true)
  for (const value of [false, 'false', 'False', '0', 0]) assert.equal(fieldOf('light', 'x', value), false)
  for (const value of ['yes', 2, {}, ' ']) assert.equal(fieldOf('light', 'x', value), 'light: expected a boolean in x')
  for (const [value, text] of [
    ['ok', 'ok'],
    [7, '7'],
    [false, 'false'],
  ] as const) {
    assert.equal(fieldOf('status', 'x', value), text)
  }
  for (const value of [{}, ['ok']]) assert.equal(fieldOf('status', 'x', value), 'status: expected a text in x')
})

test('where there is no value the event has no field', () => {
  for (const value of [undefined, null, '']) assert.equal(fieldOf('value', 'x', value), undefined)
  const event = map({ fields: { value: 'x' }, missing: ['NA', '-'] }, { t, x: 'NA' })
  assert.equal(Object.hasOwn(event as Values, 'value'), false)
})

test('without a time, a source or an id there is no event, and the reason names the field', () => {
  assert.equal(map({}, undefined), 'expected a whole record of the format')
  assert.equal(map({}, { t: 'noon' }), 'time: expected iso in t')
  assert.equal(map({}, {}), 'time: expected iso in t')
  assert.equal(map({ source: 'device' }, { t }), 'source: expected a text or a number in device')
  assert.equal(map({ source: 'device' }, { t, device: '' }), 'source: expected a text or a number in device')
  assert.equal(map({ id: 'n' }, { t, n: {} }), 'id: expected a text or a number in n')
})

test('a time beyond the calendar of events is no time', () => {
  assert.equal(map({ time: { field: 't', format: 'epoch-ms' } }, { t: 8.64e15 + 1 }), 'time: expected epoch-ms in t')
})
