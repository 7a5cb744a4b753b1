import { ChangeFeedStartFrom, type ChangeFeedIteratorOptions, type Container } from '@azure/cosmos'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testCosmos } from './support.ts'

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
