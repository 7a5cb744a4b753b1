import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeSeen, encodeSeen, SeenSet } from '../../shared/core/seen.ts'
import { InvariantError } from '../../shared/errors.ts'

const horizon = 600_000

test('an identity is remembered up to the horizon and renewed by being seen again', () => {
  const seen = new SeenSet()
  seen.add({ identity: 1n, seenAt: 0 })
  assert.ok(seen.has(1n, horizon, horizon))
  assert.ok(!seen.has(1n, horizon + 1_000, horizon))
  seen.add({ identity: 1n, seenAt: horizon })
  assert.ok(seen.has(1n, 2 * horizon, horizon))
})

test('forgetting drops only what no later event can repeat', () => {
  const seen = new SeenSet()
  for (const second of [0, 1, 2]) seen.add({ identity: BigInt(second), seenAt: second * 1_000 })
  seen.add({ identity: 0n, seenAt: 3_000 })
  seen.forget(horizon + 2_000, horizon)
  assert.deepEqual(
    seen.entries().map(({ identity }) => identity),
    [2n, 0n],
  )
})

test('entries survive encoding in their order', () => {
  const entries = fc
    .array(fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(50)))
    .map((pairs) =>
      pairs.sort((a, b) => a[1] - b[1]).map(([identity, second]) => ({ identity, seenAt: second * 1_000 })),
    )
  fc.assert(fc.property(entries, (list) => assert.deepEqual(decodeSeen(encodeSeen(list)), list)))
})

test('a seen document that is cut short is refused', () => {
  const whole = Buffer.from(encodeSeen([{ identity: 7n, seenAt: 1_000 }]), 'base64')
  for (const length of [1, 7, 8, 15]) {
    const cut = whole.subarray(0, length).toString('base64')
    assert.throws(() => decodeSeen(cut), InvariantError)
  }
})
