import { ChangeFeedStartFrom, type ChangeFeedIteratorOptions, type Container } from '@azure/cosmos'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { send, testCosmos } from './support.ts'

/** Reads pages until there is nothing new. */
const drain = async (
  items: Container,
  changeFeedStartFrom: NonNullable<ChangeFeedIteratorOptions['changeFeedStartFrom']>,
  maxItemCount?: number,
): Promise<{ readonly pages: readonly (readonly string[])[]; readonly continuation: string }> => {
  const options = maxItemCount === undefined ? {} : { maxItemCount }
  const iterator = items.items.getChangeFeedIterator<{ id: string }>({ changeFeedStartFrom, ...options })
  const pages: string[][] = []
  for await (const page of iterator.getAsyncIterator()) {
    if (page.statusCode === 304) return { pages, continuation: page.continuationToken }
    pages.push(page.result.map(({ id }) => id))
  }
  throw new Error('The change feed has ended, which it never does.')
}

test('from the beginning every item appears once, where it was changed last', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  for (const id of ['1', '2', '3']) await items.items.create({ id, pk: id })
  await items.items.upsert({ id: '1', pk: '1', n: 1 })
  await items.item('2', '2').delete()
  const { pages } = await drain(items, ChangeFeedStartFrom.Beginning())
  assert.deepEqual(pages, [['3', '1']])
})

test('pages are as long as asked for and carry rising _lsn', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  for (const id of ['1', '2', '3', '4', '5']) await items.items.create({ id, pk: 'a' })
  const { pages } = await drain(items, ChangeFeedStartFrom.Beginning(), 2)
  assert.deepEqual(pages, [['1', '2'], ['3', '4'], ['5']])
  const start = { changeFeedStartFrom: ChangeFeedStartFrom.Beginning() }
  const { result } = await items.items.getChangeFeedIterator<{ _lsn: number }>(start).readNext()
  const numbers = result.map(({ _lsn }) => _lsn)
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  )
  assert.equal(new Set(numbers).size, 5)
})

test('a page never splits a transactional batch', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  await items.items.create({ id: '0', pk: 'a' })
  const ids = ['1', '2', '3']
  await items.items.batch(
    ids.map((id) => ({ operationType: 'Create', resourceBody: { id, pk: 'a' } })),
    'a',
  )
  await items.items.create({ id: '4', pk: 'a' })
  const { pages } = await drain(items, ChangeFeedStartFrom.Beginning(), 1)
  assert.deepEqual(pages, [['0'], ['1', '2', '3'], ['4']])
})

test('a continuation goes on where another reader stopped, over a restart of the reader', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  await items.items.create({ id: '1', pk: 'a' })
  const { continuation } = await drain(items, ChangeFeedStartFrom.Beginning())
  assert.deepEqual((await drain(items, ChangeFeedStartFrom.Continuation(continuation))).pages, [])
  await items.items.create({ id: '2', pk: 'b' })
  await items.items.upsert({ id: '1', pk: 'a', n: 1 })
  assert.deepEqual((await drain(items, ChangeFeedStartFrom.Continuation(continuation))).pages, [['2', '1']])
})

test('from now on only what comes later appears', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  await items.items.create({ id: '1', pk: 'a' })
  const iterator = items.items.getChangeFeedIterator<{ id: string }>({ changeFeedStartFrom: ChangeFeedStartFrom.Now() })
  assert.equal((await iterator.readNext()).statusCode, 304)
  await items.items.create({ id: '2', pk: 'a' })
  assert.deepEqual(
    (await iterator.readNext()).result.map(({ id }) => id),
    ['2'],
  )
})

test('from a time on only what was written then or later appears', async (t) => {
  const { container, advance } = await testCosmos(t)
  const items = await container()
  await items.items.create({ id: '1', pk: 'a' })
  advance(100)
  await items.items.create({ id: '2', pk: 'a' })
  const { pages } = await drain(items, ChangeFeedStartFrom.Time(new Date(Date.now() + 50_000)))
  assert.deepEqual(pages, [['2']])
})

test('the change feed of one partition key has its items only', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  for (const pk of ['a', 'b', 'a', 'b']) await items.items.create({ pk })
  await items.items.create({ id: 'last', pk: 'a' })
  const { pages } = await drain(items, ChangeFeedStartFrom.Beginning('a'))
  assert.equal(pages.flat().length, 3)
  assert.equal(pages.flat().at(-1), 'last')
})

test('the older change feed reader works too', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  for (const id of ['1', '2', '3']) await items.items.create({ id, pk: 'a' })
  const reader = items.items.changeFeed<{ id: string }>('a', { startFromBeginning: true, maxItemCount: 2 })
  const seen: string[] = []
  while (reader.hasMoreResults) seen.push(...(await reader.fetchNext()).result.map(({ id }) => id))
  assert.deepEqual(seen, ['1', '2', '3'])
})

test('feed ranges that a client divides the container into have each item once', async (t) => {
  const cosmos = await testCosmos(t)
  const items = await cosmos.container()
  for (let n = 0; n < 40; n += 1) await items.items.create({ id: `${n}`, pk: [n, `${n}`, n % 2 === 0, null][n % 4] })
  const ranges = await items.getFeedRanges()
  assert.deepEqual(
    ranges.map(({ minInclusive, maxExclusive }) => [minInclusive, maxExclusive]),
    [['', 'FF']],
  )
  const part = async (min: string, max: string): Promise<readonly string[]> => {
    const headers = {
      ...{ 'a-im': 'Incremental Feed', 'x-ms-documentdb-partitionkeyrangeid': '0', 'x-ms-max-item-count': '-1' },
      ...{ 'x-ms-read-key-type': 'EffectivePartitionKeyRange', 'x-ms-start-epk': min, 'x-ms-end-epk': max },
    }
    const answer = await send(cosmos, { path: `dbs/test/colls/${items.id}/docs`, headers })
    return ((await answer.json()) as { Documents: { id: string }[] }).Documents.map(({ id }) => id)
  }
  const parts = [await part('', '0F'), await part('0F', '1F'), await part('1F', '2F'), await part('2F', 'FF')]
  assert.ok(parts.every((ids) => ids.length > 0 && ids.length < 40))
  assert.deepEqual(parts.flat().sort(), Array.from({ length: 40 }, (_, n) => `${n}`).sort())
})

test('the feed of the range of the whole container is that of the container, and goes on from its continuation', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  for (const id of ['1', '2', '3']) await items.items.create({ id, pk: id })
  const [range] = await items.getFeedRanges()
  assert.ok(range)
  const { pages, continuation } = await drain(items, ChangeFeedStartFrom.Beginning(range), 2)
  assert.deepEqual(pages, [['1', '2'], ['3']])
  await items.items.create({ id: '4', pk: '4' })
  assert.deepEqual((await drain(items, ChangeFeedStartFrom.Continuation(continuation))).pages, [['4']])
})

test('a reader beside several writers misses nothing and sees nothing twice', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  let writing = true
  const write = async (name: string): Promise<void> => {
    for (let n = 0; n < 40; n += 1) {
      if (n % 4 === 0) {
        const ids = ['x', 'y'].map((part) => `${name}${n}${part}`)
        await items.items.batch(
          ids.map((id) => ({ operationType: 'Create', resourceBody: { id, pk: 'a' } })),
          'a',
        )
      } else await items.items.create({ id: `${name}${n}`, pk: name })
    }
  }
  const writers = Promise.all(['p', 'q', 'r', 's'].map(write)).then(() => (writing = false))
  const iterator = items.items.getChangeFeedIterator<{ id: string }>({
    changeFeedStartFrom: ChangeFeedStartFrom.Beginning(),
    maxItemCount: 7,
  })
  const seen: string[] = []
  for (let quiet = false; !quiet;) {
    const wasWriting = writing
    const page = await iterator.readNext()
    seen.push(...page.result.map(({ id }) => id))
    quiet = page.statusCode === 304 && !wasWriting
  }
  await writers
  assert.equal(seen.length, 4 * 50)
  assert.equal(new Set(seen).size, 4 * 50)
})

test('an item that expires before it was read is not in the feed, and the reader goes on behind it', async (t) => {
  const { container, advance } = await testCosmos(t)
  const items = await container({ defaultTtl: -1 })
  await items.items.create({ id: '1', pk: 'a' })
  const { continuation } = await drain(items, ChangeFeedStartFrom.Beginning())
  await items.items.create({ id: '2', pk: 'a', ttl: 5 })
  await items.items.create({ id: '3', pk: 'a' })
  advance(5)
  await items.items.create({ id: '4', pk: 'a' })
  assert.deepEqual((await drain(items, ChangeFeedStartFrom.Continuation(continuation))).pages, [['3', '4']])
})

test('a page of large items ends early', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const filler = 'x'.repeat(1_500_000)
  for (const id of ['1', '2', '3', '4']) await items.items.create({ id, pk: 'a', filler })
  assert.deepEqual((await drain(items, ChangeFeedStartFrom.Beginning())).pages, [['1', '2', '3'], ['4']])
})
