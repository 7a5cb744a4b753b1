import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { jsonArrayRecords } from '../../../../local/feed/recorded/json-array-records.ts'
import { chunksOf, type Cut } from './support.ts'

const read = async (text: string, cut?: Cut): Promise<unknown[]> => {
  const records = await Array.fromAsync(jsonArrayRecords(chunksOf(text, cut)))
  return records.map(({ bytes, values }) => values ?? Buffer.from(bytes).toString())
}

test('the elements of an array are its records, whatever stands between them', async () => {
  assert.deepEqual(await read('\ufeff [ {"a":1},\n\t{"a":2}\r\n]\n'), [{ a: 1 }, { a: 2 }])
  assert.deepEqual(await read('[]'), [])
  assert.deepEqual(await read(' [ ] '), [])
})

test('commas and brackets in strings and deeper levels end nothing', async () => {
  const elements = [{ a: 'x],[{"\\' }, { b: [{ c: [1, 2] }, []], d: '}' }, { e: '\\"' }]
  assert.deepEqual(await read(JSON.stringify(elements)), elements)
})

test('wherever the bytes are cut, the elements are the same', async () => {
  const element = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(element, { maxLength: 4 }),
      fc.integer({ min: 1, max: 20 }),
      fc.boolean(),
      async (elements, size, wide) => {
        const expected: unknown = JSON.parse(JSON.stringify(elements))
        assert.deepEqual(await read(JSON.stringify(elements, null, wide ? 2 : 0), size), expected)
      },
    ),
  )
})

test('an element that is no JSON object is one malformed record with its bytes', async () => {
  assert.deepEqual(await read('[{"a":1}, {"a":nope}, 7 , "x", null, {"a":2},, ]'), [
    { a: 1 },
    '{"a":nope}',
    '7',
    '"x"',
    'null',
    { a: 2 },
    '',
    '',
  ])
})

test('what is no array, ends early or goes on behind its end fails the file', async () => {
  const notAnArray = {
    message: 'expected a JSON array; for one object a line the format is ndjson, which a mapping can say',
  }
  await assert.rejects(read('{"a":1}\n{"a":2}'), notAnArray)
  await assert.rejects(read(''), notAnArray)
  await assert.rejects(read('[{"a":1},{"a"'), {
    message: 'expected the closing bracket of the JSON array, the file ends before it',
  })
  await assert.rejects(read('[{"a":1}] [2]'), {
    message: 'expected nothing after the closing bracket of the JSON array',
  })
})

test('elements before the end of a file that is cut short are read', async () => {
  const read: unknown[] = []
  await assert.rejects(async () => {
    for await (const { values } of jsonArrayRecords(chunksOf('[{"a":1},{"a":2},{"a"'))) read.push(values)
  })
  assert.deepEqual(read, [{ a: 1 }, { a: 2 }])
})

test('an element larger than an event can be fails the file instead of filling the memory', async () => {
  await assert.rejects(read(`[{"a":"${'x'.repeat(1_200_000)}"}]`, 65_536), {
    message: 'expected a record of at most 1048576 bytes, the most that an Event Hub takes',
  })
})
