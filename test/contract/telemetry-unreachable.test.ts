import assert from 'node:assert/strict'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import { startTelemetry } from '../../shared/adapters/azure/telemetry.ts'
import { manualClock } from '../../shared/adapters/memory/clock.ts'
import { memoryLog } from '../../shared/adapters/memory/log.ts'

process.env['APPLICATION_INSIGHTS_NO_STATSBEAT'] = 'true'

const key = '00000000-0000-4000-8000-000000000000'

/** Sends something to a port and ends; returns what the log then says. */
const sendTo = async (port: number): Promise<readonly string[]> => {
  const connectionString = `InstrumentationKey=${key};IngestionEndpoint=https://127.0.0.1:${port}/`
  const log = memoryLog()
  const { meter, close } = startTelemetry({ connectionString, identity: undefined }, { clock: manualClock(), log })
  meter.stands({ stream: 'clickstream', shards: [{ partition: '0', lag: 1 }], frontierAgeMs: undefined })
  const batch = {
    stream: 'clickstream',
    partition: '0',
    startedAt: 0,
    failed: false,
    traceParent: undefined,
    events: [],
  }
  meter.batchEnded(batch)
  await close()
  return log.lines.map(({ message }) => message)
}

test('an endpoint that is away, or is none, costs the telemetry and nothing else', async () => {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.end('This is not TLS.')
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const lines = await sendTo(port)
  await new Promise((closed) => {
    server.close(closed)
    for (const socket of sockets) socket.destroy()
  })
  assert.equal(lines.length, 1)
  assert.match(lines[0]!, /^The last telemetry could not be sent and is lost, nothing else: /)
  assert.doesNotMatch(lines[0]!, new RegExp(key))
  // Whoever listened is gone: the package gives up in silence.
  assert.deepEqual(await sendTo(port), [])
})
