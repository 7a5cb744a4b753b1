import type { FunctionHandler } from '@azure/functions'
import type { StreamApp } from '../shared/compose.ts'
import { rawEvents } from './raw-events.ts'

/** One batch of one partition. Throws only while the world is broken: the retry policy then holds the partition. */
export const ingest =
  (stream: StreamApp): FunctionHandler =>
  async (bodies, context) => {
    const { partition, events } = rawEvents(bodies, context.triggerMetadata)
    await stream.ingest(partition, events, context.traceContext?.traceParent)
  }
