import assert from 'node:assert/strict'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { startTelemetry } from '../../shared/adapters/azure/telemetry.ts'
import { manualClock } from '../../shared/adapters/memory/clock.ts'
import { memoryLog } from '../../shared/adapters/memory/log.ts'

process.env['APPLICATION_INSIGHTS_NO_STATSBEAT'] = 'true'

test('an endpoint that is not there costs the telemetry and nothing else', async () => {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  const key = '00000000-0000-4000-8000-000000000000'
  const connectionString = `InstrumentationKey=${key};IngestionEndpoint=https://127.0.0.1:${port}/`
  const log = memoryLog()
  const { meter, close } = startTelemetry({ connectionString, identity: undefined }, { clock: manualClock(), log })
  meter.stands({ stream: 'clickstream', shards: [{ partition: '0', lag: 1 }], frontierAgeMs: undefined })
  await close()
  assert.equal(log.lines.length, 1)
  assert.match(log.lines[0]!.message, /^The last telemetry could not be sent and is lost, nothing else: /)
  assert.doesNotMatch(log.lines[0]!.message, new RegExp(key))
})
