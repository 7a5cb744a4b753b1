/** What tiers cost beside what publishing costs: request units of the local Cosmos DB, which follow the published table. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { azureServing } from '../../shared/adapters/azure/serving.ts'
import { controlProperty, heartbeatValue } from '../../shared/contracts/heartbeat.ts'
import { advanceFrontier } from '../../shared/flows/advance-frontier.ts'
import { readRollup } from '../../shared/flows/read-rollup.ts'
import type { Meter } from '../../shared/ports/meter.ts'
import { startCosmosWorld } from '../support/cosmos-world.ts'
import { fill, ingestWorld } from '../support/ingest-world.ts'
import { noon, reading } from '../support/raw.ts'
import { rollupQuery } from '../support/rollup-query.ts'
import { testStream } from '../support/test-stream.ts'

const hour = 3_600_000
const roomy = { ...testStream, rollups: testStream.rollups.map((rollup) => ({ ...rollup, maxGroups: 100 })) }

test('merging tiers costs less than a quarter of publishing every window once', { timeout: 120_000 }, async (t) => {
  const cosmos = await startCosmosWorld()
  t.after(() => cosmos.close())
  const world = ingestWorld({ stream: roomy })
  const serving = azureServing(cosmos.container('serving'))
  // Half an hour with an event a second, in twenty rooms.
  const contents = Array.from({ length: 1_800 }, (_, i) =>
    reading(`${i}`, i * 1_000, { fields: { room: `room ${i % 20}`, value: i % 100 } }),
  )
  await world.instance().ingest('0', fill(world, '0', contents))
  const beat = {
    enqueuedAt: noon + 14 * hour,
    body: Buffer.from('{}'),
    properties: { [controlProperty]: heartbeatValue },
  }
  for (const partition of ['0', '1', '2']) await world.instance().ingest(partition, fill(world, partition, [beat]))
  const published: { readonly isTier: boolean; readonly ru: number }[] = []
  const meter: Meter = {
    ...world.meter,
    published: ({ window, ru }) => published.push({ isTier: /:1[mhd]:/.test(window), ru }),
  }
  await advanceFrontier({ ...world.publishing, serving, meter }, world.setting)()
  const cost = (isTier: boolean): number[] => published.filter((one) => one.isTier === isTier).map(({ ru }) => ru)
  const [own, tiers] = [cost(false), cost(true)]
  // 180 windows of 10 s and 30 of a minute; merged 30 minutes, an hour and a day, and an hour and a day.
  assert.deepEqual([own.length, tiers.length], [210, 34])
  const sum = (costs: readonly number[]): number => costs.reduce((a, b) => a + b, 0)
  assert.ok(sum(tiers) < 0.25 * sum(own), `${sum(tiers)} beside ${sum(own)} RU`)
  t.diagnostic(`tiers ${sum(tiers).toFixed(0)} RU, publishing each window once ${sum(own).toFixed(0)} RU`)
  // And what is read is there, by the real SDK.
  const total = roomy.rollups[0]!
  const query = rollupQuery(total, { from: noon - 12 * hour, to: noon + 12 * hour }, { step: '1d' })
  const { windows } = await readRollup({ ...world, serving }, world.setting, total, query)
  assert.deepEqual(
    windows.map(({ totals, final }) => [totals['events'], final]),
    [[1_800, true]],
  )
})
