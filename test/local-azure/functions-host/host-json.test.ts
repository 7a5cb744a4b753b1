import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
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
    durable: {
      hubName: 'TestHubName',
      defaultVersion: '',
      maxConcurrentActivityFunctions: 10 * availableParallelism(),
      maxConcurrentOrchestratorFunctions: 10 * availableParallelism(),
      maxConcurrentEntityFunctions: 10 * availableParallelism(),
      maxEntityOperationBatchSize: 5_000,
      httpPollMs: 30_000,
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

test('app settings stand for values of host.json, in any case, as in Azure', () => {
  const { eventHubs, routePrefix } = readHostJson(fixture('http'), {
    AzureFunctionsJobHost__extensions__eventHubs__maxEventBatchSize: '7',
    azurefunctionsjobhost__EXTENSIONS__EventHubs__maxWaitTime: '00:00:02',
    AzureFunctionsJobHost__extensions__http__routePrefix: 'v1',
    extensions__eventHubs__minEventBatchSize: '3',
  })
  assert.deepEqual(
    [eventHubs.maxEventBatchSize, eventHubs.maxWaitMs, eventHubs.minEventBatchSize, routePrefix],
    [7, 2_000, 1, 'v1'],
  )
})

test('every wrong field is named at once, with what was expected', async (t) => {
  const wrong = {
    functionTimeout: '5 minutes',
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
      'extensions.eventHubs.initialOffsetOptions.type: expected fromStart, fromEnd or fromEnqueuedTime',
      'extensions.http.routePrefix: expected a text',
      'functionTimeout: expected hh:mm:ss, or -1 for without end',
      'extensions.eventHubs.prefetchCount: expected a whole number of at least 0',
      'retry.strategy: expected fixedDelay or exponentialBackoff',
      'retry.maxRetryCount: expected a whole number, or -1 for without end',
      'retry.minimumInterval: expected hh:mm:ss',
      'retry.maximumInterval: expected hh:mm:ss',
    ])
    return true
  })
})

test('a function timeout is a time span, or -1 for without end', async (t) => {
  assert.equal((await withHostJson(t, { functionTimeout: '00:10:00' })).functionTimeoutMs, 600_000)
  assert.equal((await withHostJson(t, { functionTimeout: '-1' })).functionTimeoutMs, undefined)
})

test('a hub is read from a time on that is given with its type', async (t) => {
  const withStart = (initialOffsetOptions: object) =>
    withHostJson(t, { extensions: { eventHubs: { initialOffsetOptions } } })
  const enqueuedTimeUtc = '2026-01-31T12:00:00Z'
  assert.deepEqual((await withStart({ type: 'fromEnqueuedTime', enqueuedTimeUtc })).eventHubs.startFrom, {
    type: 'fromEnqueuedTime',
    enqueuedTimeUtc: new Date(enqueuedTimeUtc),
  })
  await assert.rejects(
    withStart({ type: 'fromEnqueuedTime' }),
    /initialOffsetOptions\.enqueuedTimeUtc: expected a date with time such as 2026-01-31T12:00:00Z$/,
  )
})

test('a host.json that is missing, torn or no object is named', async (t) => {
  const directory = await changedApp(t, 'http', { 'host.json': '{' })
  assert.throws(() => readHostJson(directory), /host\.json cannot be read: /)
  assert.throws(() => readHostJson('/no/such'), /^Error: \/no\/such\/host\.json cannot be read: ENOENT/)
  const list = await changedApp(t, 'http', { 'host.json': '[]' })
  assert.throws(() => readHostJson(list), /host\.json: expected a JSON object\.$/)
})

/** Time span and milliseconds. */
const spans: readonly (readonly [string, number | undefined])[] = [
  ['00:00:01', 1_000],
  ['1.02:03:04', 93_784_000],
  ['00:00:00.25', 250],
  // .NET takes a first number that is no hour for days.
  ['24:00:00', 24 * 86_400_000],
  ['00:60:00', undefined],
  ['1.24:00:00', undefined],
  ['10', undefined],
  ['soon', undefined],
  ['1:2:3:4', undefined],
]

test('time spans are read as .NET reads them', () => {
  for (const [text, milliseconds] of spans) assert.equal(timeSpanMs(text), milliseconds, text)
})
