/** The real package, sending to an endpoint on this machine. */
import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import tls from 'node:tls'
import { startTelemetry } from '../../shared/adapters/azure/telemetry.ts'
import { manualClock } from '../../shared/adapters/memory/clock.ts'
import { memoryLog } from '../../shared/adapters/memory/log.ts'
import type { RawEvent } from '../../shared/contracts/raw-event.ts'
import { metricValues, startIngestionEndpoint } from '../support/ingestion-endpoint.ts'

// The package's maker counts the use of the package: not from here.
process.env['APPLICATION_INSIGHTS_NO_STATSBEAT'] = 'true'

const noon = Date.parse('2026-01-01T12:00:00Z')
const traceParent = (trace: number, span: number): string =>
  `00-${trace.toString(16).padStart(32, '0')}-${span.toString(16).padStart(16, '0')}-01`
const eventWith = (properties: RawEvent['properties'], sequence = 0): RawEvent => ({
  body: Buffer.from('{"secret":"body"}'),
  sequence,
  enqueuedAt: noon,
  properties,
})

suite('telemetry', async () => {
  const endpoint = await startIngestionEndpoint()
  after(() => endpoint.close())
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), endpoint.certificate])
  const clock = manualClock(noon)
  const log = memoryLog()
  const { meter, close } = startTelemetry(
    { connectionString: endpoint.connectionString, identity: undefined },
    { clock, log },
  )

  const commit = {
    stream: 'clickstream',
    partition: '1',
    lastSequence: 9,
    enqueuedAt: [noon - 300, noon - 100],
    outcomes: { accepted: 4, duplicate: 1, late: 0, filtered: 2, dead: 2, control: 3 },
    dead: [
      { step: 'decode', reason: 'malformed' },
      { step: 'decode', reason: 'malformed' },
      { step: 'time', reason: 'time-range' },
    ],
    lost: 6,
    windows: [],
    ru: 12.5,
  } as const
  meter.committed(commit)
  meter.committed({ ...commit, outcomes: { ...commit.outcomes, accepted: 5 }, dead: [], lost: 0 })
  meter.changed({ stream: 'clickstream', window: 'pages@1:0', partition: '1', sequence: 9, committedAt: noon - 2_000 })
  meter.published({ stream: 'clickstream', window: 'pages@1:0', vector: [5, 8], ru: 4 })
  meter.published({ stream: 'clickstream', window: 'pages@1:0', vector: [5, 9], ru: 4 })
  meter.published({ stream: 'clickstream', window: 'pages@1:0', vector: [5, 9], ru: 4 })
  meter.stands({ stream: 'clickstream', shards: [{ partition: '1', lag: 70 }], frontierAgeMs: undefined })
  meter.stands({ stream: 'clickstream', shards: [{ partition: '1', lag: 7 }], frontierAgeMs: 900 })

  const batch = { stream: 'clickstream', partition: '1', startedAt: noon - 250, traceParent: traceParent(7, 7) }
  const producers = [
    eventWith({ traceparent: traceParent(1, 1), user: 'secret user' }),
    eventWith({ traceparent: 'malformed' }),
    eventWith({ 'diagnostic-Id': traceParent(2, 2) }),
  ]
  meter.batchEnded({ ...batch, failed: false, events: producers })
  meter.batchEnded({ ...batch, failed: false, events: [] })
  meter.batchEnded({ ...batch, partition: '2', failed: false, traceParent: 'malformed', events: [] })
  meter.batchEnded({ ...batch, failed: true, events: [eventWith({ traceparent: traceParent(3, 3) })] })
  clock.advance(10_000)
  const crowd = Array.from({ length: 1_000 }, (_, i) => eventWith({ traceparent: traceParent(4, i + 1) }, i))
  meter.batchEnded({ ...batch, failed: false, events: crowd })
  await close()

  const valuesOf = (name: string) => metricValues(endpoint.envelopes, name)
  const spans = endpoint.envelopes
    .filter(({ data }) => data.baseType === 'RemoteDependencyData')
    .map(({ tags, data: { baseData } }) => ({ tags, ...baseData }))

  test('events are counted by stream, outcome and the step that decided', () => {
    assert.deepEqual(
      valuesOf('millrace.events').map(({ stream, outcome, step, value }) => [stream, outcome, step, value]),
      [
        ['clickstream', 'accepted', 'fold', 9],
        ['clickstream', 'duplicate', 'duplicate', 2],
        ['clickstream', 'filtered', 'filter', 4],
        ['clickstream', 'control', 'decode', 6],
        ['clickstream', 'dead', 'decode', 2],
        ['clickstream', 'dead', 'time', 1],
      ],
    )
  })

  test('dead letters are counted by step and reason, and what is lost by stream', () => {
    assert.deepEqual(
      valuesOf('millrace.dead_letters').map(({ stream, step, reason, value }) => [stream, step, reason, value]),
      [
        ['clickstream', 'decode', 'malformed', 2],
        ['clickstream', 'time', 'time-range', 1],
      ],
    )
    assert.deepEqual(
      valuesOf('millrace.lost').map(({ stream, value }) => [stream, value]),
      [['clickstream', 6]],
    )
  })

  test('request units are told apart by what they were spent on', () => {
    assert.deepEqual(
      valuesOf('millrace.request_units').map(({ operation, value }) => [operation, value]),
      [
        ['ingest', 25],
        ['publish', 12],
      ],
    )
  })

  test('latencies count every event to its commit, and every commit to its served window, once', () => {
    const [committed] = valuesOf('millrace.latency.committed')
    assert.deepEqual(
      [committed?.['count'], committed?.['min'], committed?.['max'], committed?.['value']],
      [4, 100, 300, 800],
    )
    const [served] = valuesOf('millrace.latency.served')
    assert.deepEqual([served?.['count'], served?.['value']], [1, 2_000])
  })

  test('lag is told by shard and the frontier by stream, each as it last stood', () => {
    assert.deepEqual(
      valuesOf('millrace.lag').map(({ stream, partition, value }) => [stream, partition, value]),
      [['clickstream', '1', 7]],
    )
    assert.deepEqual(
      valuesOf('millrace.frontier_age').map(({ value }) => value),
      [900],
    )
  })

  const linksOf = (span: (typeof spans)[number]) =>
    JSON.parse(span.properties?.['_MS.links'] ?? '[]') as { operation_Id: string; id: string }[]

  test('a batch is a span of the invocation, linked to the traces of its producers', () => {
    const [span] = spans
    assert.ok(span)
    const { stream, partition, events, producers: linked } = span.properties!
    assert.deepEqual(
      [span.name, span.type, span.duration, span.success, stream, partition, events, linked],
      ['ingest clickstream', 'InProc', '00:00:00.250', true, 'clickstream', '1', '3', '2'],
    )
    assert.deepEqual(
      [span.tags['ai.operation.id'], span.tags['ai.operation.parentId']],
      [traceParent(7, 7).slice(3, 35), traceParent(7, 7).slice(36, 52)],
    )
    assert.deepEqual(
      linksOf(span).map(({ operation_Id, id }) => [Number(operation_Id), Number(id)]),
      [
        [1, 1],
        [2, 2],
      ],
    )
  })

  test('of the batches of a shard one in ten seconds has a span, and each that has failed', () => {
    assert.deepEqual(
      spans.map(({ properties, success }) => [properties?.['partition'], success]),
      [
        ['1', true],
        ['2', true],
        ['1', false],
        ['1', true],
      ],
    )
    assert.equal(linksOf(spans[2]!).length, 1)
  })

  test('a crowd of producers is linked as far as a property holds', () => {
    assert.deepEqual([spans[3]!.properties?.['producers'], linksOf(spans[3]!).length], ['1000', 100])
  })

  test('nothing else is sent: no request, no log line, no payload, no property of a producer', () => {
    assert.deepEqual([...new Set(endpoint.envelopes.map(({ data }) => data.baseType))].sort(), [
      'MetricData',
      'RemoteDependencyData',
    ])
    assert.doesNotMatch(endpoint.text(), /secret/)
    const names = endpoint.envelopes.flatMap(({ data }) => (data.baseData.metrics ?? []).map(({ name }) => name))
    assert.deepEqual(
      names.filter((name) => !name.startsWith('millrace.') && name !== '_OTELRESOURCE_'),
      [],
    )
    assert.deepEqual(log.lines, [])
  })
})
