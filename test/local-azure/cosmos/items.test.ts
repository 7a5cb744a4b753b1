import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentOfSize, hierarchical, rejectsWith, stored, testCosmos } from './support.ts'

interface SystemProperties {
  readonly id: string
  readonly _rid: string
  readonly _etag: string
  readonly _ts: number
}

test('a created item comes back with its system properties and can be read', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const created = await items.items.create({ id: 'one', pk: 'a', text: 'Grüße \u{1f600}', nested: { list: [1, null] } })
  assert.equal(created.statusCode, 201)
  const read = await items.item('one', 'a').read<SystemProperties & { text: string; nested: unknown }>()
  assert.equal(read.statusCode, 200)
  const { resource } = read
  assert.ok(resource)
  assert.deepEqual([resource.text, resource.nested], ['Grüße \u{1f600}', { list: [1, null] }])
  assert.match(resource._etag, /^".+"$/)
  assert.equal(read.etag, resource._etag)
  assert.equal(Buffer.from(resource._rid.replaceAll('-', '/'), 'base64').length, 16)
  assert.ok(Math.abs(resource._ts - Date.now() / 1000) < 60)
  assert.deepEqual(created.resource, resource)
})

test('a second create of an id in the same partition key is refused with 409, in another key it is not', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  await items.items.create({ id: 'one', pk: 'a' })
  await rejectsWith(items.items.create({ id: 'one', pk: 'a' }), 409)
  assert.equal((await items.items.create({ id: 'one', pk: 'b' })).statusCode, 201)
})

test('an upsert creates, then replaces under the same _rid with another etag', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const first = await items.items.upsert({ id: 'one', pk: 'a', n: 1 })
  const second = await items.items.upsert({ id: 'one', pk: 'a', n: 2 })
  assert.deepEqual([first.statusCode, second.statusCode], [201, 200])
  assert.equal(second.resource?._rid, first.resource?._rid)
  assert.notEqual(second.etag, first.etag)
})

test('what does not exist answers 404: an item softly, a container or database with sub-status 1003', async (t) => {
  const { client, container } = await testCosmos(t)
  const items = await container()
  const missing = await items.item('none', 'a').read()
  assert.deepEqual([missing.statusCode, missing.resource], [404, undefined])
  await rejectsWith(items.item('none', 'a').replace({ id: 'none', pk: 'a' }), 404, 0)
  await rejectsWith(items.item('none', 'a').delete(), 404, 0)
  const elsewhere = client.database('nowhere').container('nothing').item('none', 'a')
  const answer = await elsewhere.read()
  assert.deepEqual([answer.statusCode, answer.substatus], [404, 1003])
})

test('replace and delete with If-Match succeed on the current etag only, else 412', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const { etag: old } = await items.items.create({ id: 'one', pk: 'a', n: 1 })
  const ifMatch = (condition: string) => ({ accessCondition: { type: 'IfMatch', condition } })
  const { etag } = await items.item('one', 'a').replace({ id: 'one', pk: 'a', n: 2 }, ifMatch(old))
  await rejectsWith(items.item('one', 'a').replace({ id: 'one', pk: 'a', n: 3 }, ifMatch(old)), 412)
  await rejectsWith(items.items.upsert({ id: 'one', pk: 'a', n: 3 }, ifMatch(old)), 412)
  await rejectsWith(items.item('one', 'a').delete(ifMatch(old)), 412)
  assert.equal((await stored(items, 'one', 'a'))?.['n'], 2)
  assert.equal((await items.item('one', 'a').delete(ifMatch(etag))).statusCode, 204)
  assert.equal((await items.item('one', 'a').read()).statusCode, 404)
})

test('a read with If-None-Match answers 304 while the item is unchanged', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const { etag } = await items.items.create({ id: 'one', pk: 'a' })
  const unlessChanged = { accessCondition: { type: 'IfNoneMatch', condition: etag } }
  assert.equal((await items.item('one', 'a').read(unlessChanged)).statusCode, 304)
  await items.items.upsert({ id: 'one', pk: 'a', n: 1 })
  assert.equal((await items.item('one', 'a').read(unlessChanged)).statusCode, 200)
  const unlessThere = { accessCondition: { type: 'IfNoneMatch', condition: '*' } }
  assert.equal((await items.item('one', 'a').read(unlessThere)).statusCode, 304)
  assert.equal((await items.item('none', 'a').read(unlessThere)).statusCode, 404)
})

test('ids with characters that an address encodes can be used', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  for (const id of ['w:pages@1:0:1', 'a b%20c', 'ä+ö&ü=?x', "it's"]) {
    await items.items.create({ id, pk: 'a' })
    assert.equal((await stored(items, id, 'a'))?.['id'], id)
  }
})

test('a document of 2 MB is stored, a larger one refused with 413', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const limit = 2 * 1024 * 1024
  assert.equal((await items.items.create(documentOfSize(limit, { id: 'fits', pk: 'a' }))).statusCode, 201)
  await rejectsWith(items.items.create(documentOfSize(limit + 1, { id: 'large', pk: 'a' })), 413)
  assert.equal((await items.item('large', 'a').read()).statusCode, 404)
})

test('a hierarchical key addresses an item by all its values', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container(hierarchical)
  await items.items.create({ id: 'one', tenant: 't', day: '1', n: 1 })
  await items.items.create({ id: 'one', tenant: 't', day: '2', n: 2 })
  assert.equal((await stored(items, 'one', ['t', '2']))?.['n'], 2)
  await rejectsWith(items.item('one', ['t']).replace({ id: 'one', tenant: 't', day: '1' }), 400, 1001)
})

test('items without the partition key property live under the key of none', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  await items.items.create({ id: 'one' })
  await items.items.create({ id: 'one', pk: null })
  assert.equal((await items.item('one', undefined).read()).statusCode, 200)
  assert.equal((await stored(items, 'one', null))?.['pk'], null)
})

test('a document that says another partition key than the request is refused', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  await items.items.create({ id: 'one', pk: 'a' })
  await rejectsWith(items.item('one', 'a').replace({ id: 'one', pk: 'b' }), 400, 1001)
})

test('answers carry a session token that grows with every write, failures too', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const lsn = (headers: Record<string, unknown>): number =>
    Number(/^0:-1#(\d+)$/.exec(String(headers['x-ms-session-token']))?.[1])
  const first = lsn((await items.items.create({ id: 'one', pk: 'a' })).headers)
  const second = lsn((await items.items.upsert({ id: 'one', pk: 'a' })).headers)
  assert.ok(second > first)
  const missing = await items.item('none', 'a').read()
  assert.equal(lsn(missing.headers), second)
})

test('If-None-Match * on a create says what a create does anyway; on other writes it is refused', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const unlessThere = { accessCondition: { type: 'IfNoneMatch', condition: '*' } }
  assert.equal((await items.items.create({ id: 'one', pk: 'a' }, unlessThere)).statusCode, 201)
  await rejectsWith(items.items.create({ id: 'one', pk: 'a' }, unlessThere), 409)
  await rejectsWith(items.items.upsert({ id: 'one', pk: 'a' }, unlessThere), 400)
})

test('If-Match * means any version, but there must be one', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const ifThere = { accessCondition: { type: 'IfMatch', condition: '*' } }
  await rejectsWith(items.items.upsert({ id: 'one', pk: 'a' }, ifThere), 412)
  await rejectsWith(items.item('one', 'a').replace({ id: 'one', pk: 'a' }, ifThere), 404)
  await items.items.create({ id: 'one', pk: 'a' })
  assert.equal((await items.items.upsert({ id: 'one', pk: 'a', n: 1 }, ifThere)).statusCode, 200)
  assert.equal((await items.item('one', 'a').delete(ifThere)).statusCode, 204)
})

test('an item made anew after its deletion has another _rid and etag', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  const first = await items.items.create({ id: 'one', pk: 'a' })
  await items.item('one', 'a').delete()
  const second = await items.items.create({ id: 'one', pk: 'a' })
  assert.notEqual(second.resource?._rid, first.resource?._rid)
  assert.notEqual(second.etag, first.etag)
  const stale = { accessCondition: { type: 'IfMatch', condition: first.etag } }
  await rejectsWith(items.item('one', 'a').delete(stale), 412)
})

test('a partition key can lie deep in the document, under a name with any characters', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container({ partitionKey: { paths: ['/deep/"the key"'] } })
  await items.items.create({ id: 'one', deep: { 'the key': 5 } })
  assert.equal((await items.item('one', 5).read()).statusCode, 200)
  assert.equal((await items.item('one', '5').read()).statusCode, 404)
  await rejectsWith(items.items.create({ id: 'two', deep: { 'the key': [1] } }), 400)
})

test('of writers who all replace the version that they have read one at a time succeeds', async (t) => {
  const { container } = await testCosmos(t)
  const items = await container()
  await items.items.create({ id: 'one', pk: 'a', n: 0 })
  const increment = async (): Promise<void> => {
    for (;;) {
      const { resource, etag } = await items.item('one', 'a').read<{ id: string; pk: string; n: number }>()
      assert.ok(resource)
      const options = { accessCondition: { type: 'IfMatch', condition: etag } }
      const next = { ...resource, n: resource.n + 1 }
      const code = await items
        .item('one', 'a')
        .replace(next, options)
        .then(
          ({ statusCode }) => statusCode,
          (error: { code: number }) => error.code,
        )
      if (code === 200) return
      assert.equal(code, 412)
    }
  }
  await Promise.all(Array.from({ length: 12 }, increment))
  assert.equal((await stored(items, 'one', 'a'))?.['n'], 12)
})
