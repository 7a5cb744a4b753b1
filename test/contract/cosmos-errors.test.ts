/** What the adapters over Cosmos DB make of its refusals, over the wire and through the SDK. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import {
  servingSchemaVersion,
  type ChunkDocument,
  type HeadDocument,
} from '../../shared/contracts/serving-documents.ts'
import { azureDeadLetters } from '../../shared/adapters/azure/dead-letters.ts'
import { azureServing } from '../../shared/adapters/azure/serving.ts'
import { azureShardState } from '../../shared/adapters/azure/shard-state.ts'
import { InvariantError, RetryableError, TerminalError } from '../../shared/errors.ts'
import type { ShardState } from '../../shared/ports/shard-state.ts'
import { startCosmosWorld, type CosmosWorld } from '../support/cosmos-world.ts'
import { aSlab, newShard, progressAt } from './state-samples.ts'

suite('errors of Cosmos DB', () => {
  let world: CosmosWorld
  let state: ShardState
  before(async () => {
    world = await startCosmosWorld()
    state = azureShardState(world.container('state'))
  })
  after(() => world.close())

  const firstCommit = (of = state) => {
    const shard = newShard()
    return of.commit(shard, [progressAt(shard, 1), aSlab(shard, {})], undefined)
  }

  for (const status of [408, 410, 449, 500, 503]) {
    test(`${status} may pass`, async () => {
      world.line.answer('/docs', { status }, 1)
      await assert.rejects(firstCommit(), RetryableError)
      assert.equal((await firstCommit()).kind, 'committed')
    })
  }

  for (const [status, wayOut] of [
    [400, /The log holds/],
    [401, /Check CosmosConnection/],
    [403, /data contributor role/],
  ] as const) {
    test(`${status} lasts until somebody mends it, and the message says where to look`, async () => {
      world.line.answer('/docs', { status }, 1)
      const error = await failureOf(firstCommit())
      assert.ok(error instanceof TerminalError)
      assert.match(error.message, new RegExp(`^Committing to readings:live:\\d+: Cosmos DB answered ${status}\\.`))
      assert.match(error.message, wayOut)
    })
  }

  test('what was read or written is the least that later reads may show: requests carry the session', async () => {
    const shard = newShard()
    await state.commit(shard, [progressAt(shard, 1)], undefined)
    await state.loadProgress(shard)
    await state.outbox(shard)
    const requests = world.line.headersOf('/docs').slice(-2)
    for (const headers of requests) assert.match(String(headers['x-ms-session-token']), /^0:/)
  })

  test('a served document that is too large is its window’s own trouble, which holds no other up', async () => {
    const chunk: ChunkDocument = {
      ...{ id: '0:0', series: 's', day: '1970-01-01', kind: 'chunk', schemaVersion: servingSchemaVersion, ttl: 60 },
      ...{ windowStart: 0, vector: [1], chunk: 0, data: 'x'.repeat(2_200_000) },
    }
    const error = await failureOf(
      azureServing(world.container('serving')).write([{ document: chunk, etag: undefined }]),
    )
    assert.ok(error instanceof InvariantError)
    assert.equal(
      error.message,
      'Document 0:0 of s is larger than Cosmos DB takes and was not stored: the window stays as it was served. ' +
        'Lower maxGroups or the metrics of the rollup in its next version.',
    )
  })

  test('throttling comes through from every kind of request, with the time to wait', async () => {
    const window = await state.loadWindow(newShard(), 'pages@1', 0, 1)
    assert.deepEqual(window.slabs, [])
    const serving = azureServing(world.container('serving'))
    const requests = [
      () => firstCommit(),
      () => state.loadProgress('a'),
      () => state.outbox('a'),
      () => state.deleteOutbox('a', 'b'),
      () => serving.readWindows({ name: 'a', everyMs: 1_000 }, [0], 2),
      () => serving.write([{ document: aHead, etag: undefined }]),
      () =>
        state.loadWindows(
          'a',
          [0, 1, 2].map((windowStart) => ({ rollup: 'pages@1', windowStart, groupsPerSlab: 1 })),
        ),
      () => serving.readRange({ name: 'a', everyMs: 1_000 }, 0, 1, undefined),
      () => azureDeadLetters(world.container('deadLetters')).put(letter),
    ]
    for (const request of requests) {
      world.throttleNext(100)
      const error = await failureOf(request())
      world.throttleNext(0)
      assert.ok(error instanceof RetryableError, String(error))
      assert.ok(error.retryAfterMs !== undefined && error.retryAfterMs > 0)
    }
  })

  test('within a batch the operation that failed decides, not those that failed with it', async () => {
    const dependent = { statusCode: 424, requestCharge: 0 }
    const batchOf = (...results: readonly object[]) => {
      world.line.answer('/docs', { status: 207, body: results }, 1)
      return firstCommit()
    }
    const throttled = { statusCode: 429, requestCharge: 1, retryAfterMilliseconds: 30 }
    for (const results of [
      [throttled, dependent],
      [dependent, throttled],
    ]) {
      const error = await failureOf(batchOf(...results))
      assert.ok(error instanceof RetryableError, String(error))
      assert.equal(error.retryAfterMs, 30)
    }
    assert.equal((await batchOf(dependent, { statusCode: 413, requestCharge: 1 })).kind, 'too-large')
    assert.equal((await batchOf({ statusCode: 412, requestCharge: 1 }, dependent)).kind, 'fenced')
    await assert.rejects(batchOf(dependent, { statusCode: 403, requestCharge: 1 }), TerminalError)
  })

  test('a replica that is behind the session is not read without it', async () => {
    const shard = newShard()
    await state.commit(shard, [progressAt(shard, 1), aSlab(shard, {})], undefined)
    const behind = { status: 404, headers: { 'x-ms-substatus': '1002' } }
    for (const read of [() => state.loadProgress(shard), () => state.loadWindow(shard, 'pages@1', 1_000, 2)]) {
      world.line.answer('/docs', behind, 1)
      await assert.rejects(read(), RetryableError)
    }
    assert.equal((await state.loadProgress(shard))?.value.lastSequence, 1)
  })

  test('a missing container is no missing document', async () => {
    const missing = azureShardState(world.container('nowhere'))
    const requests = [() => firstCommit(missing), () => missing.loadProgress('a'), () => missing.outbox('a')]
    for (const request of requests) {
      const error = await failureOf(request())
      assert.ok(error instanceof TerminalError)
      assert.match(error.message, /Create the database and containers/)
    }
  })

  test('a wrong key is refused without being repeated', async () => {
    const key = Buffer.from('a wrong key').toString('base64')
    const strangers = world.strangers((own) => own.replace(/AccountKey=[^;]*/, `AccountKey=${key}`))
    const error = await failureOf(firstCommit(azureShardState(strangers.container('state'))))
    assert.ok(error instanceof TerminalError)
    assert.match(error.message, /Check CosmosConnection/)
    assert.ok(!error.message.includes(key))
  })

  test('an account that cannot be reached may come back', async () => {
    const world = await startCosmosWorld()
    const state = azureShardState(world.container('state'))
    assert.equal((await firstCommit(state)).kind, 'committed')
    await world.close()
    await assert.rejects(firstCommit(state), RetryableError)
    await assert.rejects(state.loadProgress('a'), RetryableError)
  })
})

const aHead: HeadDocument = {
  ...{ id: '0:head', series: 'a', day: '1970-01-01', kind: 'head', schemaVersion: servingSchemaVersion, ttl: 60 },
  ...{ windowStart: 0, windowEnd: 1_000, vector: [1], clock: 0, slabs: [1], groups: 1, totals: 'AAEC' },
  ...{ approximate: false, final: false },
}

const letter = {
  id: 'readings:live:0:1',
  stream: 'readings',
  day: '2026-01-01',
  partition: '0',
  schemaVersion: 1,
  sequence: 1,
  enqueuedAt: '2026-01-01T12:00:00.000Z',
  properties: {},
  body: '',
  step: 'decode',
  reason: 'malformed',
  detail: 'The body is not JSON.',
} as const

const failureOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => assert.fail('was not rejected'),
    (error: unknown) => error,
  )
