import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvRecords } from '../../../../local/feed/recorded/csv-records.ts'
import type { Mapping } from '../../../../local/feed/recorded/mapping.ts'
import { eventsMapping } from '../../../../local/feed/recorded/presets.ts'
import { descriptionOf } from '../support.ts'
import { chunksOf, type Cut } from './support.ts'

const mapping: Mapping = { ...eventsMapping(descriptionOf('telemetry')), needs: [] }

const read = async (
  text: string | Buffer,
  options: Partial<Mapping> = {},
  cut?: Cut,
): Promise<(readonly string[] | string)[]> => {
  const records = await Array.fromAsync(csvRecords(chunksOf(text, cut), { ...mapping, ...options }))
  return records.map(({ bytes, values }) =>
    values === undefined ? Buffer.from(bytes).toString('latin1') : Object.values(values).map(String),
  )
}

test('the first line names the columns, the others are records', async () => {
  const records = await Array.fromAsync(csvRecords(chunksOf('a,b\n1,2\n3,4'), mapping))
  assert.deepEqual(
    records.map(({ values }) => values),
    [
      { a: '1', b: '2' },
      { a: '3', b: '4' },
    ],
  )
})

test('a file without header has the columns that the mapping names', async () => {
  assert.deepEqual(await read('1,2\n', { columns: ['a', 'b'] }), [['1', '2']])
})

test('quotes hold delimiters, doubled quotes and line ends', async () => {
  assert.deepEqual(await read('a,b\n"1,5","say ""hi"""\n"two\r\nlines",x\n,""\n'), [
    ['1,5', 'say "hi"'],
    ['two\r\nlines', 'x'],
    ['', ''],
  ])
})

test('wherever the bytes are cut, the records are the same', async () => {
  const text = Buffer.from('\ufeffa;b\r\n"ü;\r\n"";";1\r\n€;"x"\r\n"broken\r\nq;r\r\n')
  const whole = await read(text, { delimiter: ';' })
  assert.deepEqual(whole, [['ü;\r\n";', '1'], ['€', 'x'], '"broken', ['q', 'r']])
  for (let size = 1; size < text.length; size += 1) {
    assert.deepEqual(await read(text, { delimiter: ';' }, size), whole, `chunks of ${size} bytes`)
  }
})

test('another delimiter, a tab for one, leaves commas alone', async () => {
  assert.deepEqual(await read('a\tb\n1,5\t2\n', { delimiter: '\t' }), [['1,5', '2']])
})

test('a row of more or fewer fields, an empty one, stray quotes and broken UTF-8 are malformed, and reading goes on', async () => {
  const text = Buffer.concat([
    Buffer.from('a,b\n1\n1,2,3\n\n1,x"y"\n"1"x,2\n'),
    Buffer.from([0xff, 0x2c, 0x31, 0x0a]),
    Buffer.from('7,8\n'),
  ])
  assert.deepEqual(await read(text), ['1', '1,2,3', '', '1,x"y"', '"1"x,2', '\xff,1', ['7', '8']])
})

test('a quote that is never closed spoils its own line alone', async () => {
  const rows = Array.from({ length: 300 }, (_, i) => `${i},x`)
  const records = await read(['a,b', '"never,closed', ...rows].join('\n'))
  assert.deepEqual(records, ['"never,closed', ...rows.map((row) => row.split(','))])
})

test('columns that the mapping reads and the header lacks fail the file, naming both', async () => {
  await assert.rejects(read('timestmp,value\n', { needs: ['timestamp', 'value'] }), {
    message: 'expected the columns timestamp that the mapping reads, found timestmp, value',
  })
})

test('an empty file has no records', async () => {
  assert.deepEqual(await read(''), [])
})
