import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTimeFormat, isZone, timeReader } from '../../../../local/feed/recorded/time-format.ts'

const read = (value: unknown, format: string, zone = 'UTC'): string | undefined => {
  const ms = timeReader({ format, zone })(value)
  return ms === undefined ? undefined : new Date(ms).toISOString()
}

test('an ISO time counts in its own zone, and without one in that of the mapping', () => {
  assert.equal(read('2014-07-01T12:00:00.5+02:00', 'iso', 'Asia/Tokyo'), '2014-07-01T10:00:00.500Z')
  assert.equal(read('2014-07-01 12:00:00Z', 'iso'), undefined)
  assert.equal(read('2014-07-01T12:00', 'iso'), '2014-07-01T12:00:00.000Z')
  assert.equal(read('2014-07-01T12:00:00', 'iso', 'Europe/Oslo'), '2014-07-01T10:00:00.000Z')
  assert.equal(read('2014-07-01', 'iso', '+01:00'), '2014-06-30T23:00:00.000Z')
})

test('seconds and milliseconds since 1970 are numbers or text, and are cut to whole milliseconds', () => {
  assert.equal(read(1_594_512_024.001, 'epoch-s'), '2020-07-12T00:00:24.001Z')
  assert.equal(read('1594512024.9999', 'epoch-s'), '2020-07-12T00:00:24.999Z')
  assert.equal(read(1_594_512_024_001.9, 'epoch-ms'), '2020-07-12T00:00:24.001Z')
  for (let ms = 0; ms < 1_000; ms += 1) {
    const seconds = Number(`1594512024.${String(ms).padStart(3, '0')}`)
    assert.equal(timeReader({ format: 'epoch-s', zone: 'UTC' })(seconds), 1_594_512_024_000 + ms)
  }
})

test('a pattern reads day and time in the zone of the mapping', () => {
  assert.equal(read('2014-07-01 00:30:00', 'yyyy-MM-dd HH:mm:ss'), '2014-07-01T00:30:00.000Z')
  assert.equal(read('2014-07-01 00:30:00', 'yyyy-MM-dd HH:mm:ss', 'America/New_York'), '2014-07-01T04:30:00.000Z')
  assert.equal(read('7/1/2014 1:05 PM', 'M/d/yyyy h:mm a'), '2014-07-01T13:05:00.000Z')
  assert.equal(read('01/Jul/2014:13:05:00 +0200', 'dd/MMM/yyyy:HH:mm:ss ZZZ'), '2014-07-01T11:05:00.000Z')
  assert.equal(read('1.7.2014', 'd.M.yyyy'), '2014-07-01T00:00:00.000Z')
})

test('a time that a clock change skips is an hour on, one that it repeats is the first', () => {
  assert.equal(read('2014-03-30 02:30', 'yyyy-MM-dd HH:mm', 'Europe/Oslo'), '2014-03-30T01:30:00.000Z')
  assert.equal(read('2014-10-26 02:30', 'yyyy-MM-dd HH:mm', 'Europe/Oslo'), '2014-10-26T00:30:00.000Z')
})

test('what is not of the format is no time', () => {
  for (const value of [undefined, null, true, {}, [], '', 'x', '12:30', '2014-02-30', 7]) {
    assert.equal(read(value, 'iso'), undefined, String(value))
  }
  for (const value of [undefined, null, true, {}, '', 'x', Number.NaN, Infinity, 1e300, '0x10', '1_000']) {
    assert.equal(read(value, 'epoch-s'), undefined, String(value))
    assert.equal(read(value, 'epoch-ms'), undefined, String(value))
  }
  for (const value of [undefined, 7, '', '2014-02-30 00:00', '2014-07-01 24:01', '2014-07-01', '2014-07-01 00:00:00']) {
    assert.equal(read(value, 'yyyy-MM-dd HH:mm'), undefined, String(value))
  }
})

test('a pattern has to tell the day', () => {
  const good = [
    'iso',
    'epoch-s',
    'epoch-ms',
    'yyyy-MM-dd',
    'd.M.yyyy H:mm',
    "yyyy-MM-dd'T'HH:mm:ss.SSSZZ",
    'yyyyMMddHHmmss',
  ]
  const bad = ['', 'epoch', 'HH:mm', 'MM-dd HH:mm', 'yyyy-MM', 'hello', 'unix']
  assert.deepEqual(
    good.filter((format) => !isTimeFormat(format)),
    [],
  )
  assert.deepEqual(bad.filter(isTimeFormat), [])
})

test('zones have names of the tz database or offsets, never that of this machine', () => {
  assert.deepEqual(
    ['UTC', 'Europe/Oslo', 'America/New_York', '+02:00', '-03:30', 'UTC+2'].filter((zone) => !isZone(zone)),
    [],
  )
  assert.deepEqual(['', 'Mars', 'local', 'System', 'default', 'CET?'].filter(isZone), [])
})
