import assert from 'node:assert/strict'
import { test } from 'node:test'
import { putReference, readReference } from '../../functions/manage/reference.ts'
import type { ProblemDetails } from '../../shared/contracts/api.ts'
import { appOver, callHandler } from '../support/app-over.ts'
import { ingestWorld } from '../support/ingest-world.ts'

const params = { kind: 'devices' }

test('records are published as a version, and the same again changes nothing', async () => {
  const app = appOver(ingestWorld())
  const none = await callHandler(readReference(app), { params })
  assert.deepEqual(none.jsonBody, { kind: 'devices', version: 0, records: 0, publishedAt: null })
  const body = JSON.stringify({ records: [{ id: 'b', site: 'Bern' }, { id: 'a', site: 'Basel' }] }) // prettier-ignore
  const put = () => callHandler(putReference(app), { method: 'PUT', params, body })
  assert.equal((await put()).status, 201)
  const again = await put()
  assert.equal(again.status, 200)
  assert.deepEqual((await callHandler(readReference(app), { params })).jsonBody, again.jsonBody)
})

const bad: readonly (readonly [body: string, problem: RegExp])[] = [
  ['{"records": [', /^body: expected JSON$/],
  ['[]', /^records: expected a list/],
  ['{"records": [7]}', /^records\.0: expected an object$/],
  ['{"records": [{"id": "", "site": "a"}]}', /^records\.0\.id: expected a text of 1 to 256/],
  ['{"records": [{"id": "a"}]}', /^records\.0\.site: expected a value, got nothing$/],
  ['{"records": [{"id": "a", "site": {}}]}', /^records\.0\.site: expected a text up to 1024, a number, true or false$/],
  ['{"records": [{"id": "a", "site": "b", "a b": 1}]}', /^records\.0\.a b: expected a name/],
  ['{"records": [{"id": "a", "site": "b"}, {"id": "a", "site": "b"}]}', /^records\.1\.id: expected each id once$/],
  ['{"records": [{"id": 1, "site": "b"}, {"id": "a", "site": null}]}', /^records\.0\.id: .*\nrecords\.1\.site: /],
]

for (const [body, expected] of bad) {
  test(`bad records change nothing: ${body}`, async () => {
    const world = ingestWorld()
    const response = await callHandler(putReference(appOver(world)), { method: 'PUT', params, body })
    assert.equal(response.status, 400)
    assert.match((JSON.parse(response.body as string) as ProblemDetails).detail, expected)
    assert.equal(await world.reference.newest('devices'), undefined)
  })
}

test('a kind that no stream looks up is unknown', async () => {
  for (const handler of [putReference, readReference]) {
    const response = await callHandler(handler(appOver(ingestWorld())), { params: { kind: 'shoes' } })
    assert.equal(response.status, 404)
    assert.match(response.body as string, /expected one that a stream looks up \(devices\), got \\"shoes\\"/)
  }
})
