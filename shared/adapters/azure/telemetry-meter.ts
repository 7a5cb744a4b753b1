/** The meter as OpenTelemetry metrics and spans. docs/telemetry.md lists them. */
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Meter as Metrics,
  type Tracer,
} from '@opentelemetry/api'
import type { Outcome } from '../../contracts/ledger.ts'
import { parseTraceParent, producerContexts } from '../../core/trace-context.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Meter } from '../../ports/meter.ts'
import { UnservedCommits } from '../unserved-commits.ts'

/** The step that decided an event's outcome; a dead letter names its own. */
const stepOf: Readonly<Record<Exclude<Outcome, 'dead'>, string>> = {
  accepted: 'fold',
  duplicate: 'duplicate',
  late: 'late',
  filtered: 'filter',
  control: 'decode',
}
/** A shard makes about a batch a second: one span in this time shows what they are like. Failed ones all have theirs. */
const spanEveryMs = 10_000
/** As text they are 7,600 characters; Application Insights keeps 8,192 of a property. */
const mostLinks = 100

export const telemetryMeter = ({
  metrics,
  tracer,
  clock,
}: {
  readonly metrics: Metrics
  readonly tracer: Tracer
  readonly clock: Clock
}): Meter => {
  const events = metrics.createCounter('millrace.events', { description: 'Events by what became of them' })
  const deadLetters = metrics.createCounter('millrace.dead_letters', { description: 'Dead letters by reason' })
  const lost = metrics.createCounter('millrace.lost', { description: 'Events that no source holds any more' })
  const requestUnits = metrics.createCounter('millrace.request_units', {
    description: 'Spent in Cosmos DB',
    unit: 'RU',
  })
  const committedMs = metrics.createHistogram('millrace.latency.committed', { unit: 'ms' })
  const servedMs = metrics.createHistogram('millrace.latency.served', { unit: 'ms' })
  const lag = metrics.createGauge('millrace.lag', { description: 'Events not yet committed' })
  const frontierAge = metrics.createGauge('millrace.frontier_age', { unit: 'ms' })
  const unserved = new Map<string, UnservedCommits>()
  const lastSpanAt = new Map<string, number>()

  return {
    batchEnded: ({ stream, partition, startedAt, failed, events: batch, traceParent }) => {
      const shard = `${stream}:${partition}`
      const now = clock.now()
      if (!failed && now - (lastSpanAt.get(shard) ?? -Infinity) < spanEveryMs) return
      lastSpanAt.set(shard, now)
      const producers = producerContexts(batch)
      const span = tracer.startSpan(
        `ingest ${stream}`,
        {
          // A consumer's span would be a second request beside the host's own.
          kind: SpanKind.INTERNAL,
          startTime: startedAt,
          attributes: { stream, partition, events: batch.length, producers: producers.length },
          links: producers.slice(0, mostLinks).map((context) => ({ context })),
        },
        parentOf(traceParent),
      )
      if (failed) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end(now)
    },
    committed: ({ stream, enqueuedAt, outcomes, dead, lost: lostEvents, ru }) => {
      const now = clock.now()
      for (const [outcome, step] of Object.entries(stepOf)) {
        const count = outcomes[outcome as keyof typeof stepOf]
        if (count > 0) events.add(count, { stream, outcome, step })
      }
      for (const { step, reason } of dead) {
        events.add(1, { stream, outcome: 'dead', step })
        deadLetters.add(1, { stream, step, reason })
      }
      if (lostEvents > 0) lost.add(lostEvents, { stream })
      requestUnits.add(ru, { stream, operation: 'ingest' })
      for (const instant of enqueuedAt) committedMs.record(Math.max(0, now - instant), { stream })
    },
    changed: ({ stream, window, partition, sequence, committedAt }) => {
      const of = unserved.get(stream) ?? new UnservedCommits()
      unserved.set(stream, of)
      of.remember(window, { partition: Number(partition), sequence, since: committedAt })
    },
    published: ({ stream, window, vector, ru }) => {
      requestUnits.add(ru, { stream, operation: 'publish' })
      for (const waited of unserved.get(stream)?.serve(window, vector, clock.now()) ?? [])
        servedMs.record(waited, { stream })
    },
    stands: ({ stream, shards, frontierAgeMs }) => {
      for (const { partition, lag: behind } of shards) lag.record(behind, { stream, partition })
      if (frontierAgeMs !== undefined) frontierAge.record(frontierAgeMs, { stream })
    },
  }
}

/** The invocation's own span, which the host reports. */
const parentOf = (traceParent: string | undefined): Context => {
  const context = parseTraceParent(traceParent)
  return context === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...context, isRemote: true })
}
