import type { Container, PatchOperation, PatchRequestBody } from '@azure/cosmos'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rejectsWith, stored, testCosmos } from './support.ts'

const patched = async (items: Container, document: object, operations: PatchRequestBody): Promise<unknown> => {
  await items.items.upsert({ id: 'one', pk: 'a', ...document })
  await items.item('one', 'a').patch(operations)
  const user = Object.entries((await stored(items, 'one', 'a')) ?? {}).filter(
    ([name]) => !name.startsWith('_') && name !== 'id' && name !== 'pk',
  )
  return Object.fromEntries(user)
}

test('each patch operation does what it says', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const cases: readonly [object, PatchOperation, object][] = [
    [{}, { op: 'add', path: '/a', value: 1 }, { a: 1 }],
    [{ list: [1, 3] }, { op: 'add', path: '/list/1', value: 2 }, { list: [1, 2, 3] }],
    [{ list: [1] }, { op: 'add', path: '/list/-', value: 2 }, { list: [1, 2] }],
    [{ list: [1, 3] }, { op: 'set', path: '/list/1', value: 2 }, { list: [1, 2] }],
    [{ a: { b: 1 } }, { op: 'set', path: '/a/c', value: null }, { a: { b: 1, c: null } }],
    [{ a: 1 }, { op: 'replace', path: '/a', value: { deep: true } }, { a: { deep: true } }],
    [{ a: 1, b: 2 }, { op: 'remove', path: '/a' }, { b: 2 }],
    [{ list: [1, 2, 3] }, { op: 'remove', path: '/list/0' }, { list: [2, 3] }],
    [{ n: 1 }, { op: 'incr', path: '/n', value: -2.5 }, { n: -1.5 }],
    [{}, { op: 'incr', path: '/n', value: 3 }, { n: 3 }],
    [{ a: { b: 1 } }, { op: 'move', from: '/a/b', path: '/c' } as unknown as PatchOperation, { a: {}, c: 1 }],
    [{ 'x/y': 1 }, { op: 'replace', path: '/x~1y', value: 2 }, { 'x/y': 2 }],
  ]
  for (const [before, operation, after] of cases) {
    assert.deepEqual(await patched(items, before, [operation]), after, JSON.stringify(operation))
  }
})

test('a patch that cannot be applied changes nothing, not even with its earlier operations', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const { etag } = await items.items.create({ id: 'one', pk: 'a', text: 'x', list: [1] })
  const impossible: readonly PatchOperation[] = [
    { op: 'replace', path: '/missing', value: 1 },
    { op: 'remove', path: '/missing' },
    { op: 'add', path: '/missing/child', value: 1 },
    { op: 'add', path: '/list/5', value: 1 },
    { op: 'incr', path: '/text', value: 1 },
    { op: 'set', path: '/id', value: 'two' },
    { op: 'set', path: '/pk', value: 'b' },
  ]
  for (const operation of impossible) {
    await rejectsWith(items.item('one', 'a').patch([{ op: 'set', path: '/n', value: 1 }, operation]), 400)
  }
  const many = Array.from({ length: 11 }, (_, n) => ({ op: 'set' as const, path: '/n', value: n }))
  await rejectsWith(items.item('one', 'a').patch(many), 400)
  assert.equal((await items.item('one', 'a').read()).etag, etag)
})

test('a patch is done where its condition holds, else 412', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  await items.items.create({ id: 'one', pk: 'a', state: 'open' })
  const operations: PatchOperation[] = [{ op: 'set', path: '/state', value: 'closed' }]
  const condition = "from c where c.state = 'open'"
  assert.equal(
    (await items.item('one', 'a').patch<{ id: string; state: string }>({ condition, operations })).resource?.state,
    'closed',
  )
  await rejectsWith(items.item('one', 'a').patch({ condition, operations }), 412)
})

test('a patch with If-Match needs the current etag', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const { etag } = await items.items.create({ id: 'one', pk: 'a' })
  const operations: PatchOperation[] = [{ op: 'incr', path: '/n', value: 1 }]
  const options = { accessCondition: { type: 'IfMatch', condition: etag } }
  assert.equal((await items.item('one', 'a').patch<{ id: string; n: number }>(operations, options)).resource?.n, 1)
  await rejectsWith(items.item('one', 'a').patch(operations, options), 412)
})
