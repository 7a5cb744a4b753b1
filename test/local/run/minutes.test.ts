import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { expectRun } from '../../../local/feed/oracle.ts'
import { readMinutes, withMinutes } from '../../../local/run/minutes.ts'
import type { StreamStatus } from '../../../shared/contracts/api.ts'
import { description, iso, noon, numbered, view } from '../feed/support.ts'

const described = withMinutes(description)
const log = [numbered([view('a', 1_000), view('b', 61_000), view('c', 130_000)])]

test('rollups of less than a minute are expected by the minute too', () => {
  const added = Object.entries(described.rollups).filter(([name]) => !(name in description.rollups))
  assert.deepEqual(added, [['traffic by the minute', { ...description.rollups['traffic'], every: '1m' }]])
})

test('minutes are read up to the frontier, and those beyond are not expected', async (t) => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ windows: [], next: null }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const expected = expectRun({ description: described, keepAll: false, log })
  const status = { frontier: iso(135_000) } as StreamStatus
  const served = await readMinutes(`http://127.0.0.1:${port}`, 'clickstream', expected, status)
  assert.deepEqual(asked, [
    `/api/streams/clickstream/rollups/traffic?from=${iso(-60 * 60_000)}&to=${iso(120_000)}&step=1m`,
  ])
  assert.deepEqual([...served.keys()], ['traffic by the minute'])
  assert.deepEqual([...expected.windows.get('traffic by the minute')!.keys()], [noon, noon + 60_000])
})
