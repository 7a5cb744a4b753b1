import assert from 'node:assert/strict'
import { test } from 'node:test'
import { feedDifferences } from '../../../local/feed/feed-check.ts'
import { itemProperties, type ItemKind } from '../../../local/feed/feed-item.ts'
import type { LogEntry } from '../../../local/feed/hub-log.ts'
import { newReading } from '../../../local/feed/recorded/reading.ts'

const logOf = (...items: readonly (readonly [index: number, kind: ItemKind])[]): LogEntry[][] => [
  items.map(([index, kind], sequence) => ({
    ...{ sequence, enqueuedAt: 0, body: new Uint8Array() },
    properties: itemProperties(index, kind),
  })),
]

test('a hub that holds everything that was fed, some of it twice, is in order', () => {
  assert.deepEqual(
    feedDifferences({ items: 2, readings: [] }, logOf([0, 'normal'], [1, 'heartbeat'], [0, 'normal'])),
    [],
  )
})

test('an item that the hub has acknowledged and does not hold is told', () => {
  assert.deepEqual(feedDifferences({ items: 3, readings: [] }, logOf([0, 'normal'], [2, 'normal'])), [
    'items: fed 3, found 2 in the hub',
  ])
})

test('records of recordings are told apart from heartbeats, and those that were not understood from the others', () => {
  const reading = { ...newReading('a', 1), records: 3, unmapped: 2 }
  const log = logOf([0, 'recorded'], [1, 'unmapped'], [2, 'heartbeat'])
  assert.deepEqual(feedDifferences({ items: 3, readings: [reading] }, log), [
    'records: read 3, found 2 in the hub',
    'unmapped records: read 2, found 1 in the hub',
  ])
})
