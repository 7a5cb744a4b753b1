import assert from 'node:assert/strict'
import { test } from 'node:test'
import { otherGroup, joinKey, splitKey, groupKey, maxKeyBytes } from '../../shared/core/group-key.ts'
import { RollupWindow } from '../../shared/core/rollup.ts'
import { testStream } from '../support/test-stream.ts'

const rooms = testStream.rollups.find(({ name }) => name === 'rooms')!
const position = { occurredAt: 0, partition: 0, sequence: 0 }

test('groups beyond maxGroups are counted together and the window says so', () => {
  const window = new RollupWindow(rooms, 0)
  for (const room of ['a', 'b', 'c', 'd', 'a', 'e', 'f', 'e']) window.fold(room, { room }, position)
  assert.deepEqual(
    window.groups.map(({ key, metrics }) => [key, metrics[0]?.serve()]),
    [
      ['a', 2],
      ['b', 1],
      ['c', 1],
      ['d', 1],
      [otherGroup, 3],
    ],
  )
  assert.equal(window.approximate, true)
})

test('groups fill slabs in order of first appearance', () => {
  const small = { ...rooms, groupsPerSlab: 2 }
  const window = new RollupWindow(small, 0)
  assert.deepEqual(
    ['a', 'b', 'c', 'a', 'd', 'c'].map((room) => window.fold(room, { room }, position)),
    [0, 0, 1, 0, 1, 1],
  )
  assert.deepEqual(
    [0, 1].map((slab) => window.slab(slab).map(({ key }) => key)),
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  )
})

test('a key names its dimensions again, absent ones empty', () => {
  const by = ['page', 'country']
  assert.deepEqual(splitKey(groupKey({ page: '/x', country: 7 }, by), by), { page: '/x', country: '7' })
  assert.deepEqual(splitKey(groupKey({ country: 'DE' }, by), by), { page: '', country: 'DE' })
})

test('a separator in a value does not make two values of it', () => {
  assert.deepEqual(splitKey(joinKey(['a\u001fb', 'c']), ['x', 'y']), { x: 'a b', y: 'c' })
})

test('values too long stay apart and bounded', () => {
  const long = 'ä'.repeat(2_000)
  const [a, b] = [joinKey([`${long}1`]), joinKey([`${long}2`])]
  assert.notEqual(a, b)
  assert.equal(a, joinKey([`${long}1`]))
  assert.ok(Buffer.byteLength(a) <= maxKeyBytes)
  assert.ok(a.startsWith('ää') && !a.includes('\uFFFD'))
})
