import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readHostJson } from '../../../local/host/host-json.ts'
import { timeSpanMs } from '../../../local/host/time-span.ts'
import { changedApp, fixture } from './support.ts'

test('what host.json leaves out has the defaults of the Azure extensions', () => {
  assert.deepEqual(readHostJson(fixture('http')), {
    routePrefix: 'api',
    functionTimeoutMs: 1_800_000,
    eventHubs: {
      maxEventBatchSize: 100,
      minEventBatchSize: 1,
      maxWaitMs: 60_000,
      prefetchCount: 300,
      batchCheckpointFrequency: 1,
      startFrom: { type: 'fromStart' },
    },
    retry: undefined,
  })
})

const withHostJson = async (t: Parameters<typeof changedApp>[0], content: object) =>
  readHostJson(await changedApp(t, 'http', { 'host.json': JSON.stringify({ version: '2.0', ...content }) }))

test('a retry policy of host.json has its times as time spans', async (t) => {
  const fixed = { strategy: 'fixedDelay', maxRetryCount: 2, delayInterval: '00:00:03' }
  assert.deepEqual((await withHostJson(t, { retry: fixed })).retry, { ...fixed, delayInterval: { seconds: 3 } })
  const backoff = {
    strategy: 'exponentialBackoff',
    maxRetryCount: -1,
    minimumInterval: '00:00:01',
    maximumInterval: '00:01:00',
  }
  assert.deepEqual((await withHostJson(t, { retry: backoff })).retry, {
    ...backoff,
    minimumInterval: { seconds: 1 },
    maximumInterval: { seconds: 60 },
  })
})

test('every wrong field is named at once, with what was expected', async (t) => {
  const wrong = {
    retry: { strategy: 'sometimes', maxRetryCount: -2 },
    extensions: {
      eventHubs: {
        maxEventBatchSize: 5,
        minEventBatchSize: 6,
        maxWaitTime: '00:11:00',
        prefetchCount: 'x',
        initialOffsetOptions: { type: 'middle' },
      },
      http: { routePrefix: 1 },
    },
  }
  await assert.rejects(withHostJson(t, wrong), ({ message }: Error) => {
    assert.deepEqual(message.split('\n  ').slice(1), [
      'extensions.eventHubs.maxWaitTime: expected at most 00:10:00',
      'extensions.eventHubs.minEventBatchSize: expected no more than maxEventBatchSize',
      'extensions.eventHubs.initialOffsetOptions.type: expected fromStart or fromEnd',
      'extensions.http.routePrefix: expected a text',
      'extensions.eventHubs.prefetchCount: expected a whole number of at least 0',
      'retry.strategy: expected fixedDelay or exponentialBackoff',
      'retry.maxRetryCount: expected a whole number, or -1 for without end',
      'retry.minimumInterval: expected hh:mm:ss',
      'retry.maximumInterval: expected hh:mm:ss',
    ])
    return true
  })
})

test('time spans are read as .NET writes them', () => {
  assert.deepEqual(['00:00:01', '1.02:03:04', '00:00:00.25', '10', 'soon', '1:2:3:4'].map(timeSpanMs), [
    1_000,
    93_784_000,
    250,
    undefined,
    undefined,
    undefined,
  ])
})
