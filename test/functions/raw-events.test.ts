import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rawEvents } from '../../functions/raw-events.ts'
import { InvariantError } from '../../shared/errors.ts'

const system = (sequenceNumber: unknown, more: object = {}) => ({
  sequenceNumber,
  offset: '0',
  partitionKey: null,
  enqueuedTimeUtc: '2026-11-24T12:00:00.123',
  ...more,
})
const metadata = (systemPropertiesArray: unknown, more: object = {}) => ({
  partitionContext: { partitionId: '3' },
  systemPropertiesArray,
  ...more,
})

test('a delivered batch becomes raw events, metadata zipped by position', () => {
  const bodies = [Buffer.from('a'), Buffer.alloc(0)]
  const batch = rawEvents(
    bodies,
    metadata([system(7), system(8, { partitionKey: 'k', enqueuedTimeUtc: '2026-11-24T12:00:01+00:00' })], {
      propertiesArray: [{ shift: 'night' }, {}],
      // Misaligned on purpose, as in Azure: events without a key are left out.
      partitionKeyArray: ['k'],
    }),
  )
  assert.equal(batch.partition, '3')
  assert.deepEqual(batch.events, [
    { body: bodies[0], sequence: 7, enqueuedAt: Date.UTC(2026, 10, 24, 12, 0, 0, 123), properties: { shift: 'night' } },
    { body: bodies[1], sequence: 8, enqueuedAt: Date.UTC(2026, 10, 24, 12, 0, 1), partitionKey: 'k', properties: {} },
  ])
})

test('what the trigger should never deliver stops the batch, naming what was expected', () => {
  const refused: readonly (readonly [unknown, object, RegExp])[] = [
    [[Buffer.from('a')], { systemPropertiesArray: [system(1)] }, /partitionContext.partitionId/],
    [[{ parsed: true }], metadata([system(1)]), /dataType 'binary'/],
    [[Buffer.from('a')], metadata([]), /systemPropertiesArray: expected 1 entries|systemPropertiesArray/],
    [[Buffer.from('a')], metadata([system({ low: 1, high: 0, unsigned: false })]), /sequenceNumber/],
    [[Buffer.from('a')], metadata([system(1, { enqueuedTimeUtc: 'soon' })]), /enqueuedTimeUtc/],
  ]
  for (const [bodies, given, message] of refused) {
    assert.throws(
      () => rawEvents(bodies, given as never),
      (error: unknown) => error instanceof InvariantError && message.test(error.message),
    )
  }
})
