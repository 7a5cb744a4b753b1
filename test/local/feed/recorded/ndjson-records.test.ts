import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ndjsonRecords } from '../../../../local/feed/recorded/ndjson-records.ts'
import { chunksOf, type Cut } from './support.ts'

const read = async (text: string | Buffer, cut?: Cut): Promise<unknown[]> => {
  const records = await Array.fromAsync(ndjsonRecords(chunksOf(text, cut)))
  return records.map(({ bytes, values }) => values ?? Buffer.from(bytes).toString('latin1'))
}

test('each line is a record, with and without a last line end, wherever the bytes are cut', async () => {
  const text = '\ufeff{"a":"ü"}\r\n{"a":"\\n"}\n{"a":3}'
  for (let size = 1; size < 40; size += 1) assert.deepEqual(await read(text, size), [{ a: 'ü' }, { a: '\n' }, { a: 3 }])
})

test('a line that is no JSON object is a malformed record with its bytes, an empty one too', async () => {
  const text = Buffer.concat([
    Buffer.from('{"a":1\n\n[1]\nnull\n{"a":"'),
    Buffer.from([0xff]),
    Buffer.from('"}\n{"a":2}\n'),
  ])
  assert.deepEqual(await read(text), ['{"a":1', '', '[1]', 'null', '{"a":"\xff"}', { a: 2 }])
})

test('a line longer than an event can be fails the file instead of filling the memory', async () => {
  await assert.rejects(read('x'.repeat(1_100_000), 65_536), {
    message: 'expected a record of at most 1048576 bytes, the most that an Event Hub takes',
  })
})
