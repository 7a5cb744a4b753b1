import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newReading, noteRecord, progressLine, type FileReading } from '../../../../local/feed/recorded/reading.ts'

const reading = (bytes: number, bytesRead: number, records: number): FileReading => ({
  ...newReading('a.csv', bytes),
  bytesRead,
  records,
})

test('progress tells the share of the bytes, the records, how fast and how long it will take', () => {
  assert.equal(
    progressLine([reading(1_000, 250, 20_000), reading(3_000, 750, 5_135)], 6_000),
    '[##--------]   25 %  25,135 records  4,189/s  18 s left',
  )
  assert.equal(progressLine([reading(100, 1, 5)], 60_000), '[----------]    1 %  5 records  0/s  99 min left')
})

test('nothing is foretold before anything was read, or when all was', () => {
  assert.equal(progressLine([newReading('a.csv', 100)], 0), '[----------]    0 %  0 records  0/s')
  assert.equal(progressLine([reading(100, 100, 7)], 1_000), '[##########]  100 %  7 records  7/s')
  assert.equal(progressLine([newReading('a.csv', 0)], 1_000), '[##########]  100 %  0 records  0/s')
})

test('a reading counts its records and keeps the first reason why one was not understood', () => {
  const counted = newReading('a.csv', 100)
  noteRecord(counted, 10, undefined)
  noteRecord(counted, 20, 'record 2: time: expected iso in t')
  noteRecord(counted, 30, 'record 3: time: expected iso in t')
  assert.deepEqual(counted, {
    file: 'a.csv',
    bytes: 100,
    bytesRead: 30,
    records: 3,
    unmapped: 2,
    firstUnmapped: 'record 2: time: expected iso in t',
  })
})
