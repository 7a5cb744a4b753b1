import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sparseIndex, testCosmos } from './support.ts'

const number = fc.integer({ min: 0, max: 12 })
const comparison = fc.tuple(
  fc.constantFrom('c.windowEnd', 'c.seenUntil', 'c.plain'),
  fc.constantFrom('=', '!=', '<', '<=', '>', '>='),
  number,
)
const leaf: fc.Arbitrary<string> = fc.oneof(
  comparison.map(([path, operator, n]) => `${path} ${operator} ${n}`),
  comparison.map(([path, operator, n]) => `${n} ${operator} ${path}`),
  fc.tuple(number, number).map(([a, b]) => `c.windowEnd BETWEEN ${a} AND ${b}`),
  fc.tuple(number, number).map(([a, b]) => `c.seenUntil IN (${a}, ${b})`),
  fc.tuple(fc.constantFrom('=', '<', '>='), number).map(([operator, n]) => `c.id ${operator} 'i${n}'`),
  number.map((n) => `STARTSWITH(c.id, 'i${n}')`),
  number.map((n) => `c.id IN ('i${n}', 'none')`),
)
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.tuple(tie('condition'), fc.constantFrom('AND', 'OR'), tie('condition')).map(([a, op, b]) => `(${a} ${op} ${b})`),
    tie('condition').map((inner) => `NOT (${inner})`),
  ),
}))

test('a query finds the same with an index and without', async (t) => {
  const { container } = await testCosmos(t)
  const indexed = await container(sparseIndex)
  const plain = await container({
    indexingPolicy: { indexingMode: 'consistent', excludedPaths: [{ path: '/*' }], includedPaths: [] },
  })
  for (let n = 0; n < 24; n += 1) {
    const document = {
      id: `i${n}`,
      pk: n % 3 === 0 ? 'b' : 'a',
      ...(n % 5 !== 0 && { windowEnd: n % 12 }),
      ...(n % 4 !== 0 && { seenUntil: n % 7 === 0 ? 'text' : n % 6 }),
      plain: n % 4,
    }
    // The versions before must leave nothing behind in the index.
    await indexed.items.create({ ...document, windowEnd: 3, seenUntil: 3 })
    await indexed.items.upsert(document)
    await plain.items.create(document)
  }
  for (const items of [indexed, plain]) {
    await items.items.create({ id: 'i25', pk: 'a', windowEnd: 5 })
    await items.item('i25', 'a').delete()
  }
  await fc.assert(
    fc.asyncProperty(condition, fc.boolean(), async (where, inPartition) => {
      const query = `SELECT VALUE c.id FROM c WHERE ${where}`
      const options = inPartition ? { partitionKey: 'a' } : {}
      const [found, expected] = await Promise.all(
        [indexed, plain].map(async (items): Promise<readonly string[]> => {
          const { resources } = await items.items.query<string>(query, options).fetchAll()
          return resources
        }),
      )
      assert.deepEqual(found, expected)
    }),
    { numRuns: 60 },
  )
})

test('a query on indexed numbers loads what it returns and nothing else', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container(sparseIndex)
  for (let part = 0; part < 3; part += 1) {
    const operations = Array.from({ length: 100 }, (_, n) => ({
      operationType: 'Create' as const,
      resourceBody: { id: `w:${part}:${n}`, pk: 'a', windowEnd: part * 100 + n, plain: n },
    }))
    await items.items.batch(operations, 'a')
  }
  const charge = async (where: string, results: number): Promise<number> => {
    const query = `SELECT * FROM c WHERE ${where}`
    const page = await items.items.query(query, { partitionKey: 'a', maxItemCount: -1 }).fetchNext()
    assert.equal(page.resources.length, results, where)
    return page.requestCharge
  }
  const none = await charge('c.windowEnd > 1000', 0)
  for (const where of [
    'c.windowEnd > 295 AND c.windowEnd <= 299',
    'c.windowEnd BETWEEN 10 AND 13',
    'c.windowEnd = 4 OR c.windowEnd > 296 OR c.seenUntil >= 3',
    "STARTSWITH(c.id, 'w:') AND c.windowEnd < 4",
    "c.id IN ('w:0:1', 'w:0:2', 'w:1:1', 'w:2:1')",
  ]) {
    const few = await charge(where, 4)
    assert.ok(few > none && few < none + 0.3, `${where} costs ${few}`)
  }
  assert.ok((await charge('c.plain = 5', 3)) > none + 10)
})

test('a changed indexing policy applies to the items that are there', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container(sparseIndex)
  await items.items.create({ id: 'one', pk: 'a', windowEnd: 1, other: 2 })
  const { resource } = await items.read()
  assert.ok(resource)
  await items.replace({
    ...resource,
    indexingPolicy: { includedPaths: [{ path: '/other/?' }], excludedPaths: [{ path: '/*' }] },
  })
  for (const where of ['c.windowEnd = 1', 'c.other = 2']) {
    assert.equal((await items.items.query(`SELECT * FROM c WHERE ${where}`).fetchAll()).resources.length, 1)
  }
})
