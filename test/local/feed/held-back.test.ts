import assert from 'node:assert/strict'
import { test } from 'node:test'
import { heldBack } from '../../../local/feed/held-back.ts'
import { heartbeats } from '../../../local/feed/heartbeats.ts'
import { noon } from './support.ts'

test('what is due at the end of a feed is not given before it may be', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const items = [...heartbeats(0, 1, 999, noon), ...heartbeats(1, 1, 1_000, noon)]
  const given = heldBack(items, 1_000, promise)
  const told: unknown[] = [(await given.next()).value?.index]
  const next = given.next().then(({ value }) => told.push(value?.index))
  await new Promise(setImmediate)
  told.push('may be')
  resolve()
  await next
  assert.deepEqual(told, [0, 'may be', 1])
})

test('where it never may be the feed fails with the reason', async () => {
  const given = heldBack(heartbeats(0, 1, 1_000, noon), 1_000, Promise.reject(new Error('host cannot start')))
  await assert.rejects(given.next(), { message: 'host cannot start' })
})
