import assert from 'node:assert/strict'
import { InvocationContext, type Timer } from '@azure/functions'
import { test } from 'node:test'
import { report } from '../../functions/report.ts'
import { appOver } from '../support/app-over.ts'
import { fill, ingestWorld } from '../support/ingest-world.ts'
import { noon } from '../support/raw.ts'

const timer: Timer = {
  isPastDue: false,
  schedule: { adjustForDST: false },
  scheduleStatus: { last: '', next: '', lastUpdated: '' },
}

test('each stream reports its lag and ledger in one line that alerts can read', async () => {
  const world = ingestWorld()
  const app = appOver(world)
  const events = fill(world, '0', [{ enqueuedAt: noon, properties: {}, body: Buffer.from('not JSON') }])
  await app.streams[0]!.ingest('0', events)
  const lines: string[] = []
  const context = new InvocationContext({ logHandler: (_level, ...parts) => lines.push(parts.join(' ')) })
  await report(app)(timer, context)
  assert.equal(lines.length, 1)
  const [, json = ''] = /^stream report (\{.*\})$/.exec(lines[0]!) ?? []
  const line = JSON.parse(json) as {
    stream: string
    lag: number
    ledger: { received: number; dead: number; lost: number }
  }
  assert.equal(line.stream, world.setting.stream.name)
  assert.deepEqual([line.ledger.received, line.ledger.dead, line.ledger.lost], [1, 1, 0])
  assert.equal(typeof line.lag, 'number')
})
