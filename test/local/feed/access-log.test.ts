import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { parseLogLine } from '../../../local/feed/access-log.ts'

const line =
  '198.51.100.7 - - [17/May/2015:10:05:03 +0000] "GET /a/b.html?x=1 HTTP/1.1" 200 2326 "http://example.com/from" "Mozilla/5.0 (X11)"'

test('a line of the combined format gives its fields', () => {
  assert.deepEqual(parseLogLine(line), {
    client: '198.51.100.7',
    time: Date.UTC(2015, 4, 17, 10, 5, 3),
    method: 'GET',
    target: '/a/b.html?x=1',
    status: 200,
    bytes: 2326,
    referrer: 'http://example.com/from',
    userAgent: 'Mozilla/5.0 (X11)',
  })
})

test('a dash for bytes, referrer and user agent means that there was none', () => {
  const parsed = parseLogLine(
    line.replace('2326', '-').replace('http://example.com/from', '-').replace('Mozilla/5.0 (X11)', '-'),
  )!
  assert.deepEqual([parsed.bytes, parsed.referrer, parsed.userAgent], [undefined, undefined, undefined])
})

test('an empty referrer and user agent stay empty', () => {
  const parsed = parseLogLine(line.replace('http://example.com/from', '').replace('Mozilla/5.0 (X11)', ''))!
  assert.deepEqual([parsed.referrer, parsed.userAgent], ['', ''])
})

test('the zone counts, with its sign and its minutes', () => {
  const at = (zone: string): string => new Date(parseLogLine(line.replace('+0000', zone))!.time).toISOString()
  assert.equal(at('+0200'), '2015-05-17T08:05:03.000Z')
  assert.equal(at('-0330'), '2015-05-17T13:35:03.000Z')
  assert.equal(at('-0030'), '2015-05-17T10:35:03.000Z')
  assert.equal(at('+0530'), '2015-05-17T04:35:03.000Z')
})

test('every month is known', () => {
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
  assert.deepEqual(
    months.map((month) => new Date(parseLogLine(line.replace('May', month))!.time).getUTCMonth()),
    months.map((_, i) => i),
  )
})

test('escapes stay as they are written, a quote among them', () => {
  assert.equal(
    parseLogLine(line.replace('from', String.raw`\xd0\xa1`))!.referrer,
    String.raw`http://example.com/\xd0\xa1`,
  )
  assert.equal(parseLogLine(line.replace('(X11)', String.raw`(\"X11\")`))!.userAgent, String.raw`Mozilla/5.0 (\"X11\")`)
})

test('a request without protocol is read', () => {
  assert.equal(parseLogLine(line.replace(' HTTP/1.1', ''))!.target, '/a/b.html?x=1')
})

test('every beginning of a line is malformed but the whole', () => {
  for (let length = 0; length < line.length; length += 1) assert.equal(parseLogLine(line.slice(0, length)), undefined)
})

test('lines that are not of the format are malformed', () => {
  const changes: readonly (readonly [string, string])[] = [
    ['May', 'Mai'],
    ['17/', '32/'],
    ['10:05:03', '25:05:03'],
    ['10:05:03', '10:65:03'],
    ['+0000', 'UTC'],
    ['"GET /a/b.html?x=1 HTTP/1.1"', '"-"'],
    ['"GET /a/b.html?x=1 HTTP/1.1"', '"GET"'],
    [' 200 ', ' OK '],
    ['2326', '-7'],
    ['(X11)"', '(X11)" more'],
    ['(X11)"', String.raw`(X11)\"`],
    ['from"', 'from'],
  ]
  for (const [from, to] of changes) {
    assert.ok(line.includes(from))
    assert.equal(parseLogLine(line.replace(from, to)), undefined, `${from} -> ${to}`)
  }
})

const folder = process.env['MILLRACE_SAMPLE_DATA']
const skip = folder === undefined && 'MILLRACE_SAMPLE_DATA does not name the folder that holds web/access.log.gz'

test('of 10,000 recorded lines all but the one without its closing quote are read', { skip }, () => {
  const lines = gunzipSync(readFileSync(join(folder!, 'web/access.log.gz')))
    .toString('latin1')
    .trimEnd()
    .split('\n')
  assert.equal(lines.length, 10_000)
  const malformed = lines.flatMap((text, i) => (parseLogLine(text) === undefined ? [i + 1] : []))
  assert.deepEqual(malformed, [8_899])
  const parsed = lines.flatMap((text) => parseLogLine(text) ?? [])
  assert.equal(new Set(parsed.map(({ client }) => client)).size, 1_753)
  assert.equal(parsed.filter(({ bytes }) => bytes === undefined).length, 669)
  assert.equal(parsed.filter(({ referrer }) => referrer === undefined).length, 4_072)
  assert.equal(parsed.filter(({ userAgent }) => userAgent === undefined).length, 190)
  assert.equal(parsed.filter(({ status }) => status === 200).length, 9_125)
})

test('of 14 recorded lines that are cut short none is read', { skip }, () => {
  const lines = readFileSync(join(folder!, 'web/access-truncated.log'), 'latin1').trimEnd().split('\n')
  assert.deepEqual(
    lines.map((text) => parseLogLine(text)),
    Array.from({ length: 14 }, () => undefined),
  )
})
