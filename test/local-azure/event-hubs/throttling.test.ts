import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EventHubProducerClient } from '@azure/event-hubs'
import { IngressLimit } from '../../../local/event-hubs/ingress-limit.ts'
import { startEventHubs } from '../../../local/event-hubs/server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { defaultHubs, hub, numbered, range, sequences, testHubs, texts } from './support.ts'

const small = { bytes: 1, events: 1 }

test('a unit lets 1,000 events in at once, and as many again a second later', () => {
  const limit = new IngressLimit(1, 0)
  const taken = (now: number): number => range(0, 1_999).filter(() => limit.take(small, now)).length
  assert.deepEqual([taken(0), taken(0), taken(500), taken(1_500), taken(60_000)], [1_000, 0, 500, 1_000, 1_000])
})

test('a full batch of 1 MiB fits one unit, and the next has to wait for a second', () => {
  const limit = new IngressLimit(1, 0)
  const full = { bytes: 1_048_576, events: 3 }
  assert.deepEqual(
    [0, 0, 1, 999, 1_000].map((now) => limit.take(full, now)),
    [true, false, true, false, false],
  )
})

test('over time no more comes in than the units allow, whatever arrives when', () => {
  const batch = fc.record({ wait: fc.nat(400), bytes: fc.nat(1_048_576), events: fc.integer({ min: 1, max: 5_000 }) })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(batch, { maxLength: 100 }), (units, batches) => {
      const limit = new IngressLimit(units, 0)
      let now = 0
      const came = { bytes: 0, events: 0 }
      for (const { wait, bytes, events } of batches) {
        now += wait
        // Before the last one a second's worth may have been there, and what has come in since.
        const most = units * (1 + now / 1_000) * (1 + 1e-9)
        if (!limit.take({ bytes, events }, now)) continue
        assert.ok(came.events < most * 1_000 && came.bytes < most * 1_048_576)
        came.bytes += bytes
        came.events += events
      }
    }),
  )
})

test('a clock that goes back lets nothing in twice', () => {
  const limit = new IngressLimit(1, 1_000)
  assert.ok(limit.take({ bytes: 1, events: 2_000 }, 1_000))
  assert.equal(limit.take(small, 0), false)
  assert.equal(limit.take(small, 900), false)
})

test('a producer over its throughput units is told that the server is busy, and nothing of that batch is stored', async (t) => {
  const { send, producer } = await testHubs(t, { throughputUnits: 1 })
  await send(numbered(0, 4_999))
  await assert.rejects(send(numbered(0, 9)), {
    code: 'ServerBusyError',
    message:
      'The request was terminated because the namespace is being throttled. Error code : 50002. Please wait 4 seconds and try again.',
  })
  assert.equal((await producer().getPartitionProperties('0')).lastEnqueuedSequenceNumber, 4_999)
})

test('the SDK’s retry succeeds after a moment, with no event twice', async (t) => {
  const { running, send, receive } = await testHubs(t, { throughputUnits: 1 })
  const retryOptions = { maxRetries: 20, retryDelayInMs: 100, timeoutInMs: 30_000 }
  const client = new EventHubProducerClient(running.connectionString, hub, { retryOptions })
  await send(numbered(0, 1_499))
  await client.sendBatch(numbered(1_500, 1_509), { partitionId: '0' })
  await client.close()
  const events = await receive('0', 1_510)
  assert.deepEqual(sequences(events), range(0, 1_509))
  assert.deepEqual(texts(events), range(0, 1_509).map(String))
})

test('the limit is the namespace’s, not the hub’s', async (t) => {
  const hubs = ['first', 'second'].map((name) => ({ name, partitions: 1, consumerGroups: [] }))
  const { producer } = await testHubs(t, { throughputUnits: 1, hubs })
  await producer(undefined, 'first').sendBatch(numbered(0, 4_999))
  await assert.rejects(producer(undefined, 'second').sendBatch([{ body: 'x' }]), { code: 'ServerBusyError' })
})

test('without throughput units nobody waits', async (t) => {
  const { send, receive } = await testHubs(t)
  for (let i = 0; i < 8; i += 1) await send(numbered(i * 1_000, i * 1_000 + 999))
  assert.equal((await receive('0', 8_000)).length, 8_000)
})

test('throughput units that are no number above 0 are refused', async () => {
  for (const throughputUnits of [0, -1, NaN]) {
    await assert.rejects(
      startEventHubs({ port: 0, directory: temporaryFolder(), hubs: defaultHubs, throughputUnits }),
      { message: `throughputUnits: expected a number above 0, not ${throughputUnits}.` },
    )
  }
})
