/** Input that means harm, or that nobody thinks of. */
import type { Container } from '@azure/cosmos'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rejectsWith, send, stored, testCosmos } from './support.ts'

const all = async (
  items: Container,
  query: string,
  parameters: { name: string; value: string }[] = [],
): Promise<unknown[]> => (await items.items.query<unknown>({ query, parameters }).fetchAll()).resources

const injections = [
  `'; DROP TABLE items_1; --`,
  `") OR 1=1 --`,
  `a' UNION SELECT * FROM databases --`,
  '%',
  '_',
  '\u{10ffff}',
]

test('ids, keys, paths and values are never part of an SQL statement', async (t) => {
  const { client } = await testCosmos(t)
  for (const [index, evil] of injections.entries()) {
    const { database } = await client.databases.create({ id: `${evil}${index}` })
    const path = `/${JSON.stringify(`k${evil}`)}`
    const { container } = await database.containers.create({
      id: evil,
      partitionKey: { paths: ['/pk'] },
      uniqueKeyPolicy: { uniqueKeys: [{ paths: ['/unique'] }] },
      indexingPolicy: { includedPaths: [{ path: `${path}/?` }], excludedPaths: [{ path: '/*' }] },
    })
    await container.items.create({ id: evil, pk: evil, [`k${evil}`]: 5, unique: evil })
    await container.items.create({ id: 'other', pk: evil, [`k${evil}`]: 6, unique: 'x' })
    assert.equal((await stored(container, evil, evil))?.['unique'], evil)
    const parameters = [{ name: '@id', value: evil }]
    assert.deepEqual(await all(container, 'SELECT VALUE c.id FROM c WHERE c.id = @id AND c.pk = @id', parameters), [
      evil,
    ])
    const inPath = `SELECT VALUE c.id FROM c WHERE c[${JSON.stringify(`k${evil}`)}] = 6`
    assert.deepEqual(await all(container, inPath), ['other'])
    await container.item(evil, evil).delete()
    assert.equal((await all(container, 'SELECT * FROM c')).length, 1)
  }
})

test('ids in any script are told apart and sorted by code point', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const ids = ['Z', 'a', 'é', 'e\u0301', '日本', '\uffee', '\u{1f600}', '\u{1f601}', ' x', 'a\u0000b', 'a\u0000c']
  for (const id of ids) await items.items.create({ id, pk: id })
  for (const id of ids) assert.equal((await stored(items, id, id))?.['id'], id, JSON.stringify(id))
  const sorted = [' x', 'Z', 'a', 'a\u0000b', 'a\u0000c', 'e\u0301', 'é', '日本', '\uffee', '\u{1f600}', '\u{1f601}']
  assert.deepEqual(await all(items, 'SELECT VALUE c.id FROM c ORDER BY c.id'), sorted)
  for (const id of ids) await items.item(id, id).delete()
  assert.deepEqual(await all(items, 'SELECT * FROM c'), [])
})

test('half a surrogate pair is text in a document and a partition key, but no id', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  await items.items.create({ id: '1', pk: 'a\ud800', text: '\udfff' })
  await items.items.create({ id: '1', pk: 'a\ud801' })
  assert.equal((await stored(items, '1', 'a\ud800'))?.['text'], '\udfff')
  await rejectsWith(items.items.create({ id: 'x\ud800', pk: 'a' }), 400)
})

test('properties named like parts of JavaScript objects are properties', async (t) => {
  const cosmos = await testCosmos(t)
  const items = await cosmos.container()
  const text =
    '{"id":"1","pk":"a","__proto__":{"x":1},"constructor":2,"toString":"t","deep":{"__proto__":[3],"hasOwnProperty":4}}'
  const path = `dbs/test/colls/${items.id}/docs`
  const headers = { 'x-ms-documentdb-partitionkey': '["a"]' }
  assert.equal((await send(cosmos, { method: 'POST', path, headers, body: text })).status, 201)
  await items.item('1', 'a').patch([
    { op: 'set', path: '/constructor', value: 3 },
    { op: 'set', path: '/deep/valueOf', value: 5 },
    { op: 'incr', path: '/deep/hasOwnProperty', value: 1 },
  ])
  const body = await (await send(cosmos, { path: `${path}/1`, headers })).text()
  assert.ok(body.startsWith('{"id":"1","pk":"a","__proto__":{"x":1},"constructor":3,"toString":"t",'), body)
  assert.ok(body.includes('"deep":{"__proto__":[3],"hasOwnProperty":5,"valueOf":5}'), body)
  assert.deepEqual(await all(items, 'SELECT VALUE [c["__proto__"].x, c.constructor, c.valueOf ?? 0] FROM c'), [
    [1, 3, 0],
  ])
  const renamed = await items.items.query('SELECT c.id AS __proto__ FROM c', { partitionKey: 'a' }).fetchAll()
  assert.deepEqual(Object.entries(renamed.resources[0] ?? {}), [['__proto__', '1']])
  assert.deepEqual(
    await all(items, 'SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS([c.deep], {toString: {}}, true)'),
    [],
  )
})

test('numbers are doubles; what is beyond them is refused rather than stored as null', async (t) => {
  const cosmos = await testCosmos(t)
  const items = await cosmos.container()
  const path = `dbs/test/colls/${items.id}/docs`
  const headers = { 'x-ms-documentdb-partitionkey': '["a"]' }
  const create = (n: string) => send(cosmos, { method: 'POST', path, headers, body: `{"id":"${n}","pk":"a","n":${n}}` })
  for (const n of ['9007199254740993', '1e308', '5e-324', '-0', '0.1', '123456789012345678901234567890']) {
    const answer = await create(n)
    assert.equal(answer.status, 201)
    assert.equal(((await answer.json()) as { n: number }).n, Number(n) || 0)
  }
  for (const n of ['1e309', '-1e400', `1${'0'.repeat(400)}`]) assert.equal((await create(n)).status, 400, n)
  assert.deepEqual(await all(items, 'SELECT VALUE c.id FROM c WHERE c.n = 9007199254740992'), ['9007199254740993'])
  assert.deepEqual(await all(items, 'SELECT VALUE c.id FROM c WHERE c.n = 0'), ['-0'])
  await rejectsWith(items.item('1e308', 'a').patch([{ op: 'incr', path: '/n', value: 1e308 }]), 400)
})

const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`

test('documents nest 128 levels deep and no deeper; queries and their parameters end with 400 too', async (t) => {
  const cosmos = await testCosmos(t)
  const items = await cosmos.container()
  const path = `dbs/test/colls/${items.id}/docs`
  const headers = { 'x-ms-documentdb-partitionkey': '["a"]' }
  const create = async (levels: number): Promise<number> =>
    (await send(cosmos, { method: 'POST', path, headers, body: `{"id":"1","pk":"a","v":${nested(levels)}}` })).status
  assert.equal(await create(128), 400)
  assert.equal(await create(100_000), 400)
  assert.equal(await create(127), 201)
  const ask = async (body: string): Promise<number> =>
    (await send(cosmos, { method: 'POST', path, headers: { ...headers, 'x-ms-documentdb-isquery': 'true' }, body }))
      .status
  const query = (text: string): string => JSON.stringify({ query: text })
  assert.equal(await ask(query(`SELECT VALUE ${'('.repeat(50)}1${')'.repeat(50)} FROM c`)), 200)
  assert.equal(await ask(query(`SELECT VALUE ${'('.repeat(50_000)}1${')'.repeat(50_000)} FROM c`)), 400)
  assert.equal(await ask(query(`SELECT VALUE ${'-'.repeat(50_000)}1 FROM c`)), 400)
  assert.equal(
    await ask(query(`SELECT VALUE ${Array.from({ length: 5000 }, (_, n) => `c.n = ${n}`).join(' OR ')} FROM c`)),
    200,
  )
  const parameters = `[{"name":"@v","value":${nested(100_000)}}]`
  assert.equal(await ask(`{"query":"SELECT VALUE c.id FROM c WHERE c.v = @v","parameters":${parameters}}`), 400)
  assert.equal((await items.item('1', 'a').read()).statusCode, 200)
})

test('a forged continuation is refused', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  for (const id of ['1', '2']) await items.items.create({ id, pk: 'a' })
  const options = { partitionKey: 'a', maxItemCount: 1 }
  const { continuationToken } = await items.items.query('SELECT * FROM c', options).fetchNext()
  const token = JSON.parse(Buffer.from(continuationToken ?? '', 'base64url').toString()) as Record<string, unknown>
  for (const change of [{ after: { pk: {}, id: [] } }, { passed: 'x' }, { after: 'x' }]) {
    const forged = Buffer.from(JSON.stringify({ ...token, ...change })).toString('base64url')
    await rejectsWith(items.items.query('SELECT * FROM c', { ...options, continuationToken: forged }).fetchAll(), 400)
  }
  await rejectsWith(items.items.query('SELECT * FROM c', { ...options, continuationToken: '%%%' }).fetchAll(), 400)
})

test('ids have up to 1023 bytes and none of the forbidden characters', async (t) => {
  const cosmos = await testCosmos(t)
  const items = await cosmos.container()
  const longest = 'é'.repeat(511) + 'x'
  await items.items.create({ id: longest, pk: 'a' })
  assert.equal((await stored(items, longest, 'a'))?.['id'], longest)
  const path = `dbs/test/colls/${items.id}/docs`
  const headers = { 'x-ms-documentdb-partitionkey': '["a"]' }
  for (const id of ['é'.repeat(512), 'a/b', 'a\\b', 'a#b', '', null, 5]) {
    const answer = await send(cosmos, { method: 'POST', path, headers, body: { id, pk: 'a' } })
    assert.equal(answer.status, 400, String(id))
  }
  for (const id of ['a/b', 'a?b', 'a#b', 'a\\b', 'ends with a space ', 'x'.repeat(256), '']) {
    assert.equal((await send(cosmos, { method: 'POST', path: 'dbs', body: { id } })).status, 400, id)
  }
})

test('a partition key value has up to 2 KB', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const pk = 'x'.repeat(2048)
  await items.items.create({ id: '1', pk })
  assert.equal((await items.item('1', pk).read()).statusCode, 200)
  await rejectsWith(items.items.create({ id: '1', pk: `${pk}x` }), 400)
})

test('results sorted by long texts come page by page', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  for (let n = 0; n < 5; n += 1)
    await items.items.create({ id: `${n}`, pk: 'a', text: `${'x'.repeat(20_000)}${4 - n}` })
  const seen: string[] = []
  const query = items.items.query<string>('SELECT VALUE c.id FROM c ORDER BY c.text', {
    partitionKey: 'a',
    maxItemCount: 2,
  })
  while (query.hasMoreResults()) seen.push(...((await query.fetchNext()).resources ?? []))
  assert.deepEqual(seen, ['4', '3', '2', '1', '0'])
})

test('a page ends when it is large, and the rest follows', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const filler = 'x'.repeat(1_500_000)
  for (let n = 0; n < 8; n += 1) await items.items.create({ id: `${n}`, pk: 'a', filler })
  const query = items.items.query<{ id: string }>('SELECT * FROM c', { partitionKey: 'a', maxItemCount: -1 })
  const sizes: number[] = []
  while (query.hasMoreResults()) sizes.push((await query.fetchNext()).resources.length)
  assert.deepEqual(sizes, [3, 3, 2])
})
