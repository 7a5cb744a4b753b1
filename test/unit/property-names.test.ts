import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asDelivered } from '../../shared/adapters/azure/property-names.ts'

test('properties have the names by which the Functions host delivers them, at every level', () => {
  const at = new Date(0)
  assert.deepEqual(
    asDelivered({ DeviceId: 'A', ok: 1, Nested: { Inner: [{ Deep: null }] }, At: at, Éa: true, '': 2 }),
    { deviceId: 'A', ok: 1, nested: { inner: [{ deep: null }] }, at, éa: true, '': 2 },
  )
})
